import type { Problem } from "@/lib/outcome";

/** Something to do; `command` is what to type. */
export type Step = { readonly text: string; readonly command?: string };

export type Advice = { readonly title: string; readonly steps: readonly Step[] };

/** What a person can do about a problem in the environment they are looking at. */
export function advise(problem: Problem, environment: string | undefined): Advice {
  const local = environment === "local";
  switch (problem.kind) {
    case "configuration":
      return {
        title: "This site has no usable configuration",
        steps: [
          { text: "It is published together with the pages. If a release is under way, try again in a minute." },
          { text: "If it stays like this, the environment has to be deployed again." },
        ],
      };
    case "unreachable":
      return {
        title: "The API cannot be reached",
        steps: local
          ? [
              { text: "See whether the cloud on this machine runs:", command: "make local-status" },
              { text: "Start it:", command: "make local" },
            ]
          : [
              { text: "Check your connection, and any blocker or proxy between you and the API." },
              { text: "If others see it too, the operator finds what is down with", command: "acinaces doctor" },
            ],
      };
    case "refused":
      return {
        title: "The API refused this key",
        steps: [
          { text: "Keys belong to one environment: see that it is this one's, complete and without spaces." },
          keyAdvice(environment),
          { text: "Then choose “Forget key” and enter it again." },
        ],
      };
    case "throttled":
      return {
        title: "Too many requests",
        steps: [{ text: "The API limits requests per key and per address. Wait a minute, then try again." }],
      };
    case "failed":
      return {
        title: "The API answered with an error",
        steps: local
          ? [{ text: "See where the functions' logs are:", command: "make local-status" }]
          : [{ text: "Give the operator the line above and the time: it says which request it was." }],
      };
    case "malformed":
      return {
        title: "The API's answer cannot be read",
        steps: [
          { text: "Page and API may come from different releases: reload this page." },
          { text: "If it stays like this, give the operator the line above." },
        ],
      };
  }
}

/** Where the key of an environment comes from. */
export function keyAdvice(environment: string | undefined): Step {
  return environment === "local"
    ? { text: "The key of the cloud on this machine is printed by", command: "make local-status" }
    : { text: "The operator of the environment hands the key out." };
}
