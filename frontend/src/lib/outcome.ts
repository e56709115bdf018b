/** What can go wrong between the console and the API, as far as a person can act on it. */
export type ProblemKind =
  | "configuration" // config.json is missing or not usable
  | "unreachable" // no answer: network, DNS, CORS, timeout
  | "refused" // 401 or 403: the key
  | "throttled" // 429
  | "failed" // any other status
  | "malformed"; // an answer that is not what the API promises

export type Problem = {
  readonly kind: ProblemKind;
  /** One sentence: what was asked and what came back. */
  readonly detail: string;
  readonly status?: number;
};

export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: Problem };

export function success<T>(value: T): Outcome<T> {
  return { ok: true, value };
}

export function failure(kind: ProblemKind, detail: string, status?: number): Outcome<never> {
  return { ok: false, problem: status === undefined ? { kind, detail } : { kind, detail, status } };
}

/** A JSON object, or undefined for anything else. */
export function asRecord(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}
