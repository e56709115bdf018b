"use client";

import { useState, type SyntheticEvent } from "react";
import { useConsole } from "@/components/console-provider";
import { StepText } from "@/components/notice";
import { keyAdvice } from "@/lib/advice";
import { writeKey } from "@/lib/key";

/** Asks for the API key, or offers to forget the one that is kept. */
export function KeyForm() {
  const { config, key } = useConsole();
  const [typed, setTyped] = useState("");

  if (key !== null) {
    return (
      <p className="key-kept">
        <span>
          Using an API key
          {key.length > 8 && (
            <>
              {" "}
              that ends in <code>{key.slice(-4)}</code>
            </>
          )}
          , kept in this tab only.
        </span>
        <button type="button" onClick={() => writeKey(null)}>
          Forget key
        </button>
      </p>
    );
  }

  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    const value = typed.trim();
    if (value === "") return;
    writeKey(value);
    setTyped("");
  };
  return (
    <form className="key-form" onSubmit={submit}>
      <label htmlFor="api-key">API key</label>
      <div className="key-row">
        <input
          id="api-key"
          type="password"
          autoComplete="off"
          spellCheck={false}
          required
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          aria-describedby="api-key-help"
        />
        <button type="submit" className="primary">
          Show lists
        </button>
      </div>
      <p id="api-key-help" className="muted">
        It stays in this tab and is sent to this environment&rsquo;s API only.{" "}
        {config.value && <StepText step={keyAdvice(config.value.environment)} />}
      </p>
    </form>
  );
}
