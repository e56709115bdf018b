"""Verdicts, results and the report of one run: what every reader of the engine's output relies on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict

from lambda_src.verification.contents import ReleaseContents
from lambda_src.verification.plan import Criticality, Policy

REPORT_SCHEMA_VERSION: Final = "1"

RunKind = Literal["create", "update", "rollback", "validate", "schedule"]


class Verdict(StrEnum):
    """What a check found out."""

    PASSED = "passed"
    FAILED = "failed"
    # Could not be measured.
    ERROR = "error"
    # Measured, but there is no data to judge yet.
    INCONCLUSIVE = "inconclusive"
    # Not run; the message says why.
    SKIPPED = "skipped"
    # Of a whole run: looked at while the stack was rolling back, and judged nothing.
    OBSERVED = "observed"


@dataclass(frozen=True, kw_only=True)
class Observation:
    """What one attempt at a check saw."""

    verdict: Verdict
    message: str
    # Whether waiting may mend it (eventual consistency); retried inside the plan's window.
    retry: bool = False
    latency_ms: int | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)


class CheckProblem(Exception):
    """Raised anywhere below a check to end the attempt with an observation."""

    def __init__(self, message: str, *, verdict: Verdict = Verdict.FAILED, retry: bool = False) -> None:
        super().__init__(message)
        self.observation = Observation(verdict=verdict, message=message, retry=retry)


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Attempt(_Frozen):
    """One attempt; times in milliseconds, `at_ms` since the check's start."""

    at_ms: int
    duration_ms: int
    verdict: Verdict
    message: str


class CheckResult(_Frozen):
    """One check's outcome. `started` is ISO 8601 in UTC, durations are milliseconds."""

    name: str
    group: str
    kind: str
    criticality: Criticality
    verdict: Verdict
    message: str
    remedy: str
    attempts: int
    latency_ms: int | None
    started: str
    duration_ms: int
    evidence: dict[str, Any]
    # The first and the latest attempts; `attempts` is the true count.
    history: tuple[Attempt, ...] = ()


class CleanupReport(_Frozen):
    """What was removed after the run, and what could not be (the rows' TTL removes it)."""

    deleted: tuple[str, ...] = ()
    leftovers: tuple[str, ...] = ()


class Report(_Frozen):
    """One run of a plan. Stored as JSON; readers look at `schema_version` first."""

    schema_version: Literal["1"] = REPORT_SCHEMA_VERSION
    kind: RunKind
    environment: str
    release_id: str
    run_id: str
    verdict: Verdict
    # Whether the environment's policy lets this verdict stop the release.
    stops_release: bool
    started: str
    finished: str
    duration_ms: int
    counts: dict[str, int]
    checks: tuple[CheckResult, ...]
    cleanup: CleanupReport = CleanupReport()
    # Circumstances a reader should know, e.g. why nothing was judged.
    notes: tuple[str, ...] = ()
    # What was released, where it is known.
    contents: ReleaseContents | None = None


def utc_now() -> str:
    """ISO 8601 in UTC with milliseconds, as everywhere in a report."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def count(results: Iterable[CheckResult]) -> dict[str, int]:
    """How many checks ended with each verdict; every verdict of a check is a key."""
    counts = {verdict.value: 0 for verdict in Verdict if verdict is not Verdict.OBSERVED}
    for result in results:
        counts[result.verdict.value] += 1
    return counts


def overall(results: Iterable[CheckResult]) -> Verdict:
    """The run's verdict: the worst of its critical checks. A run in which nothing passed has not passed."""
    results = list(results)
    critical = {result.verdict for result in results if result.criticality == "critical"}
    for verdict in (Verdict.FAILED, Verdict.ERROR, Verdict.INCONCLUSIVE):
        if verdict in critical:
            return verdict
    return Verdict.PASSED if any(result.verdict is Verdict.PASSED for result in results) else Verdict.INCONCLUSIVE


def stops(results: Iterable[CheckResult], policy: Policy) -> bool:
    """Whether these results stop a release. Errors and missing data do so where the environment's policy says."""
    results = list(results)
    critical = {result.verdict for result in results if result.criticality == "critical"}
    if overall(results) is Verdict.INCONCLUSIVE:
        critical.add(Verdict.INCONCLUSIVE)
    return (
        Verdict.FAILED in critical
        or (Verdict.ERROR in critical and policy.on_error == "fail")
        or (Verdict.INCONCLUSIVE in critical and policy.on_inconclusive == "fail")
    )
