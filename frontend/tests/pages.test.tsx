import { act, fireEvent, render, screen, within } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { ConsoleProvider } from "@/components/console-provider";
import { Frame } from "@/components/frame";
import { ListsView } from "@/components/lists-view";
import { Overview } from "@/components/overview";
import { Settings } from "@/components/settings";
import { writeKey } from "@/lib/key";
import { API, CONFIG, KEY, serve } from "./fake-api";

vi.mock("next/navigation", () => ({ usePathname: () => "/" }));

function show(page: React.ReactNode) {
  return render(
    <ConsoleProvider>
      <Frame buildId="abc123">{page}</Frame>
    </ConsoleProvider>,
  );
}

function typeKey(key: string) {
  fireEvent.change(screen.getByLabelText("API key"), { target: { value: key } });
  fireEvent.click(screen.getByRole("button", { name: "Show lists" }));
}

describe("the overview", () => {
  it("says that it is loading, then the environment and the API's health with its data stores", async () => {
    serve();
    show(<Overview />);
    expect(screen.getByText("Loading the API's health…")).toBeTruthy();
    const row = await screen.findByRole("row", { name: /templates dynamodb/ });
    expect(within(row).getByText("12 ms")).toBeTruthy();
    expect(screen.getByText("staging", { selector: "strong" })).toBeTruthy();
    expect(screen.queryByRole("alert")).toBeNull();
  });

  it("without an API says what to do, and recovers when asked again", async () => {
    serve({ "/health": "down", "/health/detailed": "down" });
    show(<Overview />);
    const alert = await screen.findByRole("alert");
    expect(alert.textContent).toContain("The API cannot be reached");
    expect(alert.textContent).toContain(`${API}/health did not answer`);
    expect(alert.textContent).toContain("acinaces doctor");
    serve();
    fireEvent.click(screen.getByRole("button", { name: "Check again" }));
    await screen.findByText(/answered in \d+ ms/);
    expect(screen.queryByRole("alert")).toBeNull();
  });

  it("with a key but without an API says so instead of ten times that a list is not available", async () => {
    writeKey(KEY);
    const asked = serve({ "/health": "down", "/health/detailed": "down", "/api/templates": "down" });
    show(<Overview />);
    expect(await screen.findAllByText("The API cannot be reached")).toHaveLength(2);
    expect(asked.filter(({ url }) => url.includes("/api/"))).toHaveLength(1);
    serve();
    fireEvent.click(screen.getByRole("button", { name: "Try again" }));
    await screen.findByRole("link", { name: "0Templates" });
  });

  it("on a laptop names the command that starts the API", async () => {
    serve({ "/config.json": { body: { ...CONFIG, NEXT_PUBLIC_ENVIRONMENT: "local" } }, "/health": "down" });
    show(<Overview />);
    expect((await screen.findByRole("alert")).textContent).toContain("make local");
  });

  it("shows basic health when the detailed one fails", async () => {
    serve({ "/health/detailed": { status: 500, body: {} } });
    show(<Overview />);
    await screen.findByText(/Details are not available/);
    expect(screen.getByText("ok").className).toContain("status-good");
  });

  it("never shows an unknown status as good", async () => {
    serve({ "/health": { body: { status: "Exploded" } } });
    show(<Overview />);
    expect((await screen.findByText("exploded")).className).toContain("status-bad");
  });

  it("counts the lists once the key is there, and marks the ones that fail", async () => {
    const asked = serve({
      "/api/templates": { body: { items: [{ templateId: "a" }, { templateId: "b" }], count: 2, next: "more" } },
      "/api/exchanges": { status: 503, body: { title: "Secret not populated" } },
    });
    show(<Overview />);
    await screen.findByText(/answered in/);
    expect(asked.filter(({ url }) => url.includes("/api/"))).toEqual([]);
    typeKey(`  ${KEY} `);
    expect((await screen.findByRole("link", { name: "2+Templates" })).getAttribute("href")).toBe(
      "/lists#list=templates",
    );
    expect(screen.getByRole("link", { name: /Exchanges/ }).textContent).toContain("not available");
    expect(screen.getByRole("link", { name: "0Orders" })).toBeTruthy();
  });

  it("with a wrong key says so once, asks no other list, and takes another key", async () => {
    const asked = serve();
    show(<Overview />);
    await screen.findByText(/answered in/);
    typeKey("wrong");
    expect((await screen.findByRole("alert")).textContent).toContain("The API refused this key");
    expect(asked.filter(({ url }) => url.includes("/api/"))).toHaveLength(1);
    fireEvent.click(screen.getByRole("button", { name: "Forget key" }));
    typeKey(KEY);
    await screen.findByRole("link", { name: "0Templates" });
    expect(screen.queryByRole("alert")).toBeNull();
  });

  it("asks again by itself only where the environment has real-time updates", async () => {
    vi.useFakeTimers();
    const asked = serve({
      "/config.json": { body: { ...CONFIG, features: { ...CONFIG.features, enableRealTimeUpdates: true } } },
    });
    show(<Overview />);
    const health = () => asked.filter(({ url }) => url === `${API}/health`).length;
    await act(() => vi.advanceTimersByTimeAsync(1));
    expect(health()).toBe(1);
    await act(() => vi.advanceTimersByTimeAsync(15_000));
    expect(health()).toBe(2);
    vi.spyOn(document, "visibilityState", "get").mockReturnValue("hidden");
    await act(() => vi.advanceTimersByTimeAsync(60_000));
    expect(health()).toBe(2);
    vi.useRealTimers();
  });
});

