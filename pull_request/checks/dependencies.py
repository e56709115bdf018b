"""Known vulnerabilities of all locked packages. It needs an advisory service, and says so when it cannot ask one."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pull_request.accepted import AcceptedVulnerability, read_accepted
from pull_request.process import ROOT, CouldNotRunError, run
from pull_request.step import Context, Step, tool
from pull_request.verdict import Result, could_not_run, failed, passed

_LOCKS = (
    "requirements-dev.txt",
    "lambda_src/requirements.txt",
    *(f"requirements-{name}.txt" for name in ("emulator", "audit", "checkov")),
)


@dataclass(frozen=True, kw_only=True)
class Vulnerability:
    """An advisory that applies to a locked version. ids: the advisory's own and its aliases."""

    package: str
    version: str
    ids: tuple[str, ...]
    fix: str


def _python(_: Context) -> Sequence[Result]:
    options = ["--no-deps", "--disable-pip", "--require-hashes", "--format", "json", "--progress-spinner", "off"]
    name, found, skipped, total = "dependencies: Python", [], [], 0
    for lock in _LOCKS:
        done = run([tool("audit", "pip-audit"), *options, "--requirement", lock], timeout_s=180)
        try:
            one = read_pip_audit(json.loads(done.stdout))
        except ValueError:
            return [could_not_run(name, f"pip-audit gave no answer for {lock}: {done.last_line[:200]}")]
        found += one[0]
        skipped += one[1]
        total += one[2]
    return [judge(name, found, skipped, total, read_accepted().vulnerability)]


def _npm(_: Context) -> Sequence[Result]:
    name, found, total = "dependencies: npm", [], 0
    for folder in (ROOT, ROOT / "frontend"):
        done = run(["npm", "audit", "--json", "--package-lock-only"], timeout_s=120, cwd=folder)
        vulnerabilities, count = read_npm_audit(done.stdout, folder)
        found += vulnerabilities
        total += count
    return [judge(name, found, [], total, read_accepted().vulnerability)]


def read_pip_audit(report: Any) -> tuple[list[Vulnerability], list[str], int]:
    """Vulnerabilities, packages that pip-audit could not look up, and how many packages there are.

    pip-audit itself ends with "no known vulnerabilities" when it could look up none.
    """
    packages = report["dependencies"]
    skipped = [package["name"] for package in packages if "skip_reason" in package]
    found = [
        Vulnerability(
            package=package["name"],
            version=package["version"],
            ids=(entry["id"], *entry.get("aliases", [])),
            fix=", ".join(entry.get("fix_versions", [])),
        )
        for package in packages
        for entry in package.get("vulns", [])
    ]
    return found, skipped, len(packages)


def read_npm_audit(text: str, folder: Path) -> tuple[list[Vulnerability], int]:
    """Vulnerabilities, and how many packages there are.

    Raises:
        CouldNotRunError: npm got no advisories; it prints an object with a message, or nothing.
    """
    try:
        report = json.loads(text)
        entries, total = report["vulnerabilities"], report["metadata"]["dependencies"]["total"]
    except (ValueError, KeyError, TypeError) as error:
        reason = text.strip().splitlines()[1].strip() if len(text.strip().splitlines()) > 1 else "no answer"
        raise CouldNotRunError(f"npm had no advisories to ask in {folder.name}: {reason}") from error
    found = [
        Vulnerability(
            package=name,
            version=entry["range"],
            ids=tuple(str(via["url"]).rpartition("/")[2] for via in entry["via"] if isinstance(via, dict)),
            fix="npm audit fix" if entry.get("fixAvailable") else "",
        )
        for name, entry in entries.items()
        # An entry without advisories of its own is there because of one that has.
        if any(isinstance(via, dict) for via in entry["via"])
    ]
    return found, int(total)


def judge(
    name: str,
    found: Iterable[Vulnerability],
    skipped: Sequence[str],
    total: int,
    accepted: Sequence[AcceptedVulnerability],
    today: dt.date | None = None,
) -> Result:
    """Failed for what nobody accepted, or accepted until a day that is past; no verdict on what was not looked up."""
    day = today or dt.datetime.now(dt.UTC).date()
    current = [entry for entry in accepted if entry.until >= day]
    left = list(_left(found, current))
    if left:
        return failed(name, f"{len(left)} vulnerable packages", "\n".join(left))
    if skipped or not total:
        shown = ", ".join(skipped[:5])
        return could_not_run(name, f"{len(skipped)} of {total} packages could not be looked up: {shown} …")
    return passed(name, f"{total} packages")


def _left(found: Iterable[Vulnerability], accepted: Sequence[AcceptedVulnerability]) -> Iterator[str]:
    for one in found:
        if not any(entry.package == one.package and entry.id in one.ids for entry in accepted):
            yield f"{one.package} {one.version}: {', '.join(one.ids)}" + (f"; fixed in {one.fix}" if one.fix else "")


STEPS = (
    Step(name="dependencies: Python", run=_python, verdicts=("dependencies: Python",), seconds=10),
    Step(name="dependencies: npm", run=_npm, verdicts=("dependencies: npm",), seconds=5),
)
