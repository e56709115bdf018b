"use client";

import Link from "next/link";
import { useMemo } from "react";
import { useConsole } from "@/components/console-provider";
import { KeyForm } from "@/components/key-form";
import { Loading, ProblemNotice } from "@/components/notice";
import { getPage, type Page, type Target } from "@/lib/api";
import { LISTS, type ListDefinition } from "@/lib/lists";
import { success, type Outcome } from "@/lib/outcome";
import { useRemote } from "@/lib/use-remote";

type Counted = { readonly list: ListDefinition; readonly page: Outcome<Page> };

async function countAll(target: Target, signal: AbortSignal): Promise<Outcome<readonly Counted[]>> {
  const count = async (list: ListDefinition) => ({ list, page: await getPage(target, list.path, null, signal) });
  const [first, ...rest] = LISTS;
  if (first === undefined) return success([]);
  // A refused key is refused by every list, an unreachable API has none: one question is enough to say so once.
  const probe = await count(first);
  if (!probe.page.ok && ["refused", "unreachable"].includes(probe.page.problem.kind)) return probe.page;
  return success([probe, ...(await Promise.all(rest.map(count)))]);
}

/** How many rows each list has, as a way into it. */
export function ListTiles() {
  const { key } = useConsole();
  return (
    <section className="card" aria-labelledby="lists">
      <header className="card-head">
        <h2 id="lists">Lists</h2>
        {key !== null && <Link href="/lists">Open all</Link>}
      </header>
      <KeyForm />
      {key !== null && <Tiles />}
    </section>
  );
}

function Tiles() {
  const { config, target } = useConsole();
  const load = useMemo(() => (target === null ? null : (signal: AbortSignal) => countAll(target, signal)), [target]);
  const all = useRemote(load);
  if (all.problem) {
    return <ProblemNotice problem={all.problem} environment={config.value?.environment} onRetry={all.reload} />;
  }
  if (!all.value) return <Loading what="the lists" />;
  return (
    <ul className="tiles">
      {all.value.map(({ list, page }) => (
        <li key={list.name}>
          <Link href={`/lists#list=${list.name}`} className="tile">
            <span className="tile-count">{page.ok ? count(page.value) : "—"}</span>
            <span className="tile-title">{list.title}</span>
            {!page.ok && <span className="tile-problem">not available</span>}
          </Link>
        </li>
      ))}
    </ul>
  );
}

/** Rows of the first page, with a plus when there are more. */
function count(page: Page): string {
  return `${page.items.length}${page.next === null ? "" : "+"}`;
}
