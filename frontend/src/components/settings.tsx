"use client";

import { useConsole } from "@/components/console-provider";
import { Loading } from "@/components/notice";

/** What was published for this environment, as the pages read it. */
export function Settings() {
  const { config } = useConsole();
  if (config.problem) return null;
  if (!config.value) return <Loading what="the settings" />;
  const { apiUrl, environment, webSocketUrl, features } = config.value;
  const rows: [string, string][] = [
    ["Environment", environment],
    ["API", apiUrl],
    ["WebSocket", webSocketUrl ?? "none"],
    ["Real-time updates", features.enableRealTimeUpdates ? "on: health is asked for every 15 seconds" : "off"],
    ["Analytics", features.enableAnalytics ? "on" : "off"],
    ["Error tracking", features.enableErrorTracking ? "on" : "off"],
  ];
  return (
    <dl className="settings">
      {rows.map(([term, value]) => (
        <div key={term}>
          <dt>{term}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
