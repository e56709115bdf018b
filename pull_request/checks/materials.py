"""Bills of materials (CycloneDX), and what their licences allow."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

from pull_request.accepted import AcceptedLicence, read_accepted
from pull_request.checks.licences import allowed, expressions
from pull_request.process import ROOT, CouldNotRunError, Done, run
from pull_request.step import Context, Step, tool
from pull_request.verdict import Result, could_not_run, failed, passed

_PINNED = re.compile(r"^([A-Za-z0-9._-]+==[^\\\n]+)", re.MULTILINE)
_DEVELOPMENT = "cdx:npm:package:development"
_NAMES = ("python", "npm", "site")


@dataclass(frozen=True, kw_only=True)
class Component:
    """A package. ships: it runs in AWS or in a browser; the others build and test."""

    name: str
    version: str
    licences: tuple[str, ...]
    ships: bool


def _sbom(context: Context) -> Sequence[Result]:
    context.bills.mkdir(parents=True, exist_ok=True)
    npm = ["npm", "sbom", "--sbom-format", "cyclonedx"]
    python = [tool("audit", "cyclonedx-py"), "environment", "--output-reproducible", sys.executable]
    _write(context.bills / "python.cdx.json", run(python, timeout_s=120))
    _write(context.bills / "npm.cdx.json", run(npm, timeout_s=60))
    _write(context.bills / "site.cdx.json", run(npm, timeout_s=60, cwd=ROOT / "frontend"))
    shipped = pinned(ROOT / "lambda_src" / "requirements.txt")
    components = list(read_bills(context.bills, shipped))
    found = {_normal(component.name): component.version for component in components}
    missing = [f"{name} {version}" for name, version in shipped.items() if found.get(name) != version]
    if missing:
        return [failed("sbom", "what is installed is not what is locked: make setup", "\n".join(missing))]
    return [passed("sbom", f"{len(components)} components in {context.bills.name}/")]


def _write(file: Path, done: Done) -> None:
    if done.code:
        raise CouldNotRunError(f"{file.name} could not be made: {done.last_line}")
    if not json.loads(done.stdout).get("components"):
        raise CouldNotRunError(f"{file.name} names no component")
    file.write_text(done.stdout, encoding="utf-8")


def _licences(context: Context) -> Sequence[Result]:
    if not all((context.bills / f"{name}.cdx.json").exists() for name in _NAMES):
        return [could_not_run("licences", "there is no bill of materials to read them from")]
    components = read_bills(context.bills, pinned(ROOT / "lambda_src" / "requirements.txt"))
    return [judge(components, read_accepted().licence)]


def judge(components: Iterable[Component], accepted: Sequence[AcceptedLicence]) -> Result:
    """Failed for a licence that is not allowed where its package runs, and for an acceptance of nothing."""
    known = list(components)
    left, used = [], set()
    for component in known:
        if allowed(component.licences, ships=component.ships):
            continue
        licence = " AND ".join(component.licences) or "none declared"
        entry = next((one for one in accepted if fnmatchcase(component.name, one.package)), None)
        if entry is not None and entry.licence == licence:
            used.add(entry)
        else:
            left.append(f"{component.name} {component.version}: {licence}{' (ships)' if component.ships else ''}")
    # One that is there for another platform's package has nothing to match here, and says so by a star.
    stale = [entry.package for entry in accepted if entry not in used and "*" not in entry.package]
    if left or stale:
        details = [*left, *(f"accepted.toml: {package} needs no acceptance any more" for package in stale)]
        return failed("licences", f"{len(left)} not allowed, {len(stale)} stale acceptances", "\n".join(details))
    return passed("licences", f"{len(known)} packages, {len(used)} accepted with a reason")


def read_bills(folder: Path, shipped: dict[str, str]) -> Iterator[Component]:
    """Every component of the bills; the project's own entries left out."""
    for name in _NAMES:
        for entry in json.loads((folder / f"{name}.cdx.json").read_text(encoding="utf-8"))["components"]:
            full = "/".join(part for part in (entry.get("group"), entry["name"]) if part)
            yield Component(
                name=full,
                version=entry.get("version", ""),
                licences=tuple(expressions(entry.get("licenses", []))),
                ships=_normal(full) in shipped if name == "python" else name == "site" and not _for_development(entry),
            )


def pinned(lock: Path) -> dict[str, str]:
    """Version by normalised name, of what a lock wants on this machine."""
    found = (Requirement(line) for line in _PINNED.findall(lock.read_text(encoding="utf-8")))
    return {
        _normal(one.name): str(one.specifier).removeprefix("==")
        for one in found
        if one.marker is None or one.marker.evaluate()
    }


def _for_development(entry: dict[str, Any]) -> bool:
    return any(one["name"] == _DEVELOPMENT and one["value"] == "true" for one in entry.get("properties", []))


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


STEPS = (
    Step(name="sbom", run=_sbom, verdicts=("sbom",), seconds=12),
    Step(name="licences", run=_licences, verdicts=("licences",), needs=("sbom",)),
)
