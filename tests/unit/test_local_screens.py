"""What a person sees: progress on standard error, the screen at the end, status."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from local import progress as progress_module
from local import result as results
from local import status as statuses
from local.progress import Progress
from local.result import Result
from local.state import write_json
from local.status import Status

RESULT = Result(
    site_url="http://acinaces.localhost:4566",
    api_url="http://api.acinaces.localhost:4566",
    api_key="k" * 40,
    verdict="passed",
    summary="passed: 17 passed of 17 checks in 2.1 s",
    report="s3://bucket/releases/a.json",
    manifest="manifests/local-manifest.json",
    unchanged=False,
    recorded={"AWS::EC2::NatGateway": 2, "AWS::EC2::EIP": 1},
    seconds=61.4,
)


def console(*, terminal: bool = False, width: int = 100) -> Console:
    return Console(file=io.StringIO(), force_terminal=terminal, width=width, highlight=False)


def text(on: Console) -> str:
    assert isinstance(on.file, io.StringIO)
    return on.file.getvalue()


def test_a_phase_ends_with_a_sign_and_its_time() -> None:
    on = console()

    with Progress(on).phase("Bootstrap"):
        pass

    assert text(on) == "… Bootstrap\n✓ Bootstrap  0.0 s\n"


def test_a_failed_phase_is_shown_as_failed() -> None:
    on = console()

    with pytest.raises(ValueError, match="x"), Progress(on).phase("Deploy"):
        raise ValueError("x")

    assert text(on).endswith("✗ Deploy  0.0 s\n")


def test_without_a_terminal_a_line_shows_now_and_then_that_it_is_at_work(monkeypatch: pytest.MonkeyPatch) -> None:
    on = console()
    monkeypatch.setattr(progress_module, "_HEARTBEAT_S", 0.0)
    progress = Progress(on)

    with progress.phase("Deploy"):
        progress.note("Release 12/102")
        monkeypatch.setattr(progress_module, "_HEARTBEAT_S", 60.0)
        progress.note("Release 13/102")
    progress.note("after the phase")

    assert text(on).splitlines()[1:-1] == ["  0 s  Release 12/102"]


def test_a_terminal_shows_the_present_note() -> None:
    on = console(terminal=True)

    with Progress(on).phase("Deploy") as phase:
        phase.note("Release [12/102]")
        assert phase.__rich__().plain == "Deploy  0 s  Release [12/102]"

    assert "✓" in text(on)


def test_the_screen_has_what_one_needs_to_go_on() -> None:
    on = console(width=80)

    results.show(RESULT, on)

    shown = text(on)
    for needed in (
        RESULT.site_url,
        RESULT.api_url,
        RESULT.api_key,
        "passed",
        RESULT.summary,
        RESULT.manifest,
        "61.4 s",
    ):
        assert needed in shown
    assert "and not emulated: AWS::EC2::NatGateway (2), AWS::EC2::EIP" in shown
    # To be copied: the command is on one line however narrow the window is.
    assert f"Next      curl -H 'x-api-key: {RESULT.api_key}' {RESULT.api_url}/api/templates" in shown.splitlines()


def test_an_unchanged_release_says_that_the_gate_was_not_asked() -> None:
    on = console()

    results.show(Result(**{**RESULT.dump(), "unchanged": True}), on)

    assert "passed: 17 passed of 17 checks in 2.1 s  (unchanged, not run again)" in text(on)


@pytest.mark.parametrize("value", [{}, {"site_url": "x"}, {**RESULT.dump(), "new": 1}])
def test_another_editions_result_is_none(value: dict[str, object]) -> None:
    assert Result.parse(value) is None


def test_a_result_survives_its_file() -> None:
    assert Result.parse(json.loads(json.dumps(RESULT.dump()))) == RESULT


@pytest.mark.parametrize(
    ("change", "healthy"),
    [
        ({}, True),
        ({"running": False}, False),
        ({"release": None}, False),
        ({"stacks": {"Release": "UPDATE_ROLLBACK_COMPLETE"}}, False),
        ({"answers": {"http://acinaces.localhost": 502}}, False),
        ({"answers": {"http://acinaces.localhost": None}}, False),
    ],
)
def test_health_needs_everything(change: dict[str, object], healthy: bool) -> None:
    good: dict[str, object] = {
        "running": True,
        "url": "http://127.0.0.1:4566",
        "stacks": {"Release": "UPDATE_COMPLETE"},
        "answers": {"http://acinaces.localhost": 200},
        "recorded": {},
        "release": RESULT,
    }
    status = Status(**{**good, **change})  # type: ignore[arg-type]
    on = console()

    statuses.show(status, on)

    assert status.healthy is healthy
    assert ("✗" in text(on)) is not healthy


def test_no_record_is_no_cloud(tmp_path: Path) -> None:
    assert statuses.find_status(tmp_path) is None


def test_a_dead_emulator_is_told_as_such(tmp_path: Path) -> None:
    write_json(tmp_path / "processes.json", {"port": 4999, "emulator": {"pid": 2**22 + 1, "started": 1.0}})

    status = statuses.find_status(tmp_path)

    assert status is not None
    assert not status.running
    assert not status.healthy
