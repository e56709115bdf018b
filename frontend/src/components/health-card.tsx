"use client";

import { useMemo } from "react";
import { useConsole } from "@/components/console-provider";
import { Loading, ProblemNotice } from "@/components/notice";
import { Status } from "@/components/status";
import { getHealth, type DataStore, type Health } from "@/lib/api";
import { useRemote, type Remote } from "@/lib/use-remote";

/** How often the health is asked for where the environment has real-time updates. */
const EVERY_MS = 15_000;

function useHealth(path: string): Remote<Health> {
  const { config } = useConsole();
  const apiUrl = config.value?.apiUrl;
  const load = useMemo(
    () => (apiUrl === undefined ? null : (signal: AbortSignal) => getHealth({ apiUrl, key: null }, path, signal)),
    [apiUrl, path],
  );
  return useRemote(load, config.value?.features.enableRealTimeUpdates ? EVERY_MS : null);
}

/** The API's own word about itself, and each data store as the function sees it. */
export function HealthCard() {
  const { config } = useConsole();
  const basic = useHealth("/health");
  const detailed = useHealth("/health/detailed");
  const reload = () => {
    basic.reload();
    detailed.reload();
  };

  return (
    <section className="card" aria-labelledby="health">
      <header className="card-head">
        <h2 id="health">API health</h2>
        <button type="button" onClick={reload} disabled={basic.loading}>
          {basic.loading ? "Checking…" : "Check again"}
        </button>
      </header>
      {basic.problem ? (
        <ProblemNotice problem={basic.problem} environment={config.value?.environment} />
      ) : basic.value ? (
        <p className="headline">
          <Status status={basic.value.status} />
          <span className="muted">
            answered in {basic.value.durationMs} ms
            {basic.at && <> at {basic.at.toLocaleTimeString()}</>}
          </span>
        </p>
      ) : (
        <Loading what="the API's health" />
      )}
      {!basic.problem && <Stores detailed={detailed} />}
    </section>
  );
}

function Stores({ detailed }: { detailed: Remote<Health> }) {
  if (detailed.problem) return <p className="muted">Details are not available: {detailed.problem.detail}</p>;
  if (!detailed.value) return null;
  return (
    <>
      <p className="headline">
        <Status status={detailed.value.status} />
        <span className="muted">data stores, as the API sees them</span>
      </p>
      <table className="stores">
        <caption className="visually-hidden">Data stores</caption>
        <thead>
          <tr>
            <th scope="col">Data store</th>
            <th scope="col">Status</th>
            <th scope="col">Answer</th>
          </tr>
        </thead>
        <tbody>
          {detailed.value.dataStores.map((store) => (
            <tr key={store.name}>
              <th scope="row">
                {store.name} <span className="kind">{store.kind !== store.name && store.kind}</span>
              </th>
              <td>
                <Status status={store.status} />
              </td>
              <td className="muted">{answer(store)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

function answer({ latencyMs, reason }: DataStore): string {
  return [latencyMs === null ? "" : `${latencyMs} ms`, reason ?? ""].filter(Boolean).join(" · ") || "—";
}
