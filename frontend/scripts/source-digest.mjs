import { createHash } from "node:crypto";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/**
 * Files of `path` (itself when it is a file), in an order that no file system decides.
 * @param {string} root
 * @param {string} path
 * @returns {Generator<string>}
 */
function* files(root, path) {
  if (statSync(join(root, path)).isFile()) {
    yield path;
    return;
  }
  for (const name of readdirSync(join(root, path)).sort()) yield* files(root, `${path}/${name}`);
}

/**
 * Digest of everything that decides what the site is: the inputs that package.json lists.
 * @param {string} root the folder of package.json
 * @returns {string} 16 hexadecimal digits
 */
export function sourceDigest(root) {
  /** @type {string[]} */
  const inputs = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).siteInputs;
  const digest = createHash("sha256");
  for (const input of [...inputs].sort()) {
    for (const file of files(root, input)) {
      // A developer's own configuration is never part of a release.
      if (file === "public/config.json") continue;
      const content = readFileSync(join(root, file));
      digest.update(`${file}\0${content.length}\0`).update(content);
    }
  }
  return digest.digest("hex").slice(0, 16);
}
