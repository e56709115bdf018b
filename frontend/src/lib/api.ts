import { asRecord, failure, success, type Outcome } from "@/lib/outcome";

/** How long one request may take: API Gateway itself gives up after 29 s, and says so. */
export const TIMEOUT_MS = 30_000;

export type Target = { readonly apiUrl: string; readonly key: string | null };

/** A data store as the health function saw it: the time to its answer, or why there was none. */
export type DataStore = {
  readonly name: string;
  readonly kind: string;
  readonly status: string;
  readonly latencyMs: number | null;
  readonly reason: string | null;
};

export type Health = {
  readonly status: string;
  /** From asking to the whole answer, as this browser sees it. */
  readonly durationMs: number;
  /** Empty for the basic health. */
  readonly dataStores: readonly DataStore[];
};

export type Row = Readonly<Record<string, unknown>>;

export type Page = { readonly items: readonly Row[]; readonly next: string | null };

/** One GET with everything that can happen to it turned into a problem that says what to look at. */
export async function getJson(target: Target, path: string, signal: AbortSignal): Promise<Outcome<unknown>> {
  const answer = await ask(target, path, signal);
  if (!answer.ok) return answer;
  const { url, status, document } = answer.value;
  if (status >= 200 && status < 300) {
    return document === undefined
      ? failure("malformed", `${url} answered ${status} with something that is not JSON.`, status)
      : success(document);
  }
  const detail = `${url} answered ${status}${explanation(document)}.`;
  if (status === 401 || status === 403) return failure("refused", detail, status);
  return failure(status === 429 ? "throttled" : "failed", detail, status);
}

/** `/health` or `/health/detailed`. An unhealthy API answers 503 with the same document: that is an answer too. */
export async function getHealth(target: Target, path: string, signal: AbortSignal): Promise<Outcome<Health>> {
  const started = performance.now();
  const answer = await ask({ ...target, key: null }, path, signal);
  if (!answer.ok) return answer;
  const durationMs = Math.round(performance.now() - started);
  const { url, status, document } = answer.value;
  const health = asRecord(document);
  const word = health?.["status"];
  if (health && typeof word === "string") return success({ status: word, durationMs, dataStores: dataStores(health) });
  return status === 200
    ? failure("malformed", `${url} answered without a status.`, status)
    : failure("failed", `${url} answered ${status}${explanation(document)}.`, status);
}

/** One page of a list; `next` is the token of the page before. */
export async function getPage(
  target: Target,
  path: string,
  next: string | null,
  signal: AbortSignal,
): Promise<Outcome<Page>> {
  const query = next === null ? "" : `?${new URLSearchParams({ next })}`;
  const outcome = await getJson(target, path + query, signal);
  if (!outcome.ok) return outcome;
  const document = asRecord(outcome.value);
  const items = document?.["items"];
  if (!document || !Array.isArray(items)) {
    return failure("malformed", `${target.apiUrl}${path} answered without items.`);
  }
  const token = document["next"];
  return success({
    items: items.map((item: unknown) => asRecord(item) ?? { value: item }),
    next: typeof token === "string" && token !== "" ? token : null,
  });
}

type Answer = { readonly url: string; readonly status: number; readonly document: unknown };

async function ask(target: Target, path: string, signal: AbortSignal): Promise<Outcome<Answer>> {
  const url = `${target.apiUrl}${path}`;
  try {
    const response = await fetch(url, {
      headers: { accept: "application/json", ...(target.key === null ? {} : { "x-api-key": target.key }) },
      credentials: "omit",
      cache: "no-store",
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    return success({ url, status: response.status, document: parseJson(await response.text()) });
  } catch (error) {
    const late = error instanceof DOMException && error.name === "TimeoutError";
    return failure("unreachable", `${url} did not answer${late ? ` within ${TIMEOUT_MS / 1000} s` : ""}.`);
  }
}

function dataStores(document: Record<string, unknown>): DataStore[] {
  const stores: unknown = document["dataStores"];
  if (!Array.isArray(stores)) return [];
  return stores.map((value: unknown) => {
    const store = asRecord(value) ?? {};
    const latency = store["latencyMs"];
    return {
      name: String(store["name"] ?? "unnamed"),
      kind: String(store["kind"] ?? ""),
      status: String(store["status"] ?? "unknown"),
      latencyMs: typeof latency === "number" ? Math.round(latency) : null,
      reason: typeof store["reason"] === "string" ? store["reason"] : null,
    };
  });
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return undefined;
  }
}

/** What a problem document (RFC 9457) or API Gateway says about itself. */
function explanation(document: unknown): string {
  const problem = asRecord(document);
  const text = problem?.["detail"] ?? problem?.["title"] ?? problem?.["message"];
  return typeof text === "string" && text !== "" ? `: ${text.replace(/\.$/, "")}` : "";
}
