"""The production-readiness checklist (MISSION M15): machines answer what machines can, people sign."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from environments import Environment
from lambda_src.verification.verdicts import CheckResult, Report, Verdict
from ops.doctor.findings import Diagnosis, Finding, Status
from ops.documents.assembly import Assembly
from ops.documents.markdown import code, page, plain, table
from ops.documents.readiness_items import ITEMS, SECTIONS, SIGNATURES, Item


class State(StrEnum):
    """How an item stands; the value is what the list shows."""

    YES = "✓ yes"
    NO = "✗ no"
    # Asked, and not known.
    UNKNOWN = "? not known"
    # Nothing was asked: the list is of templates alone.
    OPEN = "☐ open"
    PERSON = "☐ a person"


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What is known. None: nobody asked, and `missing` says why not."""

    assembly: Assembly
    diagnosis: Diagnosis | None = None
    report: Report | None = None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An item's answer, and what it rests on."""

    item: Item
    state: State
    because: str


_BAD: Final = (Verdict.FAILED, Verdict.ERROR, Verdict.INCONCLUSIVE)


def answers(evidence: Evidence) -> list[Answer]:
    """Every item, answered as far as `evidence` goes."""
    return [_answer(item, evidence) for item in ITEMS]


def readiness_page(evidence: Evidence, *, as_of: str = "", release: str = "") -> str:
    """The page; `as_of` (ISO 8601) and `release` where the environment itself was asked."""
    name = evidence.assembly.environment.name
    found = answers(evidence)
    asked = f"Asked at {as_of}, release {code(release) or 'unknown'}." if as_of else (
        f"Of the templates alone. {code(f'acinaces docs --env {name}')} asks the environment and answers the rest."
    )  # fmt: skip
    return page(
        f"# Readiness of {name}",
        f"{asked} {_counts(found)}",
        *(f"Could not be asked: {reason}" for reason in evidence.missing),
        *(
            block
            for section in SECTIONS
            for block in (f"## {section}", table(("item", "", "known", "a person adds"), _rows(found, section)))
        ),
        "## Sign-off",
        "Machines do not sign. Whoever signs has read what stands above.",
        table(("role", "name", "date", "signature"), [(role, "", "", "") for role in SIGNATURES]),
    )


def _rows(found: Iterable[Answer], section: str) -> Iterator[tuple[str, str, str, str]]:
    for answer in found:
        if answer.item.section == section:
            yield answer.item.title, answer.state.value, answer.because, answer.item.person


def _counts(found: Sequence[Answer]) -> str:
    numbers = {state: sum(answer.state is state for answer in found) for state in State}
    return ", ".join(f"{number} {state.value.split(' ', 1)[1]}" for state, number in numbers.items() if number) + "."


def _answer(item: Item, evidence: Evidence) -> Answer:
    """The worst of what is known; what a person must add stays open until somebody signs."""
    known: list[tuple[State, str]] = []
    if item.templates is not None:
        fine, text = item.templates(evidence.assembly)
        known.append((State.YES if fine else State.NO, text))
    asked = evidence.diagnosis is not None or evidence.report is not None
    if asked:
        known += [*_of_doctor(item, evidence.diagnosis), *_of_checks(item, evidence.report)]
        known += _of_probe(item, evidence.assembly.environment)
    states = {state for state, _ in known}
    because = [text for _, text in known]
    if State.NO in states:
        state = State.NO
    elif item.asked_of and not asked:
        state = State.OPEN
        because.append(f"to be asked of {item.asked_of}")
    elif State.UNKNOWN in states:
        state = State.UNKNOWN
    else:
        state = State.PERSON if item.person else State.YES
    return Answer(item=item, state=state, because="; ".join(filter(None, because)))


def _of_probe(item: Item, environment: Environment) -> Iterator[tuple[State, str]]:
    if item.probe is not None:
        answer, text = item.probe(environment)
        yield State.UNKNOWN if answer is None else State.YES if answer else State.NO, text


def _of_doctor(item: Item, diagnosis: Diagnosis | None) -> Iterator[tuple[State, str]]:
    if not item.findings:
        return
    if diagnosis is None:
        yield State.UNKNOWN, "doctor could not be asked"
        return
    found = [finding for finding in diagnosis.findings if finding.name.startswith(item.findings)]
    if not found:
        yield State.UNKNOWN, f"doctor did not look at {' or '.join(item.findings)}"
    for finding in found:
        yield _state_of(finding), plain(f"{finding.name}: {finding.message}")


def _state_of(finding: Finding) -> State:
    if finding.status is Status.PASS:
        return State.YES
    unknown = finding.message.startswith("could not be determined")
    return State.UNKNOWN if unknown else State.NO


def _of_checks(item: Item, report: Report | None) -> Iterator[tuple[State, str]]:
    if not item.checks:
        return
    if report is None:
        yield State.UNKNOWN, "the checks could not be run"
        return
    found = [result for result in report.checks if result.name.startswith(item.checks)]
    bad = [result for result in found if result.verdict in _BAD]
    skipped = [result for result in found if result.verdict is Verdict.SKIPPED]
    passed = len(found) - len(bad) - len(skipped)
    rest = f", {len(skipped)} skipped: {plain(skipped[0].message)}" if skipped else ""
    for result in bad:
        yield (State.NO if result.verdict is Verdict.FAILED else State.UNKNOWN), _said(result)
    if passed or not found:
        what = " and ".join(sorted({name.rstrip("-/") for name in item.checks}))
        yield (
            (State.YES, f"{passed} of {len(found)} checks of {what} passed{rest}")
            if found
            else (
                State.UNKNOWN,
                f"the release's plan has no check of {what}",
            )
        )
    elif skipped and not bad:
        yield State.UNKNOWN, _said(skipped[0])


def _said(result: CheckResult) -> str:
    return plain(f"{result.name} ({result.verdict}): {result.message}")
