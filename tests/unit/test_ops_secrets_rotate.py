"""A rotation that a person starts: waited for, interrupted, not ended in time; former keys ended at once."""

from __future__ import annotations

import io
import json
import os
import signal
from dataclasses import dataclass, field
from typing import Any

import pytest

from environments import load_environment
from ops.errors import ExitCode, OperatorError
from ops.secrets import rotating

LOCAL = load_environment("local")


@dataclass
class Store:
    """A secret whose rotation ends after so many looks."""

    looks: int
    seen: int = field(default=0)

    def rotate(self, name: str) -> str:
        assert name == "api-key"
        return "new"

    def describe(self, name: str) -> Any:
        assert name == "api-key"
        self.seen += 1
        over = self.seen > self.looks
        return {"VersionIdsToStages": {"old": ["AWSPREVIOUS" if over else "AWSCURRENT"], "new": ["AWSCURRENT"] * over}}


def rotate(store: Store, *, sleep: Any = lambda _: None, monotonic: Any = lambda: 0.0) -> tuple[str, list[str]]:
    told: list[str] = []
    version = rotating.rotate(LOCAL, store, "api-key", tell=told.append, sleep=sleep, monotonic=monotonic)  # type: ignore[arg-type]
    return version, told


def test_it_is_waited_for() -> None:
    store = Store(looks=3)
    version, told = rotate(store)
    assert (version, store.seen) == ("new", 4)
    assert "the former value works" in told[0]


def test_ctrl_c_ends_the_waiting_and_not_the_rotation() -> None:
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(OperatorError, match="goes on without you") as caught:
        rotate(Store(looks=9), sleep=lambda _: os.kill(os.getpid(), signal.SIGINT))
    assert caught.value.code == ExitCode.INTERRUPTED
    assert signal.getsignal(signal.SIGINT) is before


def test_one_that_does_not_end_says_where_to_look() -> None:
    clock = iter(range(0, 100_000, 900))
    with pytest.raises(OperatorError) as caught:
        rotate(Store(looks=99), monotonic=lambda: float(next(clock)))
    assert caught.value.error == "rotation-failed"
    assert "its former value works" in str(caught.value)
    assert "/aws/lambda/local-crypto-trading-rotation" in caught.value.next_step


@dataclass
class Function:
    answer: dict[str, Any]
    asked: list[Any] = field(default_factory=list)

    def client(self, service: str, **_: Any) -> Function:
        assert service == "lambda"
        return self

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:
        assert FunctionName == "local-crypto-trading-rotation"
        self.asked.append(json.loads(Payload))
        return self.answer


def answering(document: Any, **more: str) -> Function:
    return Function({"Payload": io.BytesIO(json.dumps(document).encode()), **more})


def test_former_keys_are_ended_by_the_rotations_function(monkeypatch: pytest.MonkeyPatch) -> None:
    function = answering({"withdrawn": ["a-key"]})
    monkeypatch.setattr(rotating, "session", lambda _: function)
    assert rotating.end_overlap(LOCAL) == ["a-key"]
    assert function.asked == [{"endOverlap": True}]


def test_a_function_that_fails_leaves_no_doubt_that_keys_may_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotating, "session", lambda _: answering({"errorMessage": "x"}, FunctionError="Unhandled"))
    with pytest.raises(OperatorError, match="former API keys may still work"):
        rotating.end_overlap(LOCAL)
