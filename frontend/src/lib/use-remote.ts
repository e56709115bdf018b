"use client";

import { useCallback, useEffect, useState } from "react";
import type { Outcome, Problem } from "@/lib/outcome";

export type Remote<T> = {
  /** The last good answer; kept while a newer one is on its way. */
  readonly value: T | undefined;
  /** What the last attempt ran into; undefined after a success. */
  readonly problem: Problem | undefined;
  readonly loading: boolean;
  /** When the last attempt ended. */
  readonly at: Date | undefined;
  readonly reload: () => void;
};

type State<T> = Omit<Remote<T>, "reload">;

const EMPTY = { value: undefined, problem: undefined, loading: true, at: undefined } as const;

/**
 * Runs `load` when it changes, on `reload()`, and every `everyMs` while the page is visible.
 * A null `load` means: not yet possible. An answer that arrives after its question changed is dropped.
 */
export function useRemote<T>(
  load: ((signal: AbortSignal) => Promise<Outcome<T>>) | null,
  everyMs: number | null = null,
): Remote<T> {
  const [state, setState] = useState<State<T>>(EMPTY);
  const [round, setRound] = useState(0);
  const [asked, setAsked] = useState<{ load: typeof load }>({ load });
  // Another question: the old answer must not be shown under it, not even for a moment.
  if (asked.load !== load) {
    setAsked({ load });
    setState(EMPTY);
  }

  useEffect(() => {
    if (load === null) return;
    const controller = new AbortController();
    setState((before) => ({ ...before, loading: true }));
    void load(controller.signal).then((outcome) => {
      if (controller.signal.aborted) return;
      setState((before) => ({
        value: outcome.ok ? outcome.value : before.value,
        problem: outcome.ok ? undefined : outcome.problem,
        loading: false,
        at: new Date(),
      }));
    });
    return () => controller.abort();
  }, [load, round]);

  const reload = useCallback(() => setRound((before) => before + 1), []);

  useEffect(() => {
    if (load === null || everyMs === null) return;
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") reload();
    }, everyMs);
    return () => clearInterval(timer);
  }, [load, everyMs, reload]);

  return { ...state, reload };
}
