const GOOD = new Set(["healthy", "ok", "up", "ready", "alive", "pass", "passed"]);
const WARN = new Set(["degraded", "warning", "warn", "skipped", "not configured", "unknown"]);

/** `NOT_CONFIGURED` → `not configured`. */
function wordOf(status: string): string {
  return status.toLowerCase().replaceAll("_", " ");
}

export type Tone = "good" | "warn" | "bad";

/** Words that are neither known to be good nor known to be mild are shown as bad: nothing is green by accident. */
export function toneOf(status: string): Tone {
  const word = wordOf(status);
  if (GOOD.has(word)) return "good";
  return WARN.has(word) ? "warn" : "bad";
}

const MARK: Record<Tone, string> = { good: "✓", warn: "!", bad: "×" };

/** A status as colour, mark and word, so that no one has to tell by colour alone. */
export function Status({ status }: { status: string }) {
  const tone = toneOf(status);
  return (
    <span className={`status status-${tone}`}>
      <span className="status-mark" aria-hidden="true">
        {MARK[tone]}
      </span>
      {wordOf(status)}
    </span>
  );
}
