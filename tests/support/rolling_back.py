"""Rolling the small environment back (`tests.support.rollbacks`): what is told, and clients that refuse."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from ops.errors import ExitCode
from ops.rollback.diary import read_chronicle
from ops.rollback.operation import Result, Rollback
from ops.rollback.targets import plan
from ops.surroundings import Surroundings

NAMES = ("local-crypto-trading-one", "local-crypto-trading-two", "local-crypto-trading-three")


class Progress:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.steps: list[str] = []
        self.warnings: list[str] = []

    def step(self, name: str, outcome: str, problem: str = "") -> None:
        self.steps.append(f"{name} {outcome} {problem}".strip())

    def warn(self, message: str) -> None:
        self.warnings.append(message)


def roll_back(
    around: Surroundings,
    progress: Progress,
    scope: str = "release",
    *,
    wanted: str | None = None,
    verdict: tuple[str, ExitCode] = ("passed", ExitCode.OK),
) -> Result:
    chronicle = read_chronicle(around)
    work = Rollback(around, by="Ada", progress=progress, verify=lambda *_: verdict)
    return work.begin(plan(around, chronicle, scope=scope, wanted=wanted), chronicle, reason="a test")


class Refusing:
    """A client that refuses one operation, as often as it is told, and counts the calls."""

    def __init__(self, client: Any, operation: str, *, times: int) -> None:
        self._client = client
        self._operation = operation
        self._left = times
        self.calls = 0

    def __getattr__(self, name: str) -> Any:
        if name != self._operation:
            return getattr(self._client, name)

        def call(**parameters: Any) -> Any:
            self.calls += 1
            if self._left:
                self._left -= 1
                raise ClientError({"Error": {"Code": "Throttling", "Message": "Rate exceeded"}}, name)
            return getattr(self._client, name)(**parameters)

        return call


def refuse(
    around: Surroundings, monkeypatch: pytest.MonkeyPatch, service: str, operation: str, *, times: int
) -> Refusing:
    refusing, client = Refusing(around.client(service), operation, times=times), around.client
    monkeypatch.setattr(around, "client", lambda name: refusing if name == service else client(name))
    return refusing
