"""Documents about one environment as it is now: summary, checklist, changes. Never committed.

What cannot be asked is said in the documents, and stops none of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, TypeVar

from environments import Environment
from lambda_src.journal import Journal, Outcome, journal_table_name
from lambda_src.verification.verdicts import Report
from ops import validate
from ops.aws import CLIENT_CONFIG, explained, session
from ops.doctor import examine
from ops.documents.assembly import Assembly
from ops.documents.changes_page import changes_page, commits_between
from ops.documents.deployment_page import deployment_page
from ops.documents.readiness import Evidence, readiness_page
from ops.errors import OperatorError
from ops.manifest import Manifest, read_manifest

T = TypeVar("T")
SUMMARY: Final = "deployment.md"
READINESS: Final = "readiness.md"
CHANGES: Final = "changes.md"


@dataclass
class Deployed:
    """Asks one environment. `missing` collects what could not be asked, and why."""

    environment: Environment
    assembly: Assembly
    watcher: validate.Watcher
    missing: list[str] = field(default_factory=list)

    def documents(self) -> dict[str, str]:
        """The documents, by file name."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        manifest = self._ask("the manifest", lambda: read_manifest(self.environment))
        changes = self._ask("the journal", lambda: self._changes(manifest))
        diagnosis = self._ask("doctor", lambda: examine(self.environment))
        report = self._ask("the checks", self._check)
        evidence = Evidence(assembly=self.assembly, diagnosis=diagnosis, report=report, missing=tuple(self.missing))
        release = manifest.release_id if manifest else ""
        documents = {
            SUMMARY: deployment_page(self.assembly, live=manifest, as_of=now),
            READINESS: readiness_page(evidence, as_of=now, release=release),
        }
        return {**documents, CHANGES: changes} if changes else documents

    def _ask(self, what: str, ask: Callable[[], T]) -> T | None:
        try:
            return ask()
        except OperatorError as error:
            self.missing.append(f"{what}: {error}")
            return None

    def _check(self) -> Report:
        live = validate.read_live(self.environment)
        plan = validate.choose(live.plan, groups=(), names=())
        return validate.run(self.environment, live, plan, self.watcher)

    def _changes(self, manifest: Manifest | None) -> str:
        with explained(self.environment, "reading the journal"):
            client = session(self.environment).client("dynamodb", config=CLIENT_CONFIG)
            journal = Journal(client, table=journal_table_name(self.environment.name))
            entries, records = list(journal.entries()), journal.records()
        keys = [record.report_key for record in records if record.outcome is Outcome.RELEASED and record.report_key]
        both = self._reports(manifest, keys[:2]) if manifest and len(keys) > 1 else None
        return changes_page(self.environment.name, records, entries, commits=commits_between, before_and_after=both)

    def _reports(self, manifest: Manifest, keys: list[str]) -> tuple[Report, Report] | None:
        """The reports of the release before and of the live one; None where one is gone (they expire)."""
        bucket = manifest.report.removeprefix("s3://").partition("/")[0]
        with explained(self.environment, f"reading reports in s3://{bucket}"):
            s3 = session(self.environment).client("s3", config=CLIENT_CONFIG)
            try:
                after, before = (
                    Report.model_validate_json(s3.get_object(Bucket=bucket, Key=key)["Body"].read()) for key in keys
                )
            except (s3.exceptions.NoSuchKey, ValueError):
                return None
        return before, after
