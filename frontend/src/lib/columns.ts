import type { Row } from "@/lib/api";

/** More columns than this cannot be read side by side; the rest is under "All fields". */
const MOST = 6;
const FIRST = ["name", "title", "symbol", "status", "type", "price"];

/** The columns of a table: the id, then the fields people look for first, then the rest as the API orders them. */
export function columnsOf(rows: readonly Row[], id: string): string[] {
  const scalar = new Set<string>();
  for (const row of rows) {
    for (const [field, value] of Object.entries(row)) {
      if (typeof value !== "object" && value !== undefined) scalar.add(field);
    }
  }
  const known = [id, ...FIRST].filter((field) => scalar.delete(field));
  return [...known, ...scalar].slice(0, MOST);
}

/** `createdAt` → `Created at`; the way the API writes a name, readable. */
export function label(field: string): string {
  const words = field
    .replace(/[_-]+/g, " ")
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1).replace(/\bid\b/, "ID");
}

const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;

export type Cell = { readonly text: string; readonly kind: "text" | "number" | "time" | "none" };

/** What a cell shows. */
export function cellOf(value: unknown): Cell {
  if (value === null || value === undefined || value === "") return { text: "—", kind: "none" };
  if (typeof value === "boolean") return { text: value ? "yes" : "no", kind: "text" };
  if (typeof value === "number")
    return { text: value.toLocaleString("en", { maximumFractionDigits: 8 }), kind: "number" };
  if (typeof value === "string") {
    // The audit's sort key is a time with a suffix that makes it unique.
    const time = ISO_TIME.test(value) ? new Date(value.split("#")[0] ?? value) : undefined;
    if (time && !Number.isNaN(time.getTime())) {
      return { text: time.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" }), kind: "time" };
    }
    return { text: value, kind: "text" };
  }
  return { text: JSON.stringify(value), kind: "text" };
}
