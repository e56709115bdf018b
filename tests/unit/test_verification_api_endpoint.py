"""The check of one API path: status, shape, latency."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from lambda_src.verification.checks.json_answers import missing_or_wrong
from lambda_src.verification.verdicts import CheckResult, Verdict
from tests.faults.support.runs import endpoint, only, plan_of, run
from tests.faults.support.server import Server, answer, in_turn

LISTING = {"items": "array", "count": "integer"}


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


def check(server: Server, *, window_s: float = 0, **changes: Any) -> CheckResult:
    return only(run(plan_of(server.url, endpoint(**changes), consistency_window_s=window_s)))


def test_a_right_answer_passes_with_its_latency(server: Server) -> None:
    server.default = answer(200, {"items": [], "count": 0}, wait_s=0.05)

    result = check(server, required=LISTING)

    assert result.verdict == Verdict.PASSED
    assert result.latency_ms is not None
    assert 50 <= result.latency_ms < 1000
    assert result.evidence["status"] == 200


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"items": []}, "'count' is missing"),
        ({"items": {}, "count": 0}, "'items' is object, not array"),
        ({"items": [], "count": "0"}, "'count' is string, not integer"),
        ({"items": [], "count": True}, "'count' is boolean, not integer"),
        ({"items": None, "count": 1.5}, "'items' is null, not array; 'count' is number, not integer"),
        ([], "an object was expected, not array"),
        ("<html>login</html>", "but not JSON (no content type): <html>login</html>"),
        (b"", "but not JSON"),
    ],
)
def test_a_wrong_shape_fails_at_once_with_an_excerpt(server: Server, body: Any, told: str) -> None:
    server.default = answer(200, body)

    result = check(server, window_s=30, required=LISTING)

    assert (result.verdict, result.attempts) == (Verdict.FAILED, 1)
    assert told in result.message


def test_a_slow_answer_fails_with_both_figures(server: Server) -> None:
    server.default = answer(200, {}, wait_s=0.06)

    result = check(server, max_latency_ms=50)

    assert result.verdict == Verdict.FAILED
    assert "the limit is 50 ms" in result.message
    assert result.latency_ms is not None
    assert result.latency_ms >= 60


def test_only_the_first_slow_answer_is_a_cold_start(server: Server) -> None:
    server.default = in_turn(answer(200, {}, wait_s=0.3), answer(200, {}))

    result = check(server, window_s=20, max_latency_ms=250)

    assert (result.verdict, result.attempts) == (Verdict.PASSED, 2)


@pytest.mark.parametrize("status", [403, 404, 429, 500, 502, 503, 504])
def test_what_propagation_explains_is_retried(server: Server, status: int) -> None:
    server.default = in_turn(answer(status, {}), answer(200, {}))

    assert check(server, window_s=20).verdict == Verdict.PASSED


@pytest.mark.parametrize("status", [400, 401, 405, 409, 422])
def test_what_it_does_not_explain_fails_at_once(server: Server, status: int) -> None:
    server.default = in_turn(answer(status, {"title": "no"}), answer(200, {}))

    result = check(server, window_s=20)

    assert (result.verdict, result.attempts) == (Verdict.FAILED, 1)
    assert f'HTTP {status}, expected 200: {{"title": "no"}}' in result.message


def test_another_status_may_be_the_expected_one(server: Server) -> None:
    server.default = answer(403, {})

    assert check(server, expected_status=403).verdict == Verdict.PASSED


def test_whole_numbers_are_numbers_and_any_is_anything() -> None:
    assert missing_or_wrong({"a": 1, "b": None}, {"a": "number", "b": "any"}) == []
