// `npm run build`: the export in out/, without inline scripts.
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { externaliseSite } from "./inline-scripts.mjs";

const root = join(import.meta.dirname, "..");
const next = createRequire(import.meta.url).resolve("next/dist/bin/next");
rmSync(join(root, "out"), { recursive: true, force: true });
const { status, signal } = spawnSync(process.execPath, [next, "build"], {
  cwd: root,
  stdio: "inherit",
  env: { ...process.env, NEXT_TELEMETRY_DISABLED: "1", NODE_ENV: "production" },
});
if (status !== 0) {
  console.error(`next build ended with ${signal ?? `code ${status}`}`);
  process.exit(status || 1);
}
externaliseSite(join(root, "out"));
// Not for readers: a copy of 404.html under an inner name, and a developer's own configuration.
for (const path of ["_not-found", "_not-found.html", "_not-found.txt", "config.json"]) {
  rmSync(join(root, "out", path), { recursive: true, force: true });
}
