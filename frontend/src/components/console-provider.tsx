"use client";

import { createContext, use, useEffect, useMemo, useSyncExternalStore, type ReactNode } from "react";
import type { Target } from "@/lib/api";
import { loadConfig, type SiteConfig } from "@/lib/config";
import { readKey, subscribeKey, takeKeyFromFragment } from "@/lib/key";
import { useRemote, type Remote } from "@/lib/use-remote";

export type Console = {
  readonly config: Remote<SiteConfig>;
  /** Null until the configuration is there. */
  readonly target: Target | null;
  readonly key: string | null;
};

const Context = createContext<Console | null>(null);

/** Reads the configuration once for all pages, and takes a key from the address bar. */
export function ConsoleProvider({ children }: { children: ReactNode }) {
  const config = useRemote(loadConfig);
  const key = useSyncExternalStore(subscribeKey, readKey, () => null);

  useEffect(() => {
    const take = () => takeKeyFromFragment(window.location, window.history);
    take();
    window.addEventListener("hashchange", take);
    return () => window.removeEventListener("hashchange", take);
  }, []);

  const apiUrl = config.value?.apiUrl;
  const target = useMemo(() => (apiUrl === undefined ? null : { apiUrl, key }), [apiUrl, key]);
  return <Context value={{ config, target, key }}>{children}</Context>;
}

export function useConsole(): Console {
  const value = use(Context);
  if (value === null) throw new Error("useConsole needs a ConsoleProvider above it");
  return value;
}
