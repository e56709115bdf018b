"""Latency, health and the token against forged requests: the real handlers pass, each thing broken is named."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambda_src.verification.building.api import Endpoint, api_checks
from lambda_src.verification.checks.api_latency import percentile
from lambda_src.verification.plan import AnyCheck
from lambda_src.verification.verdicts import CheckResult, Verdict
from tests.faults.support.fake_aws import SECRET_ARN
from tests.faults.support.runs import only, plan_of, run
from tests.faults.support.server import Behaviour, Request, Server, Writer, answer, in_turn
from tests.support.gateway import HANDLERS, Gateway


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with Server() as server:
        yield Gateway(server)


def checks(max_latency_ms: int = 5000) -> dict[str, AnyCheck]:
    endpoints = [
        Endpoint(
            function=handler.name,
            category=handler.spec.category,
            path=handler.spec.check,
            public=handler.spec.public,
        )
        for handler in HANDLERS
    ]
    built = api_checks(endpoints=endpoints, max_latency_ms=max_latency_ms, call_timeout_s=10)
    return {check.name: check for check in built}


def outcome(gateway: Gateway, check: Any, **changes: Any) -> CheckResult:
    return only(run(plan_of(gateway.server.url, check, api_key_secret_arn=SECRET_ARN, **changes)))


def test_the_platform_s_own_handlers_pass_every_check(gateway: Gateway) -> None:
    every = checks()

    report = run(plan_of(gateway.server.url, *every.values(), api_key_secret_arn=SECRET_ARN))

    assert {result.name: result.message for result in report.checks if result.verdict != Verdict.PASSED} == {}
    assert len(every) == 2 * len(HANDLERS) + 4


def test_a_database_that_is_not_well_fails_the_detailed_health(gateway: Gateway) -> None:
    sick = {"status": "degraded", "environment": "test", "database": {"status": "unhealthy"}, "dataStores": []}
    gateway.server.on("GET", "/health/detailed", answer(200, sick))

    result = outcome(gateway, checks()["api/health-detailed"])

    assert result.verdict == Verdict.FAILED
    assert "database.status is 'unhealthy', expected 'healthy'" in result.message


def test_a_database_that_recovers_is_waited_for(gateway: Gateway) -> None:
    ready, not_ready = answer(200, {"status": "ready"}), answer(200, {"status": "starting"})
    gateway.server.on("GET", "/health/ready", in_turn(not_ready, ready))

    result = outcome(gateway, checks()["api/health-ready"], consistency_window_s=5)

    assert (result.verdict, result.attempts) == (Verdict.PASSED, 2)


def test_one_slow_answer_in_many_is_no_failure_and_many_are(gateway: Gateway) -> None:
    quick, slow = answer(200, {"status": "ok"}), answer(200, {"status": "ok"}, wait_s=0.25)
    check = checks(max_latency_ms=150)["performance/health"].model_copy(update={"samples": 20})

    gateway.server.on("GET", "/health", in_turn(quick, slow, quick))
    once = outcome(gateway, check)
    gateway.server.on("GET", "/health", in_turn(quick, slow, slow, quick))
    twice = outcome(gateway, check)

    assert once.verdict == Verdict.PASSED, once.message
    assert twice.verdict == Verdict.FAILED
    assert "the limit for p95 is 150 ms" in twice.message
    assert twice.evidence["p50_ms"] < 150 < 250 <= twice.evidence["p95_ms"] == twice.latency_ms


def test_the_first_call_is_shown_and_does_not_count(gateway: Gateway) -> None:
    cold, warm = answer(200, {"status": "ok"}, wait_s=0.3), answer(200, {"status": "ok"})
    gateway.server.on("GET", "/health", in_turn(cold, warm))

    result = outcome(gateway, checks(max_latency_ms=200)["performance/health"])

    assert result.verdict == Verdict.PASSED, result.message
    assert result.evidence["warm_up_ms"][0] >= 300
    assert len(result.evidence["measured_ms"]) == 5


def test_an_endpoint_that_fails_between_is_no_quick_endpoint(gateway: Gateway) -> None:
    gateway.server.on("GET", "/health", in_turn(answer(200, {}), answer(500, {}), answer(200, {})))

    assert "HTTP 500, expected 200" in outcome(gateway, checks()["performance/health"]).message


@given(values=st.lists(st.integers(0, 10_000), min_size=1, max_size=200), percent=st.integers(1, 100))
def test_a_percentile_is_a_value_that_so_many_do_not_exceed(values: list[int], percent: int) -> None:
    found = percentile(values, percent)

    assert found in values
    assert sum(value <= found for value in values) * 100 >= len(values) * percent
    assert sum(value < found for value in values) * 100 < len(values) * percent


TOKEN = "0" * 32 + ".1.a"
GOOD = f"__Host-c={TOKEN}; Path=/; Secure; HttpOnly; SameSite=Strict"


def given_out(token: str = TOKEN, cookie: str = GOOD) -> Behaviour:
    return answer(200, {"csrfToken": token}, headers={"Set-Cookie": cookie} if cookie else {})


@pytest.mark.parametrize(
    ("first", "told"),
    [
        (given_out(cookie=""), "no cookie came with the token"),
        (given_out(cookie=GOOD.replace("Secure; ", "")), "the cookie __Host-c lacks secure"),
        (given_out(cookie=GOOD.replace("HttpOnly; ", "")), "lacks httponly"),
        (given_out(cookie=GOOD.replace("Strict", "None")), "lacks samesite"),
        (answer(200, {"token": "1"}), "'csrfToken' is missing"),
        (answer(404, {}), "HTTP 404"),
    ],
)
def test_a_token_that_protects_nobody_fails(gateway: Gateway, first: Behaviour, told: str) -> None:
    gateway.server.on("GET", "/api/auth/csrf", first)

    result = outcome(gateway, checks()["api/csrf-token"])

    assert result.verdict == Verdict.FAILED
    assert told in result.message


def test_the_same_token_for_everybody_fails(gateway: Gateway) -> None:
    gateway.server.on("GET", "/api/auth/csrf", given_out())

    assert "the same token twice" in outcome(gateway, checks()["api/csrf-token"]).message


@pytest.mark.parametrize(
    ("accepts", "told"),
    [
        (lambda _token, _cookie: True, "the token without its cookie: HTTP 200, expected 403"),
        (lambda _token, cookie: cookie != "", "a changed token with its cookie: HTTP 200, expected 403"),
        (lambda token, cookie: cookie == token, "a changed token and the same in the cookie: HTTP 200, expected 403"),
        (lambda _token, _cookie: False, "the token with its cookie: HTTP 403, expected 200"),
    ],
)
def test_a_verification_that_lets_forgers_in_fails(gateway: Gateway, accepts: Any, told: str) -> None:
    tokens = iter(f"{number:032}.1.a" for number in range(9))

    async def issue(request: Request, writer: Writer) -> None:
        token = next(tokens)
        await given_out(token, GOOD.replace(TOKEN, token))(request, writer)

    async def verify(request: Request, writer: Writer) -> None:
        cookie = request.headers.get("cookie", "").partition("=")[2]
        good = accepts(json.loads(request.body)["csrfToken"], cookie)
        await answer(200 if good else 403, {})(request, writer)

    gateway.server.on("GET", "/api/auth/csrf", issue)
    gateway.server.on("POST", "/api/auth/csrf/verify", verify)

    result = outcome(gateway, checks()["api/csrf-token"])

    assert result.verdict == Verdict.FAILED
    assert told in result.message
