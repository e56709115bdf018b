import { describe, expect, it, vi } from "vitest";
import { loadConfig, parseConfig } from "@/lib/config";
import { readKey, subscribeKey, takeKeyFromFragment, writeKey } from "@/lib/key";
import { CONFIG, serve } from "./fake-api";

const signal = () => new AbortController().signal;

describe("the configuration", () => {
  it("is read from beside the pages", async () => {
    const asked = serve();
    const outcome = await loadConfig(signal());
    expect(asked).toEqual([{ url: "https://site.example/config.json", key: null }]);
    expect(outcome).toMatchObject({ ok: true, value: { apiUrl: "https://api.example", environment: "staging" } });
  });

  it("may end its API address with a slash", () => {
    const outcome = parseConfig({ ...CONFIG, NEXT_PUBLIC_API_URL: "https://api.example//" });
    expect(outcome).toMatchObject({ value: { apiUrl: "https://api.example" } });
  });

  it("may have no WebSocket", () => {
    expect(parseConfig({ ...CONFIG, NEXT_PUBLIC_WS_URL: null })).toMatchObject({ value: { webSocketUrl: null } });
  });

  it("names every key that it lacks", () => {
    const outcome = parseConfig({
      ...CONFIG,
      NEXT_PUBLIC_WS_URL: "",
      features: { ...CONFIG.features, enableAnalytics: "no" },
    });
    expect(outcome).toMatchObject({
      ok: false,
      problem: { kind: "configuration", detail: "/config.json lacks NEXT_PUBLIC_WS_URL, features.enableAnalytics." },
    });
  });

  it.each([
    ["missing", { status: 404, body: "<html>" }, "/config.json answered 404."],
    ["a page", { body: "<html>" }, "/config.json is not JSON."],
    ["a list", { body: [] }, "/config.json is not a configuration."],
    ["unreachable", "down" as const, "/config.json could not be fetched from this site."],
  ])("that is %s is said to be so", async (_, answer, detail) => {
    serve({ "/config.json": answer });
    expect(await loadConfig(signal())).toMatchObject({ ok: false, problem: { kind: "configuration", detail } });
  });
});

describe("the key", () => {
  it("is taken out of the address, and the rest of the fragment stays", () => {
    window.history.replaceState({ kept: 1 }, "", "/lists?x=1#key=abc%2Bdef&list=orders");
    takeKeyFromFragment(window.location, window.history);
    expect(readKey()).toBe("abc+def");
    expect(window.location.href).toBe("https://site.example/lists?x=1#list=orders");
    expect(window.history.state).toEqual({ kept: 1 });
  });

  it("leaves no empty fragment behind, and an empty key forgets nothing", () => {
    writeKey("before");
    window.history.replaceState(null, "", "/#key=");
    takeKeyFromFragment(window.location, window.history);
    expect(window.location.href).toBe("https://site.example/");
    expect(readKey()).toBe("before");
  });

  it("is kept for the tab only, and whoever shows it hears of a change", () => {
    const heard = vi.fn();
    const stop = subscribeKey(heard);
    writeKey("abc");
    expect(sessionStorage.length).toBe(1);
    expect(localStorage.length).toBe(0);
    writeKey(null);
    expect(sessionStorage.length).toBe(0);
    stop();
    writeKey("def");
    expect(heard).toHaveBeenCalledTimes(2);
  });

  it("works for the page where the browser refuses storage", () => {
    vi.spyOn(Storage.prototype, "setItem").mockImplementation(() => {
      throw new DOMException("no", "SecurityError");
    });
    writeKey("abc");
    expect(readKey()).toBe("abc");
  });
});
