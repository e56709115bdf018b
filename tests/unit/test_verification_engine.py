"""The engine: concurrency, retries, what is reported, and that a defect of a check stays that check's."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from lambda_src.verification.cleanup import CleanupItem
from lambda_src.verification.context import CheckContext
from lambda_src.verification.plan import ApiEndpointCheck
from lambda_src.verification.verdicts import CheckProblem, CheckResult, Observation, Verdict
from tests.faults.support.fake_aws import SECRET_ARN, FakeAws
from tests.faults.support.runs import endpoint, only, plan_of, run

URL = "http://localhost:1"
PASSED = Observation(verdict=Verdict.PASSED, message="seen", latency_ms=3, evidence={"n": 1})


def checks(number: int, **changes: Any) -> list[ApiEndpointCheck]:
    return [endpoint(name=f"api/{index}", **changes) for index in range(number)]


def test_checks_run_at_once_up_to_the_plans_concurrency() -> None:
    running, most = 0, 0

    async def counting(_spec: ApiEndpointCheck, _context: CheckContext) -> Observation:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.01)
        running -= 1
        return PASSED

    report = run(plan_of(URL, *checks(20), concurrency=4), runners={"api_endpoint": counting})

    assert most == 4
    assert report.verdict == Verdict.PASSED
    assert [result.name for result in report.checks] == [f"api/{index}" for index in range(20)], "in the plan's order"


def test_a_check_between_two_attempts_keeps_no_other_out() -> None:
    seen: list[str] = []

    async def first_is_not_ready(spec: ApiEndpointCheck, _context: CheckContext) -> Observation:
        seen.append(spec.name)
        if spec.name == "api/0" and "api/2" not in seen:
            raise CheckProblem("not yet", retry=True)
        return PASSED

    report = run(
        plan_of(URL, *checks(3), concurrency=1, consistency_window_s=10), runners={"api_endpoint": first_is_not_ready}
    )

    assert report.verdict == Verdict.PASSED
    assert seen[:3] == ["api/0", "api/1", "api/2"]


def test_one_lost_attempt_after_the_window_is_forgiven_once() -> None:
    async def slow_then_lost(_spec: ApiEndpointCheck, _context: CheckContext) -> Observation:
        await asyncio.sleep(0.06)
        raise CheckProblem("lost", retry=True)

    result = only(run(plan_of(URL, consistency_window_s=0.05), runners={"api_endpoint": slow_then_lost}))

    assert result.attempts == 2, "a single lost packet does not decide"


def test_without_a_window_there_is_one_attempt() -> None:
    async def lost(_spec: ApiEndpointCheck, _context: CheckContext) -> Observation:
        raise CheckProblem("lost", retry=True)

    assert only(run(plan_of(URL), runners={"api_endpoint": lost})).attempts == 1


def test_an_observation_that_waiting_cannot_mend_counts_at_once() -> None:
    async def wrong(_spec: ApiEndpointCheck, _context: CheckContext) -> Observation:
        raise CheckProblem("wrong for good")

    assert only(run(plan_of(URL, consistency_window_s=30), runners={"api_endpoint": wrong})).attempts == 1


def test_missing_data_is_asked_for_again_and_then_inconclusive() -> None:
    async def no_data(_spec: ApiEndpointCheck, _context: CheckContext) -> Observation:
        return Observation(verdict=Verdict.INCONCLUSIVE, message="no data yet", retry=True)

    report = run(plan_of(URL, consistency_window_s=0.1), runners={"api_endpoint": no_data})

    assert only(report).verdict == Verdict.INCONCLUSIVE
    assert only(report).attempts >= 2
    assert report.stops_release


def test_a_defect_of_a_check_is_its_own_error_and_no_others() -> None:
    async def broken(spec: ApiEndpointCheck, _context: CheckContext) -> Observation:
        if spec.name == "api/1":
            raise KeyError("nothing here")
        return PASSED

    report = run(plan_of(URL, *checks(3)), runners={"api_endpoint": broken})

    assert [result.verdict for result in report.checks] == [Verdict.PASSED, Verdict.ERROR, Verdict.PASSED]
    assert "the check itself failed: KeyError('nothing here')" in report.checks[1].message


def test_an_unknown_kind_is_reported_and_not_raised() -> None:
    report = run(plan_of(URL), runners={})

    assert only(report).verdict == Verdict.ERROR
    assert any("the engine stopped" in note for note in report.notes)
    assert report.stops_release


def test_a_long_history_keeps_its_beginning_and_its_end() -> None:
    attempts = iter(range(1000))

    async def counting(_spec: ApiEndpointCheck, _context: CheckContext) -> Observation:
        number = next(attempts)
        if number < 30:
            raise CheckProblem(f"attempt {number}", retry=True)
        return PASSED

    result = only(run(plan_of(URL, consistency_window_s=30), runners={"api_endpoint": counting}, first_pause_s=0))

    assert result.attempts == 31
    assert len(result.history) == 10
    assert result.history[0].message == "attempt 0"
    assert result.history[-1].verdict == Verdict.PASSED


def test_who_watches_attempts_is_told_no_secret() -> None:
    seen: list[str] = []

    async def telling(_spec: ApiEndpointCheck, _context: CheckContext) -> Observation:
        raise CheckProblem('answered {"password": "NEVER-SHOWN"}', retry=len(seen) < 2)

    plan = plan_of(URL, consistency_window_s=30)
    run(
        plan,
        runners={"api_endpoint": telling},
        on_attempt=lambda _n, _i, last: seen.append(last.message if last else ""),
    )

    assert seen == ["", 'answered {"password": "[redacted]"}']


def test_the_result_carries_what_a_reader_needs() -> None:
    async def passing(_spec: ApiEndpointCheck, _context: CheckContext) -> Observation:
        return PASSED

    result = only(run(plan_of(URL), runners={"api_endpoint": passing}))

    assert (result.latency_ms, result.evidence, result.attempts, result.remedy) == (3, {"n": 1}, 1, "")
    assert result.started.endswith("+00:00")


def test_the_api_key_is_read_once_and_waiting_for_it_is_not_the_checks_time() -> None:
    aws = FakeAws()
    release = threading.Event()
    aws.faults["secret"] = _waiting_for(release)

    async def keyed(_spec: ApiEndpointCheck, context: CheckContext) -> Observation:
        assert context.api_key == aws.secrets[SECRET_ARN]
        return PASSED

    threading.Timer(0.3, release.set).start()
    plan = plan_of(URL, *checks(5, public=False, timeout_s=0.2), api_key_secret_arn=SECRET_ARN)
    report = run(plan, aws=aws, runners={"api_endpoint": keyed})

    assert report.verdict == Verdict.PASSED
    assert aws.calls["secret"] == 1
    assert max(result.duration_ms for result in report.checks) < 200


def test_a_key_that_does_not_come_is_an_error_at_the_runs_end() -> None:
    aws = FakeAws()
    release = threading.Event()
    aws.faults["secret"] = _waiting_for(release)
    plan = plan_of(URL, endpoint(public=False), api_key_secret_arn=SECRET_ARN, total_deadline_s=0.2)

    began = time.monotonic()
    result = only(run(plan, aws=aws))
    release.set()

    assert result.verdict == Verdict.ERROR
    assert "API key could not be read" in result.message
    assert time.monotonic() - began < 0.2 + 0.5


def test_secrets_do_not_reach_the_report() -> None:
    async def telling(_spec: ApiEndpointCheck, context: CheckContext) -> Observation:
        return Observation(
            verdict=Verdict.FAILED, message=f"key {context.api_key}", evidence={"seen": [f"<{context.api_key}>"]}
        )

    plan = plan_of(URL, endpoint(public=False), api_key_secret_arn=SECRET_ARN)
    report = run(plan, runners={"api_endpoint": telling})

    assert FakeAws().secrets[SECRET_ARN] not in report.model_dump_json()
    assert only(report).evidence == {"seen": ["<[redacted]>"]}


def _waiting_for(event: threading.Event) -> Callable[[str], None]:
    def fault(_subject: str) -> None:
        event.wait(5)

    return fault


def _setting(event: threading.Event) -> Callable[[], list[str]]:
    def remove() -> list[str]:
        event.set()
        return ["row"]

    return remove


def test_what_was_noted_is_removed_although_the_check_hangs() -> None:
    removed = threading.Event()

    async def hanging(_spec: ApiEndpointCheck, context: CheckContext) -> Observation:
        context.cleanup.note(CleanupItem(what="row", remove=_setting(removed)))
        await asyncio.Event().wait()
        return PASSED

    report = run(plan_of(URL, total_deadline_s=0.2), runners={"api_endpoint": hanging})

    assert removed.is_set()
    assert report.cleanup.deleted == ("row",)


def test_an_interrupted_run_still_cleans_up(monkeypatch: pytest.MonkeyPatch) -> None:
    removed = threading.Event()
    noted = threading.Event()

    async def hanging(_spec: ApiEndpointCheck, context: CheckContext) -> Observation:
        context.cleanup.note(CleanupItem(what="row", remove=_setting(removed)))
        noted.set()
        await asyncio.Event().wait()
        return PASSED

    class Interrupted(threading.Event):
        """Ctrl-C arrives while the caller's thread waits."""

        def wait(self, timeout: float | None = None) -> bool:
            if timeout is not None and timeout > 1:
                noted.wait(5)
                raise KeyboardInterrupt
            return super().wait(timeout)

    monkeypatch.setattr("lambda_src.verification.engine.threading.Event", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(plan_of(URL, total_deadline_s=5), runners={"api_endpoint": hanging})

    assert removed.is_set()


def test_results_are_announced_as_they_come() -> None:
    announced: list[CheckResult] = []

    async def passing(_spec: ApiEndpointCheck, _context: CheckContext) -> Observation:
        return PASSED

    report = run(plan_of(URL, *checks(3)), runners={"api_endpoint": passing}, on_result=announced.append)

    assert sorted(result.name for result in announced) == [result.name for result in report.checks]


def test_no_thread_of_a_finished_run_stays() -> None:
    async def passing(_spec: ApiEndpointCheck, _context: CheckContext) -> Observation:
        return PASSED

    run(plan_of(URL, *checks(5)), runners={"api_endpoint": passing})
    for thread in threading.enumerate():
        if thread.name.startswith("verification"):
            thread.join(2)

    assert not [thread for thread in threading.enumerate() if thread.name.startswith("verification")]
