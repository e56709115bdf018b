import { vi } from "vitest";

export const API = "https://api.example";
export const KEY = "a-key-that-is-right";

export const CONFIG = {
  NEXT_PUBLIC_API_URL: API,
  NEXT_PUBLIC_ENVIRONMENT: "staging",
  NEXT_PUBLIC_WS_URL: "wss://api.example/ws",
  features: { enableAnalytics: false, enableErrorTracking: false, enableRealTimeUpdates: false },
};

type Answer = { status?: number; body: unknown } | "down";
export type Answers = Record<string, Answer | ((url: URL) => Answer)>;

const HEALTHY: Answers = {
  "/health": { body: { status: "ok" } },
  "/health/detailed": {
    body: {
      status: "healthy",
      dataStores: [{ name: "templates", kind: "dynamodb", status: "healthy", latencyMs: 12.2 }],
    },
  },
};

/**
 * Puts a site and an API behind `fetch`, by path. Paths under /api/ need the key; unnamed ones are empty lists.
 * @returns what was asked, in order
 */
export function serve(answers: Answers = {}): { url: string; key: string | null }[] {
  const asked: { url: string; key: string | null }[] = [];
  vi.stubGlobal("fetch", async (input: string, init: RequestInit = {}) => {
    const url = new URL(input, "https://site.example");
    const key = new Headers(init.headers).get("x-api-key");
    asked.push({ url: url.href, key });
    if (init.signal?.aborted) throw new DOMException("aborted", "AbortError");
    const answer = answerFor(url, key, { "/config.json": { body: CONFIG }, ...HEALTHY, ...answers });
    if (answer === "down") throw new TypeError("Failed to fetch");
    const body = typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body);
    return new Response(body, { status: answer.status ?? 200 });
  });
  return asked;
}

function answerFor(url: URL, key: string | null, answers: Answers): Answer {
  if (url.pathname.startsWith("/api/") && key !== KEY) return { status: 403, body: { message: "Forbidden" } };
  const answer = answers[url.pathname] ?? { body: { items: [], count: 0, next: null } };
  return typeof answer === "function" ? answer(url) : answer;
}
