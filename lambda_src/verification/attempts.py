"""One check from its first attempt to its result: slots, retries, deadlines."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from lambda_src.verification.aws import Aws, AwsProblem
from lambda_src.verification.cleanup import Cleanup
from lambda_src.verification.context import CheckContext, Runner
from lambda_src.verification.http import HttpClient
from lambda_src.verification.plan import CheckSpec, Plan
from lambda_src.verification.redaction import Redactor
from lambda_src.verification.shared import SharedAnswers
from lambda_src.verification.verdicts import Attempt, CheckProblem, CheckResult, Observation, Verdict

# An attempt that does not end by itself is cancelled this long after its deadline, and abandoned as long after that.
_CANCEL_AFTER_S: Final = 0.1
_ABANDON_AFTER_S: Final = 0.1
LONGEST_PAUSE_S: Final = 5.0
# Kept of a long history: the first and the latest.
_HISTORY_EACH_END: Final = 5
_MESSAGE_LENGTH: Final = 600
_NOT_STARTED: Final = Observation(verdict=Verdict.ERROR, message="did not start before the run's end")


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What all checks of a run share. `*_at` are on `time.monotonic`'s clock."""

    plan: Plan
    aws: Aws
    http: HttpClient
    cleanup: Cleanup
    redactor: Redactor
    run_id: str
    # Held during an attempt only: a check that waits for its next attempt keeps nobody out.
    slots: asyncio.Semaphore
    run_started_at: float
    run_ends_at: float
    retries: bool
    first_pause_s: float
    api_key: asyncio.Future[str | AwsProblem | None]
    on_attempt: Callable[[str, int, Attempt | None], None] | None = None
    shared: SharedAnswers = field(default_factory=SharedAnswers)


