import type { ReactNode } from "react";
import { advise, type Step } from "@/lib/advice";
import type { Problem } from "@/lib/outcome";

/** A message that stands in the place of what it is about. */
export function Notice({ tone, title, children }: { tone: "info" | "bad"; title: string; children?: ReactNode }) {
  return (
    <div className={`notice notice-${tone}`} role={tone === "bad" ? "alert" : "status"}>
      <p className="notice-title">{title}</p>
      {children}
    </div>
  );
}

/** What happened, and what to do about it. */
export function ProblemNotice({
  problem,
  environment,
  onRetry,
}: {
  problem: Problem;
  environment: string | undefined;
  onRetry?: () => void;
}) {
  const { title, steps } = advise(problem, environment);
  return (
    <Notice tone="bad" title={title}>
      <p className="detail">{problem.detail}</p>
      <ul>
        {steps.map((step) => (
          <li key={step.text}>
            <StepText step={step} />
          </li>
        ))}
      </ul>
      {onRetry && (
        <button type="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </Notice>
  );
}

export function StepText({ step }: { step: Step }) {
  return (
    <>
      {step.text}
      {step.command && (
        <>
          {" "}
          <code>{step.command}</code>
        </>
      )}
    </>
  );
}

/** Shown while an answer is on its way; the words are for people who cannot see the bars. */
export function Loading({ what }: { what: string }) {
  return (
    <div className="loading" role="status">
      <span className="visually-hidden">Loading {what}…</span>
      <span className="bar" aria-hidden="true" />
      <span className="bar bar-short" aria-hidden="true" />
    </div>
  );
}
