"""The last releases of an environment, one line each; kept as one small object beside their reports."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from lambda_src.verification.contents import ReleaseContents, changed_assets
from lambda_src.verification.verdicts import Report, RunKind, Verdict

_KEPT: Final = 20


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class HistoryEntry(_Frozen):
    """One run of the gate. `started` is ISO 8601 in UTC, `duration_ms` milliseconds."""

    release_id: str
    kind: RunKind
    verdict: Verdict
    # Whether this release was put back because of it.
    stopped: bool
    started: str
    duration_ms: int
    passed: int
    total: int
    report_key: str
    contents: ReleaseContents = ReleaseContents()


class History(_Frozen):
    """Newest first."""

    schema_version: Literal["1"] = "1"
    entries: tuple[HistoryEntry, ...] = ()

    @classmethod
    def from_json(cls, text: str | bytes | None) -> History:
        """Reads a history; an absent or unreadable one is empty, because it is only looked at."""
        try:
            return cls.model_validate_json(text) if text else cls()
        except ValidationError:
            return cls()

    def with_run(self, report: Report, *, report_key: str) -> History:
        """The history with this run at its beginning; a run delivered twice is there once."""
        entry = HistoryEntry(
            release_id=report.release_id,
            kind=report.kind,
            verdict=report.verdict,
            stopped=report.stops_release,
            started=report.started,
            duration_ms=report.duration_ms,
            passed=report.counts.get(Verdict.PASSED.value, 0),
            total=len(report.checks),
            report_key=report_key,
            contents=report.contents or ReleaseContents(),
        )
        others = [known for known in self.entries if known.report_key != report_key]
        return History(entries=(entry, *others)[:_KEPT])

    @property
    def live(self) -> HistoryEntry | None:
        """The release that serves, as far as these runs tell: the last one not stopped, or returned to since."""
        for entry in self.entries:
            if entry.kind == "rollback":
                return self._released(entry.release_id) or entry
            if not entry.stopped:
                return entry
        return None

    def compared(self, contents: ReleaseContents) -> ReleaseContents:
        """`contents` with what changed since the live release; unknown where that one's assets are."""
        live = self.live
        if live is None or not live.contents.assets:
            return contents
        changed = changed_assets(live.contents.assets, contents.assets)
        return contents.model_copy(update={"changed": changed, "previous_release_id": live.release_id})

    def _released(self, release_id: str) -> HistoryEntry | None:
        known = (entry for entry in self.entries if entry.release_id == release_id and entry.kind != "rollback")
        return next(known, None)
