import { describe, expect, it, vi } from "vitest";
import { getHealth, getJson, getPage, TIMEOUT_MS } from "@/lib/api";
import { API, KEY, serve } from "./fake-api";

const target = { apiUrl: API, key: KEY };
const signal = () => new AbortController().signal;

describe("a request", () => {
  it("carries the key as x-api-key, and health does not", async () => {
    const asked = serve();
    await getPage(target, "/api/templates", null, signal());
    await getHealth(target, "/health", signal());
    expect(asked).toEqual([
      { url: `${API}/api/templates`, key: KEY },
      { url: `${API}/health`, key: null },
    ]);
  });

  it.each([
    [401, "refused"],
    [403, "refused"],
    [429, "throttled"],
    [404, "failed"],
    [500, "failed"],
    [503, "failed"],
  ])("that is answered with %i is %s, with the status and the API's own words", async (status, kind) => {
    serve({ "/api/x": { status, body: { title: "No", detail: "Because of this." } } });
    const outcome = await getJson(target, "/api/x", signal());
    expect(outcome).toEqual({
      ok: false,
      problem: { kind, status, detail: `${API}/api/x answered ${status}: Because of this.` },
    });
  });

  it("that nobody answers is unreachable", async () => {
    serve({ "/api/x": "down" });
    const outcome = await getJson(target, "/api/x", signal());
    expect(outcome).toMatchObject({ ok: false, problem: { kind: "unreachable" } });
  });

  it("that takes too long is unreachable, with the limit", async () => {
    vi.spyOn(AbortSignal, "timeout").mockReturnValue(AbortSignal.abort(new DOMException("late", "TimeoutError")));
    vi.stubGlobal("fetch", async (_: string, init: RequestInit) => {
      init.signal?.throwIfAborted();
    });
    const outcome = await getJson(target, "/api/x", signal());
    expect(AbortSignal.timeout).toHaveBeenCalledWith(TIMEOUT_MS);
    expect(outcome).toMatchObject({
      ok: false,
      problem: { kind: "unreachable", detail: expect.stringContaining("30 s") },
    });
  });

  it.each(["<html>", "", "{"])("that is answered with %j instead of JSON is malformed", async (body) => {
    serve({ "/api/x": { body } });
    expect(await getJson(target, "/api/x", signal())).toMatchObject({ ok: false, problem: { kind: "malformed" } });
  });
});

describe("health", () => {
  it("names each data store with what it was seen doing", async () => {
    serve({
      "/health/detailed": {
        body: {
          status: "degraded",
          dataStores: [{ name: "redis", kind: "redis", status: "unhealthy", latencyMs: 2000.4, reason: "refused" }],
        },
      },
    });
    expect(await getHealth(target, "/health/detailed", signal())).toMatchObject({
      ok: true,
      value: {
        status: "degraded",
        dataStores: [{ name: "redis", kind: "redis", status: "unhealthy", latencyMs: 2000, reason: "refused" }],
      },
    });
  });

  it("that says unhealthy with a 503 is an answer, not a failure to ask", async () => {
    serve({ "/health": { status: 503, body: { status: "unhealthy" } } });
    expect(await getHealth(target, "/health", signal())).toMatchObject({ ok: true, value: { status: "unhealthy" } });
  });

  it.each([
    [200, { fine: true }, "malformed"],
    [200, "<html>", "malformed"],
    [502, { message: "Internal server error" }, "failed"],
  ])("without a status (%i %j) is %s", async (status, body, kind) => {
    serve({ "/health": { status, body } });
    expect(await getHealth(target, "/health", signal())).toMatchObject({ ok: false, problem: { kind } });
  });
});

describe("a list", () => {
  it("hands the token of the next page back and sends it on", async () => {
    serve({
      "/api/audit": (url) => ({
        body: {
          items: [{ at: url.searchParams.get("next") ?? "first" }],
          count: 1,
          next: url.searchParams.has("next") ? null : "a&b=c",
        },
      }),
    });
    const first = await getPage(target, "/api/audit", null, signal());
    expect(first).toEqual({ ok: true, value: { items: [{ at: "first" }], next: "a&b=c" } });
    const second = await getPage(target, "/api/audit", "a&b=c", signal());
    expect(second).toEqual({ ok: true, value: { items: [{ at: "a&b=c" }], next: null } });
  });

  it.each([{ items: {} }, {}, [], "text", null])("answered with %j is malformed", async (body) => {
    serve({ "/api/audit": { body: JSON.stringify(body) } });
    expect(await getPage(target, "/api/audit", null, signal())).toMatchObject({
      ok: false,
      problem: { kind: "malformed" },
    });
  });

  it("of plain words is shown as rows of one value", async () => {
    serve({ "/api/market-data": { body: { items: ["BTC-USDT"], count: 1, next: null } } });
    expect(await getPage(target, "/api/market-data", null, signal())).toMatchObject({
      value: { items: [{ value: "BTC-USDT" }] },
    });
  });
});
