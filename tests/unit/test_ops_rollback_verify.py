"""What is verified after a rollback: the plan of the release that serves, the parts that were moved, nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from environments import load_environment
from lambda_src.verification.contents import ReleaseContents
from lambda_src.verification.history import History
from lambda_src.verification.plan import ApiEndpointCheck, Plan, Targets
from lambda_src.verification.verdicts import Report, Verdict
from ops import validate
from ops.errors import ExitCode, OperatorError
from ops.rollback import commits
from ops.rollback.verify import verify
from ops.validate import Live
from tests.support.reports import report, result

LOCAL = load_environment("local")
GROUPS = ("api", "data", "site", "monitoring", "tls", "trading")
PLAN = Plan(
    environment="local",
    targets=Targets(api_url="http://localhost:1", allow_loopback=True),
    checks=tuple(
        ApiEndpointCheck(name=f"{group}/one", group=group, category=group, path="/x", remedy="Look.", public=True)
        for group in GROUPS
    ),
)


class Progress:
    def __init__(self) -> None:
        self.warnings: list[str] = []

    def step(self, name: str, outcome: str, problem: str = "") -> None:
        """Nothing is stepped through."""

    def warn(self, message: str) -> None:
        self.warnings.append(message)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[str]]]:
    """For which release what was run; a check of the site fails."""
    found: list[tuple[str, list[str]]] = []
    release: list[str] = []

    def read_live(_: Any, *, release_id: str) -> Live:
        release.append(release_id)
        return Live(plan=PLAN, contents=ReleaseContents(), history=History())

    def run(_environment: Any, _live: Live, plan: Plan, _watcher: Any) -> Report:
        found.append((release[-1], [check.group for check in plan.checks]))
        verdicts = [Verdict.FAILED if check.group == "site" else Verdict.PASSED for check in plan.checks]
        return report(*(result(check.name, one) for check, one in zip(plan.checks, verdicts, strict=True)))

    monkeypatch.setattr(validate, "read_live", read_live)
    monkeypatch.setattr(validate, "run", run)
    return found


@pytest.mark.parametrize(
    ("scope", "groups", "code"),
    [
        ("backend", ["api", "data", "trading"], ExitCode.OK),
        ("frontend", ["site"], ExitCode.CHECK_FAILED),
        ("release", ["api", "data", "site", "trading"], ExitCode.CHECK_FAILED),
    ],
)
def test_what_was_moved_is_checked(
    asked: list[tuple[str, list[str]]], scope: str, groups: list[str], code: ExitCode
) -> None:
    """Alarms are still on, names and certificates were not touched."""
    watcher: Any = None
    answer = verify(LOCAL, scope, "the-one-before", watcher, Progress())

    assert asked == [("the-one-before", groups)]
    assert answer[1] == code


def test_what_cannot_be_verified_is_a_warning_and_no_reason_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    def read_live(_: Any, *, release_id: str) -> Live:
        raise OperatorError(f"no plan of {release_id}", error="plan-missing", next_step="")

    monkeypatch.setattr(validate, "read_live", read_live)
    progress, watcher = Progress(), None

    assert verify(LOCAL, "release", "r", watcher, progress) == ("not verified", ExitCode.COULD_NOT_RUN)  # type: ignore[arg-type]
    assert progress.warnings == ["not verified: no plan of r"]


def test_commits_are_those_that_the_repository_has() -> None:
    assert commits.commits_between("0" * 40, "f" * 40) == []
    assert commits.commits_between("--output=x", "HEAD") == []
