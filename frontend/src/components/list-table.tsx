"use client";

import { useCallback, useState } from "react";
import { useConsole } from "@/components/console-provider";
import { Loading, Notice, ProblemNotice } from "@/components/notice";
import { getPage, type Page, type Row, type Target } from "@/lib/api";
import { cellOf, columnsOf, label } from "@/lib/columns";
import type { ListDefinition } from "@/lib/lists";
import { useRemote } from "@/lib/use-remote";

/** A list, page by page. */
export function ListTable({ list, target }: { list: ListDefinition; target: Target }) {
  const { config } = useConsole();
  // Tokens of the pages before this one; the last is the one to ask for.
  const [tokens, setTokens] = useState<readonly string[]>([]);
  const token = tokens.at(-1) ?? null;
  const load = useCallback(
    (signal: AbortSignal) => getPage(target, list.path, token, signal),
    [target, list.path, token],
  );
  const page = useRemote(load);

  if (page.problem) {
    return <ProblemNotice problem={page.problem} environment={config.value?.environment} onRetry={page.reload} />;
  }
  if (!page.value) return <Loading what={list.title.toLowerCase()} />;
  return (
    <>
      <Rows page={page.value} list={list} />
      <footer className="pager">
        <span className="muted">{countText(page.value, tokens.length)}</span>
        {tokens.length > 0 && (
          <button type="button" onClick={() => setTokens(tokens.slice(0, -1))}>
            Previous
          </button>
        )}
        <NextButton page={page.value} onNext={(next) => setTokens([...tokens, next])} />
        <button type="button" onClick={page.reload} disabled={page.loading}>
          {page.loading ? "Reloading…" : "Reload"}
        </button>
      </footer>
    </>
  );
}

function NextButton({ page, onNext }: { page: Page; onNext: (token: string) => void }) {
  const { next } = page;
  if (next === null) return null;
  return (
    <button type="button" onClick={() => onNext(next)}>
      Next
    </button>
  );
}

function countText(page: Page, before: number): string {
  const rows = `${page.items.length} ${page.items.length === 1 ? "row" : "rows"}`;
  return before === 0 && page.next === null ? rows : `${rows} on page ${before + 1}`;
}

function Rows({ page, list }: { page: Page; list: ListDefinition }) {
  if (page.items.length === 0) {
    return (
      <Notice tone="info" title="Nothing here yet">
        <p>
          The API answered: this list is empty. What is created at <code>{list.path}</code> appears here.
        </p>
      </Notice>
    );
  }
  const columns = columnsOf(page.items, list.id);
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label={list.title}>
      <table className="rows">
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {label(column)}
              </th>
            ))}
            <th scope="col">All fields</th>
          </tr>
        </thead>
        <tbody>
          {page.items.map((row, index) => (
            <Line key={`${index}-${String(row[list.id])}`} row={row} columns={columns} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Line({ row, columns }: { row: Row; columns: readonly string[] }) {
  return (
    <tr>
      {columns.map((column) => {
        const cell = cellOf(row[column]);
        return (
          <td key={column} data-label={label(column)} className={`cell-${cell.kind}`}>
            {cell.text}
          </td>
        );
      })}
      <td data-label="All fields">
        <details>
          <summary>JSON</summary>
          <pre>{JSON.stringify(row, null, 2)}</pre>
        </details>
      </td>
    </tr>
  );
}
