// `npm run check-deterministic`: builds twice from nothing; the same sources have to give the same files.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");

/** @returns {Map<string, string>} path -> digest of the content */
function build() {
  rmSync(join(root, ".next"), { recursive: true, force: true });
  const { status } = spawnSync(process.execPath, [join(root, "scripts/build.mjs")], { stdio: "inherit" });
  if (status !== 0) process.exit(status || 1);
  const out = join(root, "out");
  const paths = readdirSync(out, { recursive: true, encoding: "utf8" }).filter((path) =>
    statSync(join(out, path)).isFile(),
  );
  return new Map(
    paths.map((path) => [
      path,
      createHash("sha256")
        .update(readFileSync(join(out, path)))
        .digest("hex"),
    ]),
  );
}

const first = build();
const second = build();
const paths = new Set([...first.keys(), ...second.keys()]);
const different = [...paths].filter((path) => first.get(path) !== second.get(path)).sort();
if (different.length > 0) {
  console.error(`Two builds of the same sources differ in:\n${different.join("\n")}`);
  process.exit(1);
}
console.log(`Two builds, ${paths.size} files, the same.`);
