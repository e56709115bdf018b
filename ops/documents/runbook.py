"""The runbook: procedures, alarms, troubles, and every error that the command line can end with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ops.documents.alarm_advice import ADVICE, AlarmAdvice, advice_on
from ops.documents.alarms import Alarm, alarms_of
from ops.documents.assembly import Assembly
from ops.documents.markdown import bullets, code, page, table
from ops.documents.troubleshooting import TROUBLES, Trouble
from ops.error_codes import ERROR_CODES, ErrorCode

_PROCEDURES = Path(__file__).with_name("procedures.md")
_INTRODUCTION = """`E` is the environment's name: `local`, `test`, `production`. `acinaces` is `bin/acinaces` of this
project ([commands](commands.md)). `aws` needs the environment's own account and region."""


def runbook(assemblies: Sequence[Assembly]) -> str:
    """The page; alarms are those of all `assemblies`."""
    return page(
        "# Runbook",
        _INTRODUCTION,
        bullets(
            [
                "[Procedures](#procedures): the first five minutes, rollback, emergency stop, hotfix, secrets, restore",
                "[Alarms](#alarms): one of them went off",
                "[Troubleshooting](#troubleshooting): something behaves oddly",
                "[Errors](#errors): a command ended with a code in brackets",
            ]
        ),
        _PROCEDURES.read_text(encoding="utf-8"),
        *_alarms({assembly.environment.name: alarms_of(assembly) for assembly in assemblies}),
        *_troubles(),
        *_errors(),
    )


def _alarms(by_environment: Mapping[str, Sequence[Alarm]]) -> Iterator[str]:
    yield "## Alarms"
    yield (
        "An alarm is called `E-crypto-trading-NAME`. *critical* is for now, *warning* can wait until morning. Those "
        "marked *puts back* raise the alarm `rollback`, which returns the platform to the release before."
    )
    for entry in ADVICE:
        found = {
            name: [alarm for alarm in alarms if advice_on(alarm.name) is entry]
            for name, alarms in by_environment.items()
        }
        if any(found.values()):
            yield from _alarm(entry, found)


def _alarm(entry: AlarmAdvice, found: Mapping[str, Sequence[Alarm]]) -> Iterator[str]:
    alarms = [alarm for some in found.values() for alarm in some]
    yield f"### {entry.title}"
    yield entry.symptom
    tells = sorted({topic for alarm in alarms for topic in alarm.tells})
    marks = [*tells, *(["puts back"] if any(alarm.puts_back for alarm in alarms) else [])]
    names = sorted({alarm.name for alarm in alarms})
    lines = [f"**Tells** {', '.join(marks) or 'nobody'}"]
    if len(names) > 1:
        lines.append(f"**Alarms** {', '.join(code(name) for name in names)}")
    lines += [f"**Goes off** {condition}" for condition in _conditions(found)]
    yield bullets([*lines, f"**Check** {entry.check}", f"**Fix** {entry.fix}"])


def _conditions(found: Mapping[str, Sequence[Alarm]]) -> Iterator[str]:
    """Each condition, and where: environments may differ in thresholds."""
    places: dict[str, list[str]] = {}
    for environment, alarms in found.items():
        for alarm in alarms:
            where = places.setdefault(alarm.goes_off, [])
            if environment not in where:
                where.append(environment)
    everywhere = [name for name, alarms in found.items() if alarms]
    for condition, where in places.items():
        yield condition if where == everywhere else f"{condition} ({', '.join(where)})"


def _troubles() -> Iterator[str]:
    yield "## Troubleshooting"
    for trouble in TROUBLES:
        yield from _trouble(trouble)


def _trouble(trouble: Trouble) -> Iterator[str]:
    yield f"### {trouble.title}"
    for title, lines in (("Symptoms", trouble.symptoms), ("Checks", trouble.checks), ("Fixes", trouble.fixes)):
        yield f"**{title}**"
        yield bullets(lines)


def _errors() -> Iterator[str]:
    yield "## Errors"
    yield (
        "What stands in brackets behind an error. *Recoverable*: the same command may succeed later, once the fix is "
        "done, without a change to code or settings."
    )
    entries = sorted(ERROR_CODES.values(), key=lambda entry: entry.code)
    yield table(
        ("code", "kind", "phase", "recoverable"),
        [
            (f"[{entry.code}](#{entry.code})", entry.kind, entry.phase, "yes" if entry.recoverable else "no")
            for entry in entries
        ],
    )
    for entry in entries:
        yield from _error(entry)


def _error(entry: ErrorCode) -> Iterator[str]:
    yield f"### {entry.code}"
    yield entry.symptom
    yield bullets([f"**Check** {entry.check}", f"**Fix** {entry.fix}"])
