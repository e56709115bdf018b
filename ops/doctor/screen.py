"""The findings as people read them: what fails first, with its fix."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from ops.doctor.findings import Diagnosis, Finding, Status

_SIGNS = {Status.PASS: ("✓", "green"), Status.WARN: ("!", "yellow"), Status.FAIL: ("✗", "bold red")}
_ORDER = (Status.PASS, Status.WARN, Status.FAIL)


def show(diagnosis: Diagnosis, console: Console) -> None:
    """All findings; the worst stand last, next to the prompt."""
    for status in _ORDER:
        for finding in diagnosis.of(status):
            _line(finding, console)
    console.print(_summary(diagnosis), soft_wrap=True)


def show_problems(diagnosis: Diagnosis, console: Console) -> None:
    """Only what did not pass."""
    for status in _ORDER[1:]:
        for finding in diagnosis.of(status):
            _line(finding, console)


def counts(diagnosis: Diagnosis) -> str:
    """`17 pass, 2 warn`."""
    return ", ".join(f"{len(diagnosis.of(status))} {status}" for status in _ORDER if diagnosis.of(status))


def _line(finding: Finding, console: Console) -> None:
    sign, style = _SIGNS[finding.status]
    console.print(Text.assemble((f"{sign} {finding.name}", style), f"  {finding.message}"), soft_wrap=True)
    if finding.fix:
        console.print(Text.assemble(("  fix: ", "bold"), finding.fix), soft_wrap=True)


def _summary(diagnosis: Diagnosis) -> Text:
    sign, style = _SIGNS[diagnosis.status]
    verdict = {
        Status.PASS: f"{diagnosis.environment} can be deployed",
        Status.WARN: f"{diagnosis.environment} can be deployed; read the warnings",
        Status.FAIL: f"{diagnosis.environment} should not be deployed now",
    }[diagnosis.status]
    return Text.assemble((f"{sign} {verdict}", style), f"  {counts(diagnosis)}")
