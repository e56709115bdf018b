"""The emergency stop in the functions: orders refused within seconds, and when nobody can tell."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lambda_src.platform_common import aws, emergency
from lambda_src.platform_common.aws import AwsError
from lambda_src.platform_common.emergency import FRESH_S, OFF, STALE_S, ParameterStop, parameter_of
from lambda_src.platform_common.problems import Problem
from ops import emergency as command
from tests.support.backend import Backend

PULLED = json.dumps({"reason": "a secret reason", "at": "2026-01-31T12:00:00+00:00", "by": "Ada"})


class Parameter:
    """SSM's answer and a clock."""

    def __init__(self) -> None:
        self.value: str | None = OFF
        self.error = ""
        self.reads = 0
        self.now = 0.0

    def call(self, service: str, operation: str, **parameters: Any) -> Any:
        assert (service, operation, parameters) == ("ssm", "get_parameter", {"Name": "/acinaces/test/emergency-stop"})
        self.reads += 1
        if self.error:
            raise AwsError(service=service, operation=operation, code=self.error, temporary=True, response={})
        return {"Parameter": {"Value": self.value}}


@pytest.fixture
def parameter(monkeypatch: pytest.MonkeyPatch) -> Parameter:
    parameter = Parameter()
    monkeypatch.setattr(aws, "call", parameter.call)
    return parameter


@pytest.fixture
def stop(parameter: Parameter) -> ParameterStop:
    return ParameterStop(parameter_of("test"), now=lambda: parameter.now)


def refused(stop: ParameterStop) -> Problem:
    with pytest.raises(Problem) as raised:
        stop.refuse_if_pulled()
    return raised.value


def test_an_answer_is_used_for_two_seconds_and_no_longer(stop: ParameterStop, parameter: Parameter) -> None:
    stop.refuse_if_pulled()
    parameter.value = PULLED
    parameter.now = FRESH_S - 0.1
    stop.refuse_if_pulled()
    parameter.now = FRESH_S
    assert refused(stop).kind == "emergency-stop"
    assert parameter.reads == 2
    # What the command promises.
    assert command.REFUSED_WITHIN_S == FRESH_S


def test_clients_are_told_since_when_and_not_why(stop: ParameterStop, parameter: Parameter) -> None:
    parameter.value = PULLED
    problem = refused(stop)
    assert (problem.status, str(problem)) == (
        503,
        "Trading is stopped since 2026-01-31T12:00:00+00:00. No order was placed.",
    )


@pytest.mark.parametrize("value", ["on", "", "because", "[1]"])
def test_anything_but_off_is_a_stop(stop: ParameterStop, parameter: Parameter, value: str) -> None:
    parameter.value = value
    assert refused(stop).kind == "emergency-stop"


def test_before_the_parameter_is_there_nobody_can_have_pulled_it(stop: ParameterStop, parameter: Parameter) -> None:
    parameter.error = "ParameterNotFound"
    stop.refuse_if_pulled()


def test_a_stop_that_cannot_be_read_refuses_orders(stop: ParameterStop, parameter: Parameter) -> None:
    parameter.error = "ThrottlingException"
    assert refused(stop).kind == "emergency-stop-unknown"


def test_what_was_known_counts_for_a_minute(stop: ParameterStop, parameter: Parameter) -> None:
    stop.refuse_if_pulled()
    parameter.error = "ThrottlingException"
    parameter.now = STALE_S - 1
    stop.refuse_if_pulled()
    parameter.now = STALE_S
    assert refused(stop).kind == "emergency-stop-unknown"


def test_both_sides_name_the_same_parameter() -> None:
    assert emergency.parameter_of("x") == command.parameter_of("x")


def test_orders_are_refused_and_everything_else_answers() -> None:
    backend = Backend()
    backend.stop.reason = "stopped"
    body = {"mode": "paper", "symbol": "ETH-EUR", "side": "buy", "quantity": 0.1, "riskProfileId": "profile-12345"}

    backend.call("orders", "POST", "/api/orders", body=body).problem(503, "emergency-stop")
    # Still refused as what it is, and counted.
    backend.call("orders", "POST", "/api/orders", body={**body, "mode": "real"}).problem(403, "real-trading-off")
    assert backend.call("orders", "GET", "/api/orders").json["items"] == []
