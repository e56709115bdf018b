"""What was found: pass, warn or fail, and the fix."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from enum import StrEnum

from ops.errors import ExitCode


class Status(StrEnum):
    """How an item stands."""

    PASS = "pass"  # noqa: S105 - a verdict
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One item. `fix` is one command or one action; empty where there is nothing to mend."""

    name: str
    status: Status
    message: str
    fix: str = ""


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """All findings about one environment."""

    environment: str
    findings: tuple[Finding, ...]

    @property
    def status(self) -> Status:
        """The worst of the findings."""
        found = {finding.status for finding in self.findings}
        return next((status for status in (Status.FAIL, Status.WARN) if status in found), Status.PASS)

    @property
    def exit_code(self) -> ExitCode:
        """5 (a precondition is not met) if anything failed."""
        return ExitCode.PRECONDITION if self.status is Status.FAIL else ExitCode.OK

    def of(self, status: Status) -> list[Finding]:
        """The findings with this status."""
        return [finding for finding in self.findings if finding.status is status]

    def to_json(self) -> str:
        """For `--json`."""
        findings = [asdict(finding) for finding in self.findings]
        return json.dumps({"environment": self.environment, "status": self.status, "findings": findings}, indent=2)


def passed(name: str, message: str) -> Finding:
    """Nothing to do."""
    return Finding(name=name, status=Status.PASS, message=message)


def warned(name: str, message: str, fix: str) -> Finding:
    """Worth a look; stops nothing."""
    return Finding(name=name, status=Status.WARN, message=message, fix=fix)


def failed(name: str, message: str, fix: str) -> Finding:
    """Stands in the way."""
    return Finding(name=name, status=Status.FAIL, message=message, fix=fix)


class Undetermined(Exception):
    """Raised by an item that cannot tell; it never passes. `fix` says what would let it tell."""

    def __init__(self, message: str, *, fix: str) -> None:
        super().__init__(message)
        self.fix = fix
