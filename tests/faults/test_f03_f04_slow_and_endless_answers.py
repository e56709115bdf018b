"""F3: the connection hangs. F4: the body drips a byte at a time, or is 2 GB. Also: checks that block their thread."""

from __future__ import annotations

import asyncio
import json
import resource
import threading
import time
import zlib
from typing import Any

import pytest

from lambda_src.verification.context import CheckContext
from lambda_src.verification.http import MAX_BODY_BYTES
from lambda_src.verification.plan import ApiEndpointCheck
from lambda_src.verification.threads import in_daemon_thread
from lambda_src.verification.verdicts import Observation, Verdict
from tests.faults.support.cloudformation import CloudFormation, properties
from tests.faults.support.fake_aws import FakeAws
from tests.faults.support.platform import FakePlatform
from tests.faults.support.runs import endpoint, only, plan_of, run
from tests.faults.support.server import Server, answer, drip, endless, hang

# How much longer than its deadline a check may take, in seconds.
TOLERANCE_S = 0.5


def test_f03_a_hanging_connection_fails_at_the_attempts_deadline(server: Server) -> None:
    server.default = hang

    result = only(run(plan_of(server.url, endpoint(timeout_s=0.3))))

    assert result.verdict == Verdict.FAILED
    assert "no answer from localhost" in result.message
    assert 250 <= result.duration_ms <= 300 + 1000 * TOLERANCE_S


def test_f03_a_hanging_connection_is_retried_and_stopped_by_the_checks_own_deadline(server: Server) -> None:
    server.default = hang

    report = run(plan_of(server.url, endpoint(timeout_s=0.1, deadline_s=0.45), consistency_window_s=60))

    result = only(report)
    assert result.verdict == Verdict.FAILED
    assert result.attempts >= 2
    assert result.duration_ms <= 450 + 1000 * TOLERANCE_S


def test_f03_the_runs_deadline_bounds_what_is_queued_too(server: Server) -> None:
    server.default = hang
    checks = [endpoint(name=f"api/{number}", timeout_s=30) for number in range(6)]

    began = time.monotonic()
    report = run(plan_of(server.url, *checks, concurrency=2, total_deadline_s=0.4))

    assert time.monotonic() - began <= 0.4 + TOLERANCE_S
    assert [result.verdict for result in report.checks].count(Verdict.FAILED) == 2
    queued = [result for result in report.checks if result.attempts == 0]
    assert [result.verdict for result in queued] == [Verdict.ERROR] * 4, "never started is not measured"


def test_f03_the_report_is_written_before_lambdas_own_timeout(
    cloudformation: CloudFormation, platform: FakePlatform, aws: FakeAws, latest: Any
) -> None:
    platform.server.on("GET", "/health", hang)
    # The reserve is 20 s, so 0.6 s are left for the checks although the plan would take 30.
    cloudformation.timeout_s = 20.6

    outcome = cloudformation.deliver("Update", properties(platform.plan().to_json()), PhysicalResourceId="gate-local")

    assert outcome.status == "FAILED"
    assert outcome.took_s < 0.6 + TOLERANCE_S + 0.5
    assert "api/health" in outcome.reason
    assert latest()["stops_release"] is True
    assert aws.left == []


def test_f04_a_body_that_drips_is_cut_off_at_the_deadline(server: Server) -> None:
    server.default = drip(0.02)

    result = only(run(plan_of(server.url, endpoint(timeout_s=0.3))))

    assert result.verdict == Verdict.FAILED
    assert "HTTP 200, but only" in result.message
    assert "bytes of the answer after 0.3 s" in result.message
    assert result.duration_ms <= 300 + 1000 * TOLERANCE_S


@pytest.mark.parametrize("declared", [None, 2 * 1024**3])
def test_f04_a_body_without_end_is_cut_off_at_the_limit(server: Server, declared: int | None) -> None:
    server.default = endless(declared=declared)

    result = only(run(plan_of(server.url, endpoint(timeout_s=10), consistency_window_s=30)))

    assert result.verdict == Verdict.FAILED
    assert str(MAX_BODY_BYTES) in result.message
    assert result.attempts == 1, "waiting does not make it smaller"
    assert result.duration_ms < 3000


def test_f04_a_small_body_that_unpacks_without_end_is_cut_off_at_the_limit(server: Server) -> None:
    """Nobody asked for it compressed; a server may send it so all the same."""
    packed = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packed.compress(bytes(1 << 20)) for _ in range(300)) + packed.flush()
    server.default = answer(200, bomb, headers={"Content-Encoding": "gzip", "Content-Type": "application/json"})
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    result = only(run(plan_of(server.url)))

    assert result.verdict == Verdict.FAILED
    assert "more than 1048576 bytes" in result.message
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) < 100 * 1024, "KB"


def test_a_check_that_waits_for_a_blocked_thread_ends_at_its_deadline(server: Server) -> None:
    release = threading.Event()

    async def blocked_thread(_spec: ApiEndpointCheck, _context: CheckContext) -> Observation:
        await in_daemon_thread(release.wait)
        raise AssertionError("the thread is never released in time")

    result = only(run(plan_of(server.url, endpoint(timeout_s=0.2)), runners={"api_endpoint": blocked_thread}))
    release.set()

    assert result.verdict == Verdict.ERROR
    assert "did not answer within 0.2 s" in result.message
    assert result.duration_ms <= 200 + 1000 * TOLERANCE_S


def test_a_check_that_swallows_its_cancellation_is_abandoned(server: Server) -> None:
    async def stubborn(_spec: ApiEndpointCheck, _context: CheckContext) -> Observation:
        ends_at = time.monotonic() + 3
        while time.monotonic() < ends_at:
            try:
                await asyncio.sleep(0.01)
            except asyncio.CancelledError:
                continue
        return Observation(verdict=Verdict.PASSED, message="nobody waits for this any more")

    began = time.monotonic()
    result = only(run(plan_of(server.url, endpoint(timeout_s=0.2)), runners={"api_endpoint": stubborn}))

    assert result.verdict == Verdict.ERROR
    assert time.monotonic() - began <= 0.2 + TOLERANCE_S


def test_a_check_that_blocks_the_engines_own_loop_does_not_keep_the_report(server: Server, aws: FakeAws) -> None:
    release = threading.Event()

    async def blocking(spec: ApiEndpointCheck, _context: CheckContext) -> Observation:
        if spec.path == "/blocks":
            release.wait(10)
        return Observation(verdict=Verdict.PASSED, message="seen")

    checks = [endpoint(name="api/quick"), endpoint("/blocks", name="api/blocks"), endpoint(name="api/behind")]
    began = time.monotonic()
    report = run(plan_of(server.url, *checks, total_deadline_s=1), aws=aws, runners={"api_endpoint": blocking})
    took_s = time.monotonic() - began
    release.set()

    assert took_s <= 1 + TOLERANCE_S
    verdicts = {result.name: result for result in report.checks}
    assert verdicts["api/blocks"].verdict == Verdict.ERROR
    assert "could not be stopped" in verdicts["api/blocks"].message
    assert report.stops_release
    assert json.loads(report.model_dump_json())["verdict"] == "error"
