"""The committed pages are what the code gives, and what they say about alarms, names and commands is true."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from environments import known_environments, load_environment
from ops.cli import command_line
from ops.documents import pages
from ops.documents.acknowledged import read_acknowledged
from ops.documents.alarm_advice import ADVICE, advice_on
from ops.documents.alarms import alarms_of
from ops.documents.assembly import Assembly
from ops.error_codes import ERROR_CODES
from tests.support.pipeline_synthesis import PipelineSynthesis
from tests.support.synthesis import ROOT, Synthesis

# Words in names that stand for any of their kind.
_ANY = {"FUNCTION", "TABLE", "NAME"}


@pytest.fixture(scope="module")
def assemblies(synthesis_of: Callable[[str], Synthesis]) -> list[Assembly]:
    return [Assembly.read(load_environment(name), synthesis_of(name).directory) for name in known_environments()]


def test_every_committed_page_is_what_the_code_gives(assemblies: list[Assembly], pipelines: PipelineSynthesis) -> None:
    acknowledged = list(read_acknowledged(pipelines.directory, "Acinaces-main-"))
    found = pages.pages(assemblies, acknowledged, command_line())

    stale = [str(path) for path in pages.stale(found, ROOT)]

    assert not stale, f"run `{pages.RENEW}` and commit: {', '.join(stale)}"


def test_every_alarm_has_advice_and_all_advice_is_about_an_alarm(assemblies: list[Assembly]) -> None:
    names = {alarm.name for assembly in assemblies for alarm in alarms_of(assembly)}

    assert {name for name in names if advice_on(name) is None} == set()
    assert [entry.title for entry in ADVICE if not any(advice_on(name) is entry for name in names)] == []


def test_every_error_is_a_heading_of_the_runbook() -> None:
    headings = set(re.findall(r"^### (.+)$", read(ROOT / "docs/generated/runbook.md"), re.MULTILINE))

    assert set(ERROR_CODES) <= headings


def test_names_of_resources_in_the_runbook_exist(assemblies: list[Assembly]) -> None:
    (assembly,) = (one for one in assemblies if one.environment.name == "production")
    prefix = assembly.environment.resource_name("")
    known = {name.removeprefix(prefix) for name in re.findall(rf"{prefix}[a-zA-Z0-9-]+", str(dict(assembly.templates)))}

    named = set(re.findall(r"E-crypto-trading-([a-zA-Z-]+[a-zA-Z])", read(ROOT / "docs/generated/runbook.md")))

    assert {name for name in named if name.split("-")[0] not in _ANY} <= known


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")
