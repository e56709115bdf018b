import { asRecord, failure, success, type Outcome } from "@/lib/outcome";

/** What differs between environments; generated at synthesis and served beside the pages. */
export type SiteConfig = {
  readonly apiUrl: string;
  readonly environment: string;
  /** null where nothing serves WebSockets. */
  readonly webSocketUrl: string | null;
  readonly features: {
    readonly enableAnalytics: boolean;
    readonly enableErrorTracking: boolean;
    readonly enableRealTimeUpdates: boolean;
  };
};

export const CONFIG_PATH = "/config.json";

/** Reads a published configuration; a missing or misspelt key is a failure, never a silent default. */
export function parseConfig(document: unknown): Outcome<SiteConfig> {
  const config = asRecord(document);
  const features = asRecord(config?.["features"]);
  if (!config || !features) return failure("configuration", `${CONFIG_PATH} is not a configuration.`);

  const missing: string[] = [];
  const text = (key: string): string => {
    const value = config[key];
    if (typeof value === "string" && value !== "") return value;
    missing.push(key);
    return "";
  };
  const flag = (key: string): boolean => {
    const value = features[key];
    if (typeof value !== "boolean") missing.push(`features.${key}`);
    return value === true;
  };
  const parsed: SiteConfig = {
    apiUrl: text("NEXT_PUBLIC_API_URL").replace(/\/+$/, ""),
    environment: text("NEXT_PUBLIC_ENVIRONMENT"),
    webSocketUrl: config["NEXT_PUBLIC_WS_URL"] === null ? null : text("NEXT_PUBLIC_WS_URL"),
    features: {
      enableAnalytics: flag("enableAnalytics"),
      enableErrorTracking: flag("enableErrorTracking"),
      enableRealTimeUpdates: flag("enableRealTimeUpdates"),
    },
  };
  if (missing.length > 0) return failure("configuration", `${CONFIG_PATH} lacks ${missing.join(", ")}.`);
  return success(parsed);
}

/** Fetches the configuration that was published with this site. */
export async function loadConfig(signal: AbortSignal): Promise<Outcome<SiteConfig>> {
  let response: Response;
  try {
    response = await fetch(CONFIG_PATH, { cache: "no-cache", signal });
  } catch {
    return failure("configuration", `${CONFIG_PATH} could not be fetched from this site.`);
  }
  if (!response.ok) return failure("configuration", `${CONFIG_PATH} answered ${response.status}.`, response.status);
  try {
    return parseConfig(await response.json());
  } catch {
    return failure("configuration", `${CONFIG_PATH} is not JSON.`);
  }
}
