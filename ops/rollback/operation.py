"""A rollback from its intent to its end: begun, gone on with after a crash, or undone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from lambda_src.operations import hold, releases
from lambda_src.operations.hold import Hold
from lambda_src.operations.releases import Chronicle, Operation
from ops.aws import explained
from ops.errors import ExitCode, OperatorError
from ops.rollback.diary import Diary, new_operation
from ops.rollback.schedules import check_by_plan_of
from ops.rollback.site_work import restore_site
from ops.rollback.targets import Plan
from ops.rollback.work import Done, Progress, Work, move_aliases
from ops.surroundings import Surroundings

# Verifies what serves now: takes the scope and the release id of the target, answers with its verdict and exit code.
Verifier = Callable[[str, str], tuple[str, ExitCode]]


@dataclass(frozen=True, kw_only=True)
class Result:
    """How it ended. `outcome`: as in `lambda_src.operations.releases`; no `verdict` where nothing was verified."""

    operation: str
    outcome: str
    done: Done
    verdict: str = ""
    code: ExitCode = ExitCode.OK


class Rollback:
    """One rollback in one environment. `by`: who does it; `verify` is asked when everything is where it should be."""

    def __init__(self, around: Surroundings, *, by: str, progress: Progress, verify: Verifier) -> None:
        self._around = around
        self._by = by
        self._progress = progress
        self._verify = verify

    def begin(self, plan: Plan, chronicle: Chronicle, *, reason: str) -> Result:
        """Does what `plan` says.

        Raises:
            OperatorError: interrupted (exit code 130), or the intent could not be written and nothing was changed.
        """
        diary = Diary(self._around, operation=new_operation(), by=self._by)
        intent = {**plan.intent(), "reason": reason}
        with explained(self._around.environment, "writing the intent to the journal"):
            diary.intent(intent)
        work = replace(Work.of(diary.operation, intent), shifting=plan.shifting)
        return self._carry_out(work, intent, diary, chronicle, back=False)

    def go_on(self, operation: Operation, chronicle: Chronicle, *, back: bool) -> Result:
        """Finishes `operation`, or with `back` undoes it. Raises as `begin`."""
        diary = Diary(self._around, operation=operation.id, by=self._by)
        work = Work.of(operation.id, operation.intent)
        return self._carry_out(work.back() if back else work, operation.intent, diary, chronicle, back=back)

    def _carry_out(
        self, work: Work, intent: Mapping[str, Any], diary: Diary, chronicle: Chronicle, *, back: bool
    ) -> Result:
        scope, done = str(intent["scope"]), Done()
        try:
            if not back:
                self._set_hold(intent, diary, done)
            move_aliases(self._around, work, diary, self._progress, done)
            restore_site(self._around, work, diary, self._progress, done)
            if done.problems:
                diary.ended(releases.PARTIAL, {"problems": done.problems[:20]})
                return Result(operation=work.id, outcome=releases.PARTIAL, done=done, code=ExitCode.PARTIAL)
            return self._finish(intent, diary, chronicle, done, back=back)
        except KeyboardInterrupt:
            self._interrupted(diary)
            raise OperatorError(
                f"the rollback {work.id} was interrupted; what it had done stands, and the journal knows it",
                error="rollback-interrupted",
                next_step=f"acinaces rollback {scope} --env {self._around.name} --resume (or --revert)",
                code=ExitCode.INTERRUPTED,
            ) from None
        except (ClientError, BotoCoreError) as error:
            raise OperatorError(
                f"the rollback {work.id} stopped: {error}",
                error="rollback-unfinished",
                next_step=f"acinaces rollback {scope} --env {self._around.name} --resume (or --revert)",
                code=ExitCode.PARTIAL,
            ) from error

    def _finish(
        self, intent: Mapping[str, Any], diary: Diary, chronicle: Chronicle, done: Done, *, back: bool
    ) -> Result:
        scope, left = str(intent["scope"]), dict(intent["from"])
        target = str(intent["target"])
        serving = left if back else dict.fromkeys(left, target)
        serves = chronicle.release(next(iter(serving.values())))
        verdict, code = self._verify(scope, serves.release_id if serves else "")
        if serves is not None and scope == "release":
            problem = check_by_plan_of(self._around, serves.release_id)
            if problem:
                done.warnings.append(f"the schedules check by the plan of the release that was left: {problem}")
                self._progress.warn(done.warnings[-1])
        for attempt in sorted(set(left.values())):
            release = chronicle.release(attempt)
            was_left = release is not None and release.outcome == "rolled-back"
            if not back:
                body = {"operation": diary.operation, "rolled_back_to": target, "scope": scope}
                diary.about_release(attempt, "rolled-back", body)
            elif was_left:
                # It serves again; entries are only ever added.
                diary.about_release(attempt, "finished", {"outcome": "released", "operation": diary.operation})
        outcome = releases.REVERTED if back else releases.ROLLED_BACK
        if back:
            self._lift_hold(diary.operation, done)
        diary.ended(outcome, {"serving": serving, "verdict": verdict})
        return Result(operation=diary.operation, outcome=outcome, done=done, verdict=verdict, code=code)

    def _set_hold(self, intent: Mapping[str, Any], diary: Diary, done: Done) -> None:
        """Before anything is moved, so that no deployment comes between."""
        reason = f"rolled back to release {str(intent['release_id'])[:12]}: {intent.get('reason') or 'by hand'}"
        at = datetime.now(UTC).isoformat(timespec="seconds")
        wanted = Hold(reason=reason, at=at, by=self._by, operation=diary.operation)
        try:
            hold.put(self._around.client("ssm"), self._around.name, wanted)
        except (ClientError, BotoCoreError) as error:
            # What serves matters more.
            done.warnings.append(f"the hold is NOT SET, and the next deployment would bring the release back: {error}")
            self._progress.warn(done.warnings[-1])

    def _lift_hold(self, operation: str, done: Done) -> None:
        """Removes the hold that this rollback set, and nobody else's."""
        client = self._around.client("ssm")
        try:
            found = hold.read(client, self._around.name)
            if found is not None and found.operation == operation:
                hold.clear(client, self._around.name)
        except (ClientError, BotoCoreError) as error:
            done.warnings.append(f"the hold is still set: {error}")
            self._progress.warn(done.warnings[-1])

    def _interrupted(self, diary: Diary) -> None:
        try:
            diary.ended(releases.INTERRUPTED, {})
        except (ClientError, BotoCoreError):
            # An operation without an end is unfinished as well.
            return
