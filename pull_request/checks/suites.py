"""The suites below the end-to-end one, in one run; each has a verdict of its own, and so have cdk-nag and cfn-lint."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from xml.etree import ElementTree as xml

from pull_request.process import CouldNotRunError, Done, run
from pull_request.step import Context, Step
from pull_request.verdict import Result, could_not_run, failed, passed

VERDICTS = ("unit", "property", "snapshot", "faults", "nag", "cfn-lint")
_FIX = {"snapshot": "if the change is meant: make snapshots, and commit what differs"}
# pytest: all passed; something failed.
_ANSWERED = (0, 1)
# Of what failed: so many tests, and so many lines of each.
_MOST = 20
_LINES = 40


@dataclass
class _Suite:
    """What one suite's tests said. seconds: of work, over all processes."""

    passed: int = 0
    skipped: int = 0
    failures: list[str] = field(default_factory=list)
    seconds: float = 0.0


def _suites(context: Context) -> Sequence[Result]:
    report = context.work / "junit.xml"
    made = {"ACINACES_SYNTHESIS": str(context.head_templates)} if context.head_templates.is_dir() else {}
    done = run(
        [
            *(sys.executable, "-m", "pytest", "-n", "2", "--quiet", "--color=no", f"--junit-xml={report}"),
            # Differences in full: who reads them here cannot run it again with -vv.
            *("-o", "verbosity_assertions=2", "tests", "--ignore", "tests/e2e"),
        ],
        timeout_s=1500,
        variables=made,
    )
    if not report.exists():
        raise CouldNotRunError(f"pytest gave no report: {done.last_line}")
    return list(read_report(report, done))


def read_report(report: Path, done: Done) -> Iterator[Result]:
    """A verdict per suite. A suite without a test has not passed, and neither has a run that pytest broke off."""
    suites: dict[str, _Suite] = {name: _Suite() for name in VERDICTS}
    for case in xml.parse(report).getroot().iter("testcase"):  # noqa: S314 - written by pytest a moment ago
        _count(case, suites.setdefault(suite_of(case.get("classname", ""), case.get("name", "")), _Suite()))
    if done.code == 1 and not any(suite.failures for suite in suites.values()):
        # A snapshot that no test asks for fails the run, and no test.
        suites["snapshot"].failures.append(done.tail(15))
    for name, suite in suites.items():
        yield replace(_verdict(name, suite, done), seconds=suite.seconds)


def _verdict(name: str, suite: _Suite, done: Done) -> Result:
    note = f"{suite.passed} passed" + (f", {suite.skipped} skipped" if suite.skipped else "")
    if suite.failures:
        many = f"{len(suite.failures)} failed, {note}"
        fix = _FIX.get(name, "")
        return failed(name, f"{many}; {fix}" if fix else many, "\n\n".join(suite.failures[:_MOST]))
    if done.code not in _ANSWERED:
        return could_not_run(name, f"pytest broke off: {done.last_line}")
    return passed(name, note) if suite.passed else could_not_run(name, "no test of it ran")


def suite_of(module: str, test: str) -> str:
    """Which suite a test belongs to, by its module, e.g. `tests.unit.test_compliance`, and its name."""
    if module.startswith("tests.unit.test_acknowledgements"):
        return "nag"
    if module.startswith("tests.unit.test_compliance"):
        return "cfn-lint" if test.startswith("test_cfn_lint") else "nag"
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[0] == "tests" else "unit"


def _count(case: xml.Element, suite: _Suite) -> None:
    suite.seconds += float(case.get("time", "0"))
    problem = next((found for found in case if found.tag in ("failure", "error")), None)
    if problem is not None:
        text = (problem.text or problem.get("message") or "").strip().splitlines()
        suite.failures.append("\n".join([f"{case.get('classname')}::{case.get('name')}", *text[-_LINES:]]))
    elif any(found.tag == "skipped" for found in case):
        suite.skipped += 1
    else:
        suite.passed += 1


STEPS = (Step(name="suites", run=_suites, verdicts=VERDICTS, needs=("synthesis",), seconds=200),)
