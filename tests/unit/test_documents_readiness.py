"""The checklist: a machine's answer is the worst of what it knows, and what it does not know is never a yes."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from environments import load_environment
from lambda_src.verification.verdicts import CheckResult, Report, Verdict, count
from ops.doctor.findings import Diagnosis, Finding, failed, passed, warned
from ops.documents import probes
from ops.documents.assembly import Assembly
from ops.documents.probes import web_acls_refuse
from ops.documents.readiness import Answer, Evidence, State, answers, readiness_page
from ops.documents.readiness_items import ITEMS
from tests.support.synthesis import Synthesis

SECRETS = "All secrets populated with the environment's own credentials"
CERTIFICATES = "Certificates valid for more than 30 days"
BACKUPS = "Backups active"
RECIPIENTS = "Alerts reach the right people"


@pytest.fixture(scope="module")
def assembly(synthesis_of: Callable[[str], Synthesis]) -> Assembly:
    return Assembly.read(load_environment("staging"), synthesis_of("staging").directory)


@pytest.fixture(autouse=True)
def web_acls(monkeypatch: pytest.MonkeyPatch) -> dict[str, int | str]:
    """What site and API answer to an attack; no request leaves the machine."""
    said: dict[str, int | str] = {"https://staging.acinaces.com/": 403, "https://api.staging.acinaces.com/health": 403}
    monkeypatch.setattr(probes, "_status", said.__getitem__)
    return said


def result(name: str, verdict: Verdict) -> CheckResult:
    return CheckResult(
        name=name, group=name.split("/")[0], kind="x", criticality="critical", verdict=verdict, message="it saw this",
        remedy="do that", attempts=1, latency_ms=1, started="2026-01-01T00:00:00Z", duration_ms=1, evidence={},
    )  # fmt: skip


def report(**verdicts: Verdict) -> Report:
    """A run of the checks of those groups, one each that an item asks for."""
    checks = tuple(
        result(name + ("x" if name[-1] in "-/" else ""), verdicts.get(name.split("/")[0], Verdict.PASSED))
        for item in ITEMS
        for name in item.checks
    )
    return Report(
        kind="validate", environment="staging", release_id="r", run_id="1", verdict=Verdict.PASSED, stops_release=False,
        started="2026-01-01T00:00:00Z", finished="2026-01-01T00:00:01Z", duration_ms=1, counts=count(checks),
        checks=checks,
    )  # fmt: skip


def diagnosis(*found: Finding) -> Diagnosis:
    named = {finding.name.split()[0] for finding in found}
    others = [passed(name, "fine") for item in ITEMS for name in item.findings if name.split()[0] not in named]
    return Diagnosis(environment="staging", findings=(*found, *others))


def answer(title: str, evidence: Evidence) -> Answer:
    (found,) = (one for one in answers(evidence) if one.item.title == title)
    return found


def test_templates_alone_leave_open_what_only_the_environment_knows(assembly: Assembly) -> None:
    found = {one.item.title: one for one in answers(Evidence(assembly=assembly))}

    assert State.YES not in {one.state for one in found.values()}
    assert found[SECRETS].state is State.OPEN
    assert re.search(r"backups of (\d+) of \1 tables", found[BACKUPS].because)
    assert "platform-staging@acinaces.com" in found[RECIPIENTS].because


def test_everything_a_machine_can_answer_is_answered(assembly: Assembly) -> None:
    found = answers(Evidence(assembly=assembly, diagnosis=diagnosis(), report=report()))

    assert {one.item.title for one in found if one.state is not State.YES} == {
        item.title for item in ITEMS if item.person
    }


@pytest.mark.parametrize(
    ("evidence", "title", "state"),
    [
        ({"diagnosis": diagnosis(failed("secrets", "not populated: a", "x"))}, SECRETS, State.NO),
        ({"diagnosis": diagnosis(warned("secrets", "not populated: a", "x"))}, SECRETS, State.NO),
        ({"diagnosis": diagnosis(warned("secrets", "could not be determined: x", "x"))}, SECRETS, State.UNKNOWN),
        ({"diagnosis": Diagnosis(environment="staging", findings=())}, SECRETS, State.UNKNOWN),
        ({"diagnosis": diagnosis(), "report": report(tls=Verdict.FAILED)}, CERTIFICATES, State.NO),
        ({"diagnosis": diagnosis(), "report": report(tls=Verdict.ERROR)}, CERTIFICATES, State.UNKNOWN),
        ({"diagnosis": diagnosis(), "report": report(tls=Verdict.SKIPPED)}, CERTIFICATES, State.UNKNOWN),
        ({"diagnosis": diagnosis(failed("certificate a", "9 days", "x")), "report": report()}, CERTIFICATES, State.NO),
        ({"diagnosis": diagnosis()}, CERTIFICATES, State.UNKNOWN),
        ({"diagnosis": diagnosis(), "report": report()}, RECIPIENTS, State.PERSON),
    ],
)  # fmt: skip
def test_the_worst_of_what_is_known_counts(
    assembly: Assembly, evidence: dict[str, object], title: str, state: State
) -> None:
    assert answer(title, Evidence(assembly=assembly, **evidence)).state is state  # type: ignore[arg-type]


def test_a_table_without_backup_is_a_no(assembly: Assembly) -> None:
    data = dict(assembly.templates["Data"])
    resources = dict(data["Resources"])
    (selection,) = (name for name, body in resources.items() if body["Type"] == "AWS::Backup::BackupSelection")
    del resources[selection]
    without = Assembly(
        environment=assembly.environment,
        templates={**assembly.templates, "Data": {**data, "Resources": resources}},
        regions=assembly.regions,
    )

    assert answer(BACKUPS, Evidence(assembly=without)).state is State.NO


def test_the_page_says_what_could_not_be_asked_and_leaves_signing_to_people(assembly: Assembly) -> None:
    text = readiness_page(
        Evidence(assembly=assembly, diagnosis=diagnosis(), missing=("the checks: not signed in",)), as_of="now"
    )

    assert "Could not be asked: the checks: not signed in" in text
    assert "| release manager |  |  |  |" in text


def test_text_from_outside_is_no_markup(assembly: Assembly) -> None:
    finding = failed("secrets", "<img src=x> | [a](b)", "x")
    text = readiness_page(Evidence(assembly=assembly, diagnosis=diagnosis(finding)))

    assert "<img" not in text
    assert "[a](b)" not in text


@pytest.mark.parametrize(("answer", "refused"), [(403, True), (200, False), ("no answer (TimeoutError)", None)])
def test_web_acls_are_tested_by_a_request_that_they_must_refuse(
    web_acls: dict[str, int | str], answer: int | str, refused: bool | None
) -> None:
    web_acls["https://api.staging.acinaces.com/health"] = answer

    assert web_acls_refuse(load_environment("staging"))[0] is refused
    assert web_acls_refuse(load_environment("local"))[0] is None
