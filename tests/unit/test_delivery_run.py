"""Running one step: verdict, what stops, what is only reported, and whose credentials."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from delivery import Kind, Phase, Step
from delivery.run import ROLE_VARIABLE, run_step


def step(*commands: str, kind: Kind = Kind.BLOCKING) -> Step:
    return Step(name="some", phase=Phase.TESTING, commands=commands, kind=kind)


@pytest.mark.parametrize(
    ("commands", "kind", "exit_code", "stops"),
    [
        (("true", "true"), Kind.BLOCKING, 0, False),
        (("exit 5", "touch later"), Kind.BLOCKING, 5, True),
        (("false | cat",), Kind.BLOCKING, 1, True),
        (('echo "$NOT_THERE"',), Kind.BLOCKING, 1, True),
        (("false",), Kind.REPORTED, 1, False),
    ],
)
def test_how_a_step_ends(tmp_path: Path, commands: tuple[str, ...], kind: Kind, exit_code: int, stops: bool) -> None:
    outcome = run_step(step(*commands, kind=kind), variables={"PATH": os.environ["PATH"]}, folder=tmp_path)
    assert (outcome.exit_code, outcome.stops) == (exit_code, stops)
    assert not (tmp_path / "later").exists()
    kept = json.loads((tmp_path / "reports" / "some.json").read_text(encoding="utf-8"))
    assert (kept["passed"], kept["exit_code"], kept["kind"]) == (exit_code == 0, exit_code, kind.value)


def test_what_is_reported_has_a_line_for_the_approver(tmp_path: Path) -> None:
    for command, expected in (("true", "some: passed\n"), ("false", "some: FAILED\n")):
        run_step(step(command, kind=Kind.REPORTED), folder=tmp_path)
        assert (tmp_path / "reports" / "some.summary").read_text(encoding="utf-8") == expected


def test_a_role_is_taken_with_the_containers_credentials(tmp_path: Path) -> None:
    variables = {"PATH": os.environ["PATH"], ROLE_VARIABLE: "arn:aws:iam::111111111111:role/x"}
    run_step(step('cat "$AWS_CONFIG_FILE" > seen; echo "$AWS_PROFILE" >> seen'), variables=variables, folder=tmp_path)
    seen = (tmp_path / "seen").read_text(encoding="utf-8")
    assert "role_arn = arn:aws:iam::111111111111:role/x\ncredential_source = EcsContainer" in seen
    assert seen.endswith("step\n")
