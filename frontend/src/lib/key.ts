const STORAGE = "acinaces.api-key";

type Listener = () => void;
const listeners = new Set<Listener>();
// Kept here too: a browser may refuse storage (private windows, blocked cookies).
let current: string | null | undefined;

/** The API key of this tab, or null. It leaves the browser only as `x-api-key` to the configured API. */
export function readKey(): string | null {
  if (current === undefined) {
    try {
      current = sessionStorage.getItem(STORAGE);
    } catch {
      current = null;
    }
  }
  return current;
}

/** Keeps (or, with null, forgets) the key until the tab is closed. */
export function writeKey(key: string | null): void {
  current = key;
  try {
    if (key === null) sessionStorage.removeItem(STORAGE);
    else sessionStorage.setItem(STORAGE, key);
  } catch {
    // The copy above serves this page; the person types the key again after a reload.
  }
  for (const listener of listeners) listener();
}

export function subscribeKey(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Takes `#key=…` out of the address bar (and so out of history, bookmarks and screenshots) and keeps it. */
export function takeKeyFromFragment(location: Location, history: History): void {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const key = fragment.get("key")?.trim();
  if (key === undefined) return;
  fragment.delete("key");
  const rest = fragment.toString();
  history.replaceState(history.state, "", location.pathname + location.search + (rest ? `#${rest}` : ""));
  if (key !== "") writeKey(key);
}
