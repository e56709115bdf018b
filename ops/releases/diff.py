"""Two releases side by side: what differs between them, and how fast the platform answered in each (MISSION M41)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from environments import Environment
from lambda_src.journal import ReleaseRecord
from lambda_src.verification.contents import changed_assets
from lambda_src.verification.verdicts import Report
from ops.aws import CLIENT_CONFIG, explained, session
from ops.releases.words import lasted, moment, outcome, short

# Groups of checks that take as long as the platform takes to answer.
_TIMED: Final = ("api", "data", "site")


@dataclass(frozen=True, kw_only=True)
class Difference:
    """From `first` to `second`. `latency_ms`: check -> (in the first, in the second), None where it was not there."""

    first: ReleaseRecord
    second: ReleaseRecord
    assets: tuple[str, ...]
    functions: dict[str, tuple[int | None, int | None]]
    files: tuple[str, ...]
    latency_ms: dict[str, tuple[int | None, int | None]]

    def document(self) -> dict[str, Any]:
        """As JSON."""
        told = {key: value for key, value in asdict(self).items() if key not in ("first", "second")}
        brief = {"attempt", "release_id", "commit", "author", "started", "outcome", "verdict", "duration_s"}
        return {
            "first": self.first.model_dump(mode="json", include=brief),
            "second": self.second.model_dump(mode="json", include=brief),
            **told,
        }


def compare(environment: Environment, first: ReleaseRecord, second: ReleaseRecord) -> Difference:
    """Reads both reports of the gate and compares. A report that is not there any more compares nothing."""
    before, after = (_latencies(environment, record) for record in (first, second))
    return Difference(
        first=first,
        second=second,
        assets=changed_assets(first.assets, second.assets),
        functions=_different(first.state.functions, second.state.functions),
        files=tuple(sorted(_different(first.state.site, second.state.site))),
        latency_ms={name: (before.get(name), after.get(name)) for name in sorted(before | after)},
    )


def show(found: Difference, console: Console) -> None:
    """The difference as two columns."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("", found.first.release_id[:8], found.second.release_id[:8]):
        table.add_column(name, overflow="fold")
    both = (found.first, found.second)
    table.add_row("started (UTC)", *(moment(record.started) for record in both))
    table.add_row("commit", *(f"{short(record.commit)} {record.author}" for record in both))
    table.add_row("outcome", *(outcome(record) for record in both))
    table.add_row("verdict", *(record.verdict or "-" for record in both))
    table.add_row("took", *(lasted(record.duration_s) for record in both))
    for name, (old, new) in found.functions.items():
        table.add_row(name, *("-" if version is None else f"version {version}" for version in (old, new)))
    for name, times in found.latency_ms.items():
        table.add_row(Text(name, style="dim"), *("-" if taken is None else f"{taken} ms" for taken in times))
    console.print(table)
    console.print(f"\nassets: {', '.join(found.assets) or 'the same'}", markup=False, soft_wrap=True)
    console.print(f"site: {len(found.files)} files differ", markup=False)
    commits = [record.commit.removesuffix("-dirty") for record in both]
    if "unknown" not in commits and commits[0] != commits[1]:
        console.print(f"commits: git log --oneline {commits[0][:12]}..{commits[1][:12]}", markup=False)


def _different(first: dict[str, Any], second: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    names = sorted(first.keys() | second.keys())
    return {name: (first.get(name), second.get(name)) for name in names if first.get(name) != second.get(name)}


def _latencies(environment: Environment, record: ReleaseRecord) -> dict[str, int]:
    bucket, key = record.artifacts.removeprefix("s3://").partition("/")[0], record.report_key
    if not bucket or not key:
        return {}
    client = session(environment).client("s3", config=CLIENT_CONFIG)
    with explained(environment, f"reading s3://{bucket}/{key}"):
        try:
            content = client.get_object(Bucket=bucket, Key=key)["Body"].read()
        except client.exceptions.NoSuchKey:
            return {}
    report = Report.model_validate_json(content)
    return {check.name: check.duration_ms for check in report.checks if check.group in _TIMED}
