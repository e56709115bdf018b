"""The one comment on a pull request: what it would change, and what each step says."""

from __future__ import annotations

import json
from collections.abc import Sequence

from ops.errors import ExitCode
from pull_request.changes.wording import code, table
from pull_request.verdict import Result, Verdict, exit_code

# By it the workflow finds the comment again, to update it.
MARKER = "<!-- acinaces: make pr -->"
# GitHub takes 65,536 characters.
LARGEST = 60_000
_SIGNS = {Verdict.PASSED: "✓", Verdict.FAILED: "✗", Verdict.COULD_NOT_RUN: "!"}
_MOST_DETAILS = 6_000
_CUT = "\n\n… cut here; the whole text is `report.md`, in the workflow's summary and files.\n"


def headline(results: Sequence[Result]) -> str:
    """The aggregated result in one line; steps that failed or could not run by name."""
    by_verdict = {
        verdict: [result.name for result in results if result.verdict is verdict]
        for verdict in (Verdict.FAILED, Verdict.COULD_NOT_RUN)
    }
    told = [f"{verdict.value}: {', '.join(names)}" for verdict, names in by_verdict.items() if names]
    if exit_code(results) is ExitCode.OK:
        return f"all {len(results)} steps passed"
    return "; ".join(told) or "nothing ran"


def to_markdown(results: Sequence[Result], changes: str, *, base: str, head: str) -> str:
    """The whole comment: the result, the changes (Markdown of its own), a line per step, and what helps to mend."""
    sign = {ExitCode.OK: "✓", ExitCode.CHECK_FAILED: "✗"}.get(exit_code(results), "!")
    rows = [
        (_SIGNS[result.verdict], result.name, result.verdict.value, f"{result.seconds:.0f} s", _plain(result.note))
        for result in results
    ]
    lines = [MARKER, f"## {sign} {_plain(headline(results))}", "", f"{code(head[:12])} against {code(base[:12])}.", ""]
    if any(result.verdict is Verdict.COULD_NOT_RUN for result in results):
        lines += ["What could not run has not passed; it must run before this can be merged.", ""]
    lines += [changes or "### What it would change\n\nNot known: the templates were not compared.\n"]
    lines += ["### Steps", "", *table(("", "Step", "Verdict", "Time", ""), rows)]
    for result in results:
        if result.verdict is not Verdict.PASSED and result.details:
            lines += [f"<details><summary>{result.name}</summary>", "", *_fenced(result.details), "", "</details>", ""]
    return "\n".join(lines)


def shortened(comment: str) -> str:
    """As much of the comment as GitHub takes."""
    return comment if len(comment) <= LARGEST else comment[: LARGEST - len(_CUT)] + _CUT


def to_json(results: Sequence[Result], *, base: str, head: str) -> str:
    """The same as data."""
    return json.dumps(
        {
            "exit_code": int(exit_code(results)),
            "result": headline(results),
            "base": base,
            "head": head,
            "steps": [result.dump() for result in results],
        },
        indent=2,
        ensure_ascii=False,
    )


def _fenced(text: str) -> list[str]:
    """A block that nothing in `text` can end."""
    shown = text[:_MOST_DETAILS].replace("```", "'''")
    return ["```text", shown, "```"]


def _plain(text: str) -> str:
    """No tag and no mention of a person comes out of a tool's message."""
    return text.replace("<", "&lt;").replace("@", "@\u200b")
