"""Runs a plan: concurrently, with retries inside the consistency window, and never past its deadline.

The event loop runs in a thread of its own while the caller's thread keeps the time. So even a check that blocks the
loop cannot keep a report from being written, and what checks created is removed whatever happened to them.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from lambda_src.verification.attempts import CheckRun, Surroundings
from lambda_src.verification.aws import Aws, AwsProblem
from lambda_src.verification.checks import RUNNERS
from lambda_src.verification.cleanup import Cleanup
from lambda_src.verification.context import Runner
from lambda_src.verification.dns_queries import ServerLookup
from lambda_src.verification.http import HttpClient
from lambda_src.verification.plan import CheckSpec, Plan
from lambda_src.verification.redaction import Redactor
from lambda_src.verification.resolver import Lookup, system_lookup
from lambda_src.verification.threads import in_daemon_thread
from lambda_src.verification.verdicts import (
    Attempt,
    CheckResult,
    CleanupReport,
    Report,
    RunKind,
    Verdict,
    count,
    overall,
    stops,
    utc_now,
)

# After the run's deadline: for checks to be cancelled or abandoned (0.2 s), for the loop to stop, for rows to go.
_GRACE_S: Final = 0.25
_STOP_S: Final = 0.05
CLEANUP_S: Final = 10.0


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """How a plan is run, as opposed to what it says. Times in seconds."""

    # Becomes part of the ids that the smoke flow creates.
    run_id: str
    kind: RunKind = "validate"
    # None: the plan's.
    release_id: str | None = None
    # An upper bound besides the plan's own total deadline.
    deadline_s: float | None = None
    # False: one attempt each.
    retries: bool = True
    # False: checks that create rows are skipped.
    writes: bool = True
    # True: the verdict is "observed" and nothing is stopped.
    observe_only: bool = False
    first_pause_s: float = 0.5
    extra_ca_file: str | None = None
    # Called in the engine's thread as an attempt at a check begins: its name, the attempt's number from 1, and what
    # the attempt before it saw, redacted.
    on_attempt: Callable[[str, int, Attempt | None], None] | None = None
    # Called in the engine's thread as each check ends.
    on_result: Callable[[CheckResult], None] | None = None
    notes: tuple[str, ...] = ()


def run_plan(
    plan: Plan,
    *,
    aws: Aws,
    options: RunOptions,
    runners: Mapping[str, Runner] = RUNNERS,
    lookup: Lookup | None = None,
) -> Report:
    """Runs every check of `plan` and returns the report; no check can make this raise or outlive its deadline.

    `lookup` is how names are found; None asks the plan's resolver, or the system's where the plan names none.
    """
    if lookup is None:
        lookup = ServerLookup(plan.targets.resolver) if plan.targets.resolver else system_lookup
    run = _Run(plan, aws=aws, options=options, runners=runners, lookup=lookup)
    return run.report()


class _Run:
    def __init__(
        self, plan: Plan, *, aws: Aws, options: RunOptions, runners: Mapping[str, Runner], lookup: Lookup
    ) -> None:
        self._plan = plan
        self._aws = aws
        self._options = options
        self._runners = runners
        self._lookup = lookup
        self._cleanup = Cleanup()
        self._redactor = Redactor()
        self._started_at = time.monotonic()
        bounds = [plan.total_deadline_s] + ([options.deadline_s] if options.deadline_s is not None else [])
        self._ends_at = self._started_at + max(min(bounds), 0)
        self._runs: dict[str, CheckRun] = {}
        self._results: dict[str, CheckResult] = {}
        self._done = threading.Event()
        self._main_task: asyncio.Task[None] | None = None
        self._engine_problem: BaseException | None = None

    def report(self) -> Report:
        started = utc_now()
        thread = threading.Thread(target=self._loop_thread, name="verification-engine", daemon=True)
        cleanup = CleanupReport()
        try:
            thread.start()
            self._done.wait(max(self._ends_at - time.monotonic(), 0) + _GRACE_S)
        finally:
            # Also after Ctrl-C. The loop is stopped first, so that nothing is created behind the clean-up.
            self._stop_loop()
            cleanup = self._cleanup.run(timeout_s=CLEANUP_S)
        results = tuple(self._results.get(check.name) or self._unfinished(check) for check in self._plan.checks)
        notes = self._options.notes
        if self._engine_problem is not None:
            notes += (self._redactor.text(f"the engine stopped: {self._engine_problem!r}"),)
        observed = self._options.observe_only
        return Report(
            kind=self._options.kind,
            environment=self._plan.environment,
            release_id=self._options.release_id or self._plan.release_id,
            run_id=self._options.run_id,
            verdict=Verdict.OBSERVED if observed else overall(results),
            stops_release=not observed and stops(results, self._plan.policy),
            started=started,
            finished=utc_now(),
            duration_ms=round((time.monotonic() - self._started_at) * 1000),
            counts=count(results),
            checks=results,
            cleanup=CleanupReport.model_validate(self._redactor.value(cleanup.model_dump())),
            notes=notes,
        )

    def _stop_loop(self) -> None:
        if self._done.is_set() or self._main_task is None:
            return
        try:
            self._main_task.get_loop().call_soon_threadsafe(self._main_task.cancel)
        except RuntimeError:
            # It has ended meanwhile.
            return
        self._done.wait(_STOP_S)

    def _loop_thread(self) -> None:
        try:
            asyncio.run(self._main())
        except asyncio.CancelledError:
            # By `_stop_loop`: the results say what was under way.
            return
        except BaseException as exc:  # noqa: BLE001 - reported; the caller's thread writes the report
            self._engine_problem = exc
        finally:
            self._done.set()

    async def _main(self) -> None:
        self._main_task = asyncio.current_task()
        async with HttpClient(
            self._plan.targets, extra_ca_file=self._options.extra_ca_file, lookup=self._lookup
        ) as client:
            key = asyncio.ensure_future(self._api_key())
            surroundings = Surroundings(
                plan=self._plan,
                aws=self._aws,
                http=client,
                cleanup=self._cleanup,
                redactor=self._redactor,
                run_id=self._options.run_id,
                slots=asyncio.Semaphore(self._plan.concurrency),
                run_started_at=self._started_at,
                run_ends_at=self._ends_at,
                retries=self._options.retries,
                first_pause_s=self._options.first_pause_s,
                api_key=key,
                on_attempt=self._options.on_attempt,
            )
            await asyncio.gather(*(self._check(spec, surroundings) for spec in self._plan.checks))
            key.cancel()
            # What remains (closing connections, stuck tasks) is nobody's concern any more.
            self._done.set()

    async def _check(self, spec: CheckSpec, surroundings: Surroundings) -> None:
        run = self._runs[spec.name] = CheckRun(spec, runner=self._runners[spec.kind], around=surroundings)
        if spec.writes and not self._options.writes:
            result = run.skipped("creates rows, which this run must not")
        else:
            result = await run.run()
        self._results[spec.name] = result
        if self._options.on_result is not None:
            self._options.on_result(result)

    def _unfinished(self, spec: CheckSpec) -> CheckResult:
        """For a check that never came to its end because the loop was blocked or has stopped."""
        run = self._runs.get(spec.name)
        return run.unfinished() if run is not None else CheckRun.never_started(spec)

    async def _api_key(self) -> str | AwsProblem | None:
        """The API key, read once and only if a check needs it; a problem is a value, because many wait for it."""
        arn = self._plan.api_key_secret_arn
        if arn is None or not any(check.needs_api_key for check in self._plan.checks):
            return None
        try:
            key = (await in_daemon_thread(lambda: self._aws.secret(arn))).strip()
        except AwsProblem as exc:
            return exc
        except Exception as exc:  # noqa: BLE001 - an unforeseen kind must not leave checks waiting without a word
            return AwsProblem(f"secret {arn}: {exc!r}")
        self._redactor.learn(key)
        return key
