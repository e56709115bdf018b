"""checkov over the templates of every environment."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ops.documents.acknowledged import Acknowledged, read_acknowledged
from pull_request.process import CouldNotRunError, run
from pull_request.step import Context, Step, tool
from pull_request.verdict import Result, failed, passed

_NAMESPACE: Final = "checkov::"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """stack: `Release` of `Acinaces-dev-Release`. path: of the construct below it."""

    environment: str
    stack: str
    path: str
    rule: str
    text: str

    def accepted_by(self, entry: Acknowledged) -> bool:
        at = f"{self.path}/".startswith(f"{entry.path}/") or not entry.path
        return entry.rule == _NAMESPACE + self.rule and entry.stack == self.stack and at


def _checkov(context: Context) -> Sequence[Result]:
    templates = context.head_templates
    if not templates.is_dir():
        raise CouldNotRunError("there are no templates: synthesis failed")
    files = sorted(templates.glob("*/*.template.json"))
    options = ["--framework", "cloudformation", "--compact", "--quiet", "--skip-download", "--output", "json"]
    # Soft fail: the exit code is for crashes; findings are judged here.
    arguments = [argument for file in files for argument in ("--file", str(file))]
    done = run([tool("checkov", "checkov"), *options, "--soft-fail", *arguments], timeout_s=400)
    if done.code:
        raise CouldNotRunError(f"checkov failed: {done.last_line}")
    checked, findings = read_report(json.loads(done.stdout), templates)
    if not checked:
        raise CouldNotRunError("checkov read no template")
    environments = [folder for folder in templates.iterdir() if folder.is_dir()]
    accepted = {one.name: list(read_acknowledged(one, f"Acinaces-{one.name}-")) for one in environments}
    return [judge(findings, accepted, checked)]


def read_report(report: Any, templates: Path) -> tuple[int, list[Finding]]:
    """How many checks were made, and what they found.

    Raises:
        CouldNotRunError: a template could not be read.
    """
    one = report[0] if isinstance(report, list) else report
    if one.get("summary", {}).get("parsing_errors") or one.get("results", {}).get("parsing_errors"):
        raise CouldNotRunError(f"checkov could not read {one['results'].get('parsing_errors')}")
    if "results" not in one:
        return 0, []
    paths: dict[Path, dict[str, str]] = {}
    findings = []
    for entry in one["results"]["failed_checks"]:
        file = Path(entry["file_abs_path"])
        names = paths.setdefault(file, _construct_paths(file))
        environment = file.parent.relative_to(templates).as_posix()
        logical_id = entry["resource"].rpartition(".")[2]
        path = names.get(logical_id, logical_id)
        findings.append(
            Finding(
                environment=environment,
                stack=file.name.split(".")[0].removeprefix(f"Acinaces-{environment}-"),
                path=path.partition("/")[2] or path,
                rule=entry["check_id"],
                text=entry["check_name"],
            )
        )
    return int(one["summary"]["passed"]) + len(findings), findings


def judge(findings: Iterable[Finding], accepted: Mapping[str, Sequence[Acknowledged]], checked: int) -> Result:
    """Failed for what nobody accepted, and for an acknowledgement that accepts nothing in any environment."""
    known = list(findings)
    needed: set[tuple[str, str]] = set()
    left = []
    for one in known:
        by = [entry for entry in accepted.get(one.environment, ()) if one.accepted_by(entry)]
        needed |= {(entry.rule, entry.reason) for entry in by}
        left += [] if by else [one]
    entries = {(entry.rule, entry.reason) for entries in accepted.values() for entry in entries}
    stale = {(rule, reason) for rule, reason in entries - needed if rule.startswith(_NAMESPACE)}
    lines: dict[str, list[str]] = {}
    for one in left:
        lines.setdefault(f"{one.rule} {one.stack}/{one.path}: {one.text}", []).append(one.environment)
    details = [f"{line} ({', '.join(environments)})" for line, environments in lines.items()]
    details += [f"stale: {rule} is found nowhere that says: {reason}" for rule, reason in sorted(stale)]
    if details:
        return failed("checkov", f"{len(lines)} findings, {len(stale)} stale acknowledgements", "\n".join(details))
    return passed("checkov", f"{checked} checks, {len(known)} findings accepted with a reason")


def _construct_paths(template: Path) -> dict[str, str]:
    """Construct paths by logical id."""
    file = template.with_name(template.name.split(".")[0] + ".metadata.json")
    if not file.exists():
        return {}
    return {
        entry["data"]: path.removeprefix("/").removesuffix("/Resource")
        for path, entries in json.loads(file.read_text(encoding="utf-8")).items()
        for entry in entries
        if entry["type"] == "aws:cdk:logicalId"
    }


STEPS = (Step(name="checkov", run=_checkov, verdicts=("checkov",), needs=("synthesis",), seconds=60),)
