import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const FOLDER = "_next/static/inline";
// A script element's text ends at the first `</script`, whatever stands around it.
const ELEMENT = /<script\b([^>]*)>([^]*?)<\/script>/g;
const HAS_SOURCE = /\ssrc=/;

/**
 * Moves inline scripts into files named after their content, so that `script-src 'self'` is enough and the
 * policy stays the same from one release to the next: hashes in the policy would change at another moment than
 * the pages do. A script element without `async` runs where it stands, as the inline one did.
 *
 * Neighbours without attributes share a file: the order stays, a page asks for fewer files.
 * @param {string} html
 * @returns {{ html: string, files: Map<string, string> }} the page, and name -> content of the new files
 */
export function externalise(html) {
  /** @type {Map<string, string>} */
  const files = new Map();
  let page = "";
  let position = 0;
  /** @type {string[]} */
  let pending = [];

  const flush = (/** @type {string} */ attributes) => {
    if (pending.length === 0) return;
    const content = `${pending.join(";\n")}\n`;
    const name = `${createHash("sha256").update(content).digest("hex").slice(0, 16)}.js`;
    files.set(name, content);
    page += `<script${attributes} src="/${FOLDER}/${name}"></script>`;
    pending = [];
  };

  for (const element of html.matchAll(ELEMENT)) {
    const [whole, attributes = "", content = ""] = element;
    const between = html.slice(position, element.index);
    const inline = !HAS_SOURCE.test(attributes);
    if (between !== "" || !inline || attributes !== "") flush("");
    page += between;
    position = element.index + whole.length;
    if (!inline) {
      page += whole;
      continue;
    }
    pending.push(content);
    if (attributes !== "") flush(attributes);
  }
  flush("");
  return { html: page + html.slice(position), files };
}

/**
 * Does so for every page of an export.
 * @param {string} out the folder that `next build` wrote
 */
export function externaliseSite(out) {
  mkdirSync(join(out, FOLDER), { recursive: true });
  const pages = readdirSync(out, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".html"));
  for (const path of pages) {
    const { html, files } = externalise(readFileSync(join(out, path), "utf8"));
    writeFileSync(join(out, path), html);
    for (const [name, content] of files) writeFileSync(join(out, FOLDER, name), content);
  }
}