class CheckRun:
    """One check of a run."""

    def __init__(self, spec: CheckSpec, *, runner: Runner, around: Surroundings) -> None:
        self._spec = spec
        self._runner = runner
        self._around = around
        self._started: datetime | None = None
        self._started_at = 0.0
        self._history: list[Attempt] = []
        self._attempts = 0
        self._api_key: str | None = None

    async def run(self) -> CheckResult:
        """Attempts until one counts or time is up."""
        around = self._around
        problem = await self._prepare()
        if problem is not None:
            return self._result(problem)
        pause = min(around.first_pause_s, LONGEST_PAUSE_S)
        observation = _NOT_STARTED
        while True:
            if not await self._take_slot():
                return self._result(observation)
            if around.on_attempt is not None:
                around.on_attempt(self._spec.name, self._attempts + 1, self._history[-1] if self._history else None)
            try:
                observation = await self._attempt()
            finally:
                around.slots.release()
            # A little apart, so that checks that failed together do not come back together.
            wait_s = self._pause_before_next(observation, pause * (1 + (len(self._spec.name) % 8) / 20))
            if wait_s is None:
                return self._result(observation)
            await asyncio.sleep(wait_s)
            pause = min(pause * 2, LONGEST_PAUSE_S)

    def skipped(self, reason: str) -> CheckResult:
        """The result of a check that is left out."""
        return self._result(Observation(verdict=Verdict.SKIPPED, message=reason))

    def unfinished(self) -> CheckResult:
        """The result of a check that the end of the run overtook."""
        if self._started is None:
            return self._result(_NOT_STARTED)
        last = f"; before that: {self._history[-1].message}" if self._history else ""
        message = f"was under way when the run's time ended, and could not be stopped{last}"
        return self._result(Observation(verdict=Verdict.ERROR, message=message))

    @staticmethod
    def never_started(spec: CheckSpec) -> CheckResult:
        """The result of a check that was never reached."""
        return _result_of(spec, observation=_NOT_STARTED)

    async def _prepare(self) -> Observation | None:
        """Waits for the API key where one is needed; that time is not the check's."""
        if not self._spec.needs_api_key:
            return None
        left = max(self._around.run_ends_at - time.monotonic(), 0)
        done, _ = await asyncio.wait({self._around.api_key}, timeout=left)
        if not done:
            return Observation(verdict=Verdict.ERROR, message="the API key could not be read before the run's end")
        key = self._around.api_key.result()
        if isinstance(key, AwsProblem):
            return Observation(verdict=Verdict.ERROR, message=f"the API key could not be read: {key}")
        self._api_key = key
        return None

    async def _take_slot(self) -> bool:
        left = min(self._ends_at, self._around.run_ends_at) - time.monotonic()
        if left <= 0:
            return False
        try:
            async with asyncio.timeout(left):
                await self._around.slots.acquire()
        except TimeoutError:
            return False
        if self._started is None:
            self._started, self._started_at = datetime.now(UTC), time.monotonic()
        return True

    @property
    def _ends_at(self) -> float:
        """The check's own deadline; it runs from the first attempt and not from a place in the queue."""
        if self._started is None:
            return self._around.run_ends_at
        own = self._spec.deadline_s or self._around.plan.consistency_window_s + 2 * self._spec.timeout_s
        return min(self._started_at + own, self._around.run_ends_at)

    async def _attempt(self) -> Observation:
        began = time.monotonic()
        ends_at = min(began + self._spec.timeout_s, self._ends_at)
        self._attempts += 1
        task = asyncio.ensure_future(self._runner(self._spec, self._context(ends_at)))
        await asyncio.wait({task}, timeout=max(ends_at - began, 0) + _CANCEL_AFTER_S)
        if not task.done():
            task.cancel()
            # Not awaited to its end: a task may swallow its cancellation, and a thread cannot be stopped at all.
            await asyncio.wait({task}, timeout=_ABANDON_AFTER_S)
        if task.done() and not task.cancelled():
            observation = self._outcome(task)
        else:
            task.add_done_callback(lambda late: late.cancelled() or late.exception())
            observation = Observation(
                verdict=Verdict.ERROR, message=f"did not answer within {ends_at - began:.1f} s", retry=True
            )
        self._remember(observation, began)
        return observation

    def _outcome(self, task: asyncio.Future[Observation]) -> Observation:
        try:
            return task.result()
        except CheckProblem as problem:
            return problem.observation
        except AwsProblem as problem:
            return Observation(verdict=Verdict.ERROR, message=str(problem))
        except Exception as exc:  # noqa: BLE001 - a defect of the check itself: it could not measure
            return Observation(verdict=Verdict.ERROR, message=f"the check itself failed: {exc!r}")

    def _context(self, ends_at: float) -> CheckContext:
        around = self._around
        return CheckContext(
            targets=around.plan.targets,
            http=around.http,
            aws=around.aws,
            run_id=around.run_id,
            api_key=self._api_key,
            cleanup=around.cleanup,
            redactor=around.redactor,
            ends_at=ends_at,
            shared=around.shared,
        )

    def _remember(self, observation: Observation, began: float) -> None:
        entry = Attempt(
            at_ms=_ms(began - self._started_at),
            duration_ms=_ms(time.monotonic() - began),
            verdict=observation.verdict,
            message=self._text(observation.message),
        )
        if len(self._history) >= 2 * _HISTORY_EACH_END:
            del self._history[_HISTORY_EACH_END]
        self._history.append(entry)

    def _pause_before_next(self, observation: Observation, pause: float) -> float | None:
        """Seconds to wait before another attempt, or None when this observation counts."""
        window_s = self._around.plan.consistency_window_s
        if not observation.retry or not self._around.retries or window_s <= 0:
            return None
        now = time.monotonic()
        left_of_window = self._around.run_started_at + window_s - now
        if left_of_window > 0:
            # The last attempt is made when the window closes.
            pause = min(pause, left_of_window)
        elif self._attempts >= 2:
            return None
        return pause if now + pause < self._ends_at else None

    def _result(self, observation: Observation) -> CheckResult:
        return _result_of(
            self._spec,
            observation=observation,
            message=self._text(observation.message),
            evidence=self._around.redactor.value(observation.evidence),
            attempts=self._attempts,
            started=self._started,
            duration_ms=_ms(time.monotonic() - self._started_at) if self._started else 0,
            history=tuple(self._history),
        )

    def _text(self, message: str) -> str:
        return self._around.redactor.excerpt(message, length=_MESSAGE_LENGTH)


def _result_of(
    spec: CheckSpec,
    *,
    observation: Observation,
    message: str | None = None,
    evidence: dict[str, object] | None = None,
    attempts: int = 0,
    started: datetime | None = None,
    duration_ms: int = 0,
    history: tuple[Attempt, ...] = (),
) -> CheckResult:
    return CheckResult(
        name=spec.name,
        group=spec.group,
        kind=spec.kind,
        criticality=spec.criticality,
        verdict=observation.verdict,
        message=message if message is not None else observation.message,
        remedy="" if observation.verdict is Verdict.PASSED else spec.remedy,
        attempts=attempts,
        latency_ms=observation.latency_ms,
        started=(started or datetime.now(UTC)).isoformat(timespec="milliseconds"),
        duration_ms=duration_ms,
        evidence=evidence or {},
        history=history,
    )


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
