"use client";

import { useSyncExternalStore } from "react";
import { useConsole } from "@/components/console-provider";
import { KeyForm } from "@/components/key-form";
import { ListTable } from "@/components/list-table";
import { Notice } from "@/components/notice";
import { LISTS, listFromFragment } from "@/lib/lists";

function subscribeToFragment(listener: () => void): () => void {
  window.addEventListener("hashchange", listener);
  return () => window.removeEventListener("hashchange", listener);
}

/** The list named in the address (`#list=orders`), with a way to the others. */
export function ListsView() {
  const { config, key, target } = useConsole();
  const hash = useSyncExternalStore(
    subscribeToFragment,
    () => window.location.hash,
    () => "",
  );
  const selected = listFromFragment(hash);
  if (config.problem) return null;

  return (
    <div className="stack">
      <section className="card" aria-label="API key">
        <KeyForm />
      </section>
      <div className="lists">
        <nav aria-label="Lists" className="list-nav">
          {LISTS.map((list) => (
            // A plain link: changing the fragment is the whole navigation.
            <a key={list.name} href={`#list=${list.name}`} aria-current={list === selected ? "true" : undefined}>
              {list.title}
            </a>
          ))}
        </nav>
        <section className="card" aria-labelledby="list-title">
          <h2 id="list-title">{selected.title}</h2>
          <p className="muted">{selected.about}</p>
          {key === null ? (
            <Notice tone="info" title="An API key is needed">
              <p>Enter the key of this environment above to see its {selected.title.toLowerCase()}.</p>
            </Notice>
          ) : (
            target && <ListTable key={selected.name} list={selected} target={target} />
          )}
        </section>
      </div>
    </div>
  );
}
