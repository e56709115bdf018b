"""Each step's verdict follows from what its tool said; a tool that could not answer never counts as passed."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ops.documents.acknowledged import Acknowledged
from ops.errors import ExitCode
from pull_request import comment
from pull_request.accepted import AcceptedLicence, AcceptedVulnerability
from pull_request.checks import checkov, dependencies, materials, secrets, suites
from pull_request.checks.licences import allowed, expressions
from pull_request.process import CouldNotRunError, Done, run
from pull_request.runner import run_all
from pull_request.step import Context, Step
from pull_request.verdict import Result, Verdict, could_not_run, exit_code, failed, passed

CONTEXT = Context(base="b" * 40, work=Path("/nonexistent"), output=Path("/nonexistent"))
WHY = {"reason": "because it is only a test", "owner": "nobody"}


def step(name: str, *results: Result, needs: Sequence[str] = ()) -> Step:
    return Step(name=name, run=lambda _: results, verdicts=(name,), needs=tuple(needs))


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ([passed("a"), passed("b")], ExitCode.OK),
        ([passed("a"), could_not_run("b", "")], ExitCode.COULD_NOT_RUN),
        ([could_not_run("b", ""), failed("a", "")], ExitCode.CHECK_FAILED),
        ([], ExitCode.COULD_NOT_RUN),
    ],
)
def test_the_aggregated_result(results: list[Result], expected: ExitCode) -> None:
    assert exit_code(results) is expected


def test_a_step_waits_for_what_it_needs_and_results_keep_the_order() -> None:
    ran: list[str] = []

    def noting(name: str) -> Step:
        def work(_: Context) -> list[Result]:
            ran.append(name)
            return [passed(name)]

        needs = {"last": ("first",), "first": ()}[name]
        return Step(name=name, run=work, verdicts=(name,), needs=needs, seconds=100 if name == "last" else 1)

    results = run_all([noting("last"), noting("first")], CONTEXT, told=lambda _: None)
    assert ran == ["first", "last"]
    assert [result.name for result in results] == ["last", "first"]


def test_a_step_that_raises_or_says_nothing_could_not_run_and_the_others_do() -> None:
    def broken(_: Context) -> list[Result]:
        raise RuntimeError("unforeseen")

    steps = [
        Step(name="broken", run=broken, verdicts=("one", "two")),
        Step(name="silent", run=lambda _: [], verdicts=("silent",)),
        step("fine", passed("fine")),
    ]
    results = {result.name: result for result in run_all(steps, CONTEXT, told=lambda _: None)}
    assert {name: result.verdict for name, result in results.items()} == {
        "one": Verdict.COULD_NOT_RUN,
        "two": Verdict.COULD_NOT_RUN,
        "silent": Verdict.COULD_NOT_RUN,
        "fine": Verdict.PASSED,
    }
    assert results["one"].note == "RuntimeError: unforeseen"


def test_a_program_that_hangs_or_is_missing_could_not_run() -> None:
    with pytest.raises(CouldNotRunError, match="took longer"):
        run(["sleep", "60"], timeout_s=0.2)
    with pytest.raises(CouldNotRunError, match="is not installed: make setup"):
        run(["/nonexistent/checkov"], timeout_s=1)


def junit(tmp_path: Path, *cases: tuple[str, str, str]) -> Path:
    body = "".join(f'<testcase classname="{module}" name="{name}">{inner}</testcase>' for module, name, inner in cases)
    file = tmp_path / "junit.xml"
    file.write_text(f"<testsuites><testsuite>{body}</testsuite></testsuites>", encoding="utf-8")
    return file


ALL_SUITES = (
    ("tests.unit.test_x", "test_a", ""),
    ("tests.property.test_x", "test_a", ""),
    ("tests.snapshot.test_x", "test_a", ""),
    ("tests.faults.test_x", "test_a", ""),
    ("tests.unit.test_acknowledgements", "test_a", ""),
    ("tests.unit.test_compliance", "test_cfn_lint_finds_nothing[dev]", ""),
)


def verdicts(report: Path, code: int, stdout: str = "") -> dict[str, Result]:
    return {result.name: result for result in suites.read_report(report, Done(code=code, stdout=stdout, stderr=""))}


def test_each_suite_has_its_verdict(tmp_path: Path) -> None:
    failing = ("tests.snapshot.test_x", "test_b", '<failure message="m">- old\n+ new</failure>')
    found = verdicts(junit(tmp_path, *ALL_SUITES, failing), 1)
    assert {name for name, result in found.items() if result.verdict is Verdict.PASSED} == set(suites.VERDICTS) - {
        "snapshot"
    }
    assert "make snapshots" in found["snapshot"].note
    assert "+ new" in found["snapshot"].details


def test_a_suite_without_a_test_has_not_passed(tmp_path: Path) -> None:
    skipped = ("tests.snapshot.test_x", "test_a", "<skipped/>")
    report = junit(tmp_path, *(case for case in ALL_SUITES if "snapshot" not in case[0]), skipped)
    assert verdicts(report, 0)["snapshot"].verdict is Verdict.COULD_NOT_RUN


def test_a_snapshot_that_no_test_asks_for_fails(tmp_path: Path) -> None:
    found = verdicts(junit(tmp_path, *ALL_SUITES), 1, "1 snapshot unused")
    assert found["snapshot"].verdict is Verdict.FAILED
    assert "1 snapshot unused" in found["snapshot"].details


def test_a_run_that_broke_off_has_not_passed(tmp_path: Path) -> None:
    assert {result.verdict for result in verdicts(junit(tmp_path, *ALL_SUITES), 3).values()} == {Verdict.COULD_NOT_RUN}


def test_packages_that_could_not_be_looked_up_are_no_pass() -> None:
    # What pip-audit prints, with exit code 0 and "No known vulnerabilities found", where it reaches no service.
    report = {"dependencies": [{"name": "aiohttp", "skip_reason": "Dependency not found on PyPI"}], "fixes": []}
    result = dependencies.judge("x", *dependencies.read_pip_audit(report), ())
    assert result.verdict is Verdict.COULD_NOT_RUN
    assert "1 of 1 packages could not be looked up" in result.note


def test_an_acceptance_of_a_vulnerability_ends() -> None:
    package = {
        "name": "aiohttp",
        "version": "1",
        "vulns": [{"id": "PYSEC-1", "aliases": ["CVE-1"], "fix_versions": ["2"]}],
    }
    read = dependencies.read_pip_audit({"dependencies": [package, {"name": "b", "version": "1", "vulns": []}]})
    entry = AcceptedVulnerability(id="CVE-1", package="aiohttp", until=dt.date(2030, 1, 1), **WHY)

    assert dependencies.judge("x", *read, ()).details == "aiohttp 1: PYSEC-1, CVE-1; fixed in 2"
    assert dependencies.judge("x", *read, (entry,), dt.date(2030, 1, 1)).verdict is Verdict.PASSED
    assert dependencies.judge("x", *read, (entry,), dt.date(2030, 1, 2)).verdict is Verdict.FAILED


def test_npm_without_advisories_could_not_run() -> None:
    with pytest.raises(CouldNotRunError, match="405 Method Not Allowed"):
        dependencies.read_npm_audit('{\n  "message": "405 Method Not Allowed"\n}', Path("frontend"))
    report = {
        "vulnerabilities": {
            "a": {"range": "<2", "via": [{"url": "https://github.com/advisories/GHSA-1"}], "fixAvailable": True},
            "b": {"range": "*", "via": ["a"], "fixAvailable": True},
        },
        "metadata": {"dependencies": {"total": 2}},
    }
    found, total = dependencies.read_npm_audit(json.dumps(report), Path("frontend"))
    assert [(one.package, one.ids) for one in found] == [("a", ("GHSA-1",))]
    assert total == 2


@pytest.mark.parametrize(
    ("declared", "ships", "expected"),
    [
        (["MIT"], True, True),
        ([], False, False),
        (["GPL-3.0-only"], False, False),
        (["MPL-2.0"], False, True),
        (["MPL-2.0"], True, False),
        (["GPL-2.0-only OR MIT"], True, True),
        (["Apache-2.0 AND GPL-2.0-only"], True, False),
        (["MIT AND (GPL-2.0-only OR ISC)"], True, True),
        (["GPL-2.0-only WITH Classpath-exception-2.0"], False, False),
        (["MIT", "GPL-3.0-only"], False, False),
        (["All rights reserved"], False, False),
    ],
)
def test_which_licences_are_allowed(declared: list[str], ships: bool, expected: bool) -> None:
    assert allowed(declared, ships=ships) is expected


def test_a_licence_is_read_from_identifiers_expressions_and_classifiers() -> None:
    entries: list[dict[str, Any]] = [
        {"license": {"id": "MIT"}},
        {"expression": "MIT OR Apache-2.0"},
        {"license": {"name": "License :: OSI Approved :: BSD License"}},
        {"license": {"name": "License :: OSI Approved"}},
    ]
    assert list(expressions(entries)) == ["MIT", "MIT OR Apache-2.0", "BSD-3-Clause"]


def test_an_accepted_licence_is_exactly_that_and_is_needed() -> None:
    component = materials.Component(name="a", version="1", licences=("GPL-3.0-only",), ships=False)
    entry = AcceptedLicence(package="a", licence="GPL-3.0-only", **WHY)
    assert materials.judge([component], []).details == "a 1: GPL-3.0-only"
    assert materials.judge([component], [entry]).verdict is Verdict.PASSED
    assert materials.judge([component], [entry.model_copy(update={"licence": "MIT"})]).verdict is Verdict.FAILED
    assert "needs no acceptance" in materials.judge([], [entry]).details


def test_a_lock_is_read_for_this_machine(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.txt"
    lock.write_text(
        'Some_Package==1.2 \\\n    --hash=sha256:00\nold==1 ; python_version < "3.0" \\\n    --hash=sha256:00\n',
        encoding="utf-8",
    )
    assert materials.pinned(lock) == {"some-package": "1.2"}


def test_checkov_findings_need_an_acknowledgement_that_is_needed() -> None:
    finding = checkov.Finding(environment="dev", stack="Data", path="Tables/audit", rule="CKV_AWS_1", text="Ensure")
    entry = Acknowledged(stack="Data", path="Tables", rule="checkov::CKV_AWS_1", **WHY)
    beside = replace(entry, path="Tables/aud")

    assert checkov.judge([finding], {}, 5).details == "CKV_AWS_1 Data/Tables/audit: Ensure (dev)"
    assert checkov.judge([finding], {"dev": [entry], "local": [entry]}, 5).verdict is Verdict.PASSED
    assert checkov.judge([finding], {"local": [entry]}, 5).verdict is Verdict.FAILED
    assert checkov.judge([finding], {"dev": [beside]}, 5).verdict is Verdict.FAILED
    assert "stale: checkov::CKV_AWS_1" in checkov.judge([], {"dev": [entry]}, 5).details


def test_a_template_that_checkov_cannot_read_is_no_pass() -> None:
    with pytest.raises(CouldNotRunError):
        checkov.read_report({"summary": {"parsing_errors": 1}, "results": {"parsing_errors": ["x"]}}, Path())


def secret(file: str, digest: str, line: int = 1) -> secrets.Secret:
    return secrets.Secret(file=file, line=line, kind="AWS Access Key", digest=digest)


def test_a_new_secret_is_named_by_place_and_a_reviewed_one_may_move() -> None:
    known = secrets.reviewed(
        {
            "a.py": [
                {"type": "AWS Access Key", "hashed_secret": "1", "line_number": 3, "is_secret": False},
                {"type": "AWS Access Key", "hashed_secret": "2", "line_number": 4},
            ]
        }
    )
    assert secrets.judge([secret("a.py", "1", line=9)], [], known, 1).verdict is Verdict.PASSED
    # In the baseline, but nobody has looked at it.
    assert secrets.judge([secret("a.py", "2")], [], known, 1).verdict is Verdict.FAILED
    result = secrets.judge([secret("b.py", "1", line=7)], [], known, 1)
    assert result.details.splitlines()[0] == "b.py:7: AWS Access Key"


def test_a_secret_that_only_the_history_has_is_found() -> None:
    result = secrets.judge([], [("c" * 40, secret("a.py", "1"))], [], 1)
    assert result.verdict is Verdict.FAILED
    assert "a.py:1 in commit cccccccccccc" in result.details


def test_the_comment_has_result_changes_steps_and_what_helps() -> None:
    results = [failed("types", "1 error <b>@someone", "file.py:1: ```error"), could_not_run("audit", "no network")]
    text = comment.to_markdown(results, "### What it would change\n\nnothing\n", base="b" * 40, head="a" * 40)

    assert text.startswith(comment.MARKER)
    assert "## ✗ failed: types; could not run: audit" in text
    assert "What could not run has not passed" in text
    assert text.index("What it would change") < text.index("### Steps")
    assert "<b>" not in text
    assert "@someone" not in text
    assert "```error" not in text


def test_a_comment_fits_into_what_github_takes() -> None:
    long = comment.shortened("x" * 100_000)
    assert len(long) == comment.LARGEST
    assert long.endswith("files.\n")
    assert comment.shortened("short") == "short"