describe("every page", () => {
  it("without a configuration says so, shows nothing made up, and recovers", async () => {
    serve({ "/config.json": { status: 404, body: "" } });
    show(
      <>
        <Overview />
        <Settings />
      </>,
    );
    expect((await screen.findByRole("alert")).textContent).toContain("/config.json answered 404.");
    expect(screen.queryByText("API health")).toBeNull();
    serve();
    fireEvent.click(screen.getByRole("button", { name: "Try again" }));
    await screen.findByText("wss://api.example/ws");
    expect(screen.queryByRole("alert")).toBeNull();
  });

  it("takes a key out of a link that is opened in the same tab", async () => {
    serve();
    show(<Overview />);
    await screen.findByText(/answered in/);
    window.location.hash = `#key=${KEY}`;
    await screen.findByRole("link", { name: "0Templates" });
    expect(window.location.hash).toBe("");
  });
});

describe("the lists page", () => {
  it("asks for a key first", async () => {
    serve();
    show(<ListsView />);
    expect((await screen.findByText("An API key is needed")).textContent).toBeTruthy();
  });

  it("shows the list of the address with readable columns, and every field on request", async () => {
    writeKey(KEY);
    window.history.replaceState(null, "", "/lists#list=strategies");
    serve({
      "/api/strategies": {
        body: {
          items: [
            { createdAt: "2026-10-01T08:15:00Z", name: "Grid", live: false, strategyId: "s-1", limits: { usd: 5 } },
          ],
          count: 1,
          next: null,
        },
      },
    });
    show(<ListsView />);
    const table = await screen.findByRole("table");
    const headings = within(table)
      .getAllByRole("columnheader")
      .map((cell) => cell.textContent);
    expect(headings).toEqual(["Strategy ID", "Name", "Created at", "Live", "All fields"]);
    expect(within(table).getByText("no")).toBeTruthy();
    expect(within(table).getByText(/"usd": 5/)).toBeTruthy();
  });

  it("says that an empty list is empty", async () => {
    writeKey(KEY);
    serve();
    show(<ListsView />);
    await screen.findByText("Nothing here yet");
    expect(screen.getByText("0 rows")).toBeTruthy();
  });

  it("turns pages forth and back", async () => {
    writeKey(KEY);
    window.history.replaceState(null, "", "/lists#list=audit");
    serve({
      "/api/audit": (url) => {
        const next = url.searchParams.get("next");
        return { body: { items: [{ entityId: next ?? "first" }], count: 1, next: next === null ? "second" : null } };
      },
    });
    show(<ListsView />);
    await screen.findByRole("cell", { name: "first" });
    fireEvent.click(screen.getByRole("button", { name: "Next" }));
    await screen.findByRole("cell", { name: "second" });
    expect(screen.queryByRole("button", { name: "Next" })).toBeNull();
    fireEvent.click(screen.getByRole("button", { name: "Previous" }));
    await screen.findByRole("cell", { name: "first" });
  });

  it("never shows the rows of one list under the title of another", async () => {
    writeKey(KEY);
    window.history.replaceState(null, "", "/lists#list=orders");
    serve({ "/api/orders": { body: { items: [{ orderId: "o-1" }], count: 1, next: null } } });
    show(<ListsView />);
    await screen.findByRole("cell", { name: "o-1" });
    window.location.hash = "#list=exchanges";
    await screen.findByRole("heading", { name: "Exchanges" });
    expect(screen.queryByRole("cell", { name: "o-1" })).toBeNull();
    await screen.findByText("Nothing here yet");
  });
});
