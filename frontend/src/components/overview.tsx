"use client";

import { useConsole } from "@/components/console-provider";
import { HealthCard } from "@/components/health-card";
import { ListTiles } from "@/components/list-tiles";
import { Loading } from "@/components/notice";

/** Health and lists; nothing while the configuration is not there (the frame says why). */
export function Overview() {
  const { config } = useConsole();
  if (config.problem) return null;
  return (
    <div className="stack">
      {config.value ? (
        <p className="lead">
          Environment <strong>{config.value.environment}</strong>, API <code>{config.value.apiUrl}</code>
        </p>
      ) : (
        <Loading what="the environment" />
      )}
      <HealthCard />
      <ListTiles />
    </div>
  );
}
