"""`acinaces validate`: the plan of the release that serves, run from here with the caller's credentials."""

from __future__ import annotations

import difflib
import os
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from botocore.exceptions import ClientError

from environments import Environment
from lambda_src.verification.aws import BotoAws
from lambda_src.verification.contents import ReleaseContents
from lambda_src.verification.engine import RunOptions, run_plan
from lambda_src.verification.history import History
from lambda_src.verification.plan import Plan, PlanError
from lambda_src.verification.verdicts import Attempt, CheckResult, Report, Verdict
from ops.aws import CLIENT_CONFIG, explained, require_account, session
from ops.errors import ExitCode, OperatorError
from ops.manifest import read_manifest

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# Seconds. What is live has propagated; repeating is for what a single bad moment explains, and for alarms that need
# traffic first. A release's own window may be minutes long, and a person waits for this answer.
LONGEST_WINDOW_S: Final = 30.0
_CODES: Final = {
    Verdict.PASSED: ExitCode.OK,
    Verdict.FAILED: ExitCode.CHECK_FAILED,
    Verdict.ERROR: ExitCode.COULD_NOT_RUN,
    Verdict.INCONCLUSIVE: ExitCode.INCONCLUSIVE,
}


class Watcher(Protocol):
    """Told what happens while checks run, in the engine's thread."""

    def attempt(self, name: str, number: int, last: Attempt | None) -> None:
        """Attempt `number` at a check begins; `last` is what the one before saw."""

    def result(self, result: CheckResult) -> None:
        """A check has ended."""


@dataclass(frozen=True, kw_only=True)
class Live:
    """The release that serves: its plan, what it consists of, and the releases before it."""

    plan: Plan
    contents: ReleaseContents
    history: History


def read_live(environment: Environment, *, release_id: str = "") -> Live:
    """Reads manifest, plan and history of what is deployed; the plan of `release_id` where that serves instead.

    Raises:
        OperatorError: not signed in or to another account, nothing deployed, or no plan stored (exit code 5).
    """
    require_account(environment)
    manifest = read_manifest(environment)
    if release_id:
        manifest = manifest.model_copy(update={"release_id": release_id})
    bucket = manifest.report.removeprefix("s3://").partition("/")[0]
    with explained(environment, f"reading the plan in s3://{bucket}"):
        s3 = session(environment).client("s3", config=CLIENT_CONFIG)
        text = _object(s3, bucket, f"releases/{manifest.release_id}/plan.json")
        text = text or _object(s3, bucket, "releases/plan.json")
        history = History.from_json(_object(s3, bucket, "releases/history.json"))
    if text is None:
        raise OperatorError(
            f"release {manifest.release_id} of {environment.name} has stored no plan in s3://{bucket}/releases/",
            error="plan-missing",
            next_step="release once more: "
            + ("make local" if environment.gate.allow_loopback else f"make deploy ENV={environment.name}"),
            code=ExitCode.PRECONDITION,
        )
    try:
        plan = Plan.from_json(text)
    except PlanError as error:
        raise OperatorError(
            f"the plan of release {manifest.release_id} is of another version than this command: {error}",
            error="plan-of-another-version",
            next_step=f"git switch --detach {manifest.git_commit.removesuffix('-dirty')}, and validate from there",
            code=ExitCode.PRECONDITION,
        ) from error
    released = next((entry for entry in history.entries if entry.release_id == manifest.release_id), None)
    contents = ReleaseContents(
        commit=manifest.git_commit,
        assets=manifest.asset_hashes,
        changed=released.contents.changed if released else None,
        previous_release_id=released.contents.previous_release_id if released else None,
    )
    return Live(plan=plan.model_copy(update={"release_id": manifest.release_id}), contents=contents, history=history)


def choose(plan: Plan, *, groups: Collection[str], names: Collection[str]) -> Plan:
    """The part of the plan to run.

    Raises:
        OperatorError: a group or check that the plan does not have, with the one that was probably meant (exit code 2).
    """
    for what, option, asked, known in (
        ("group", "--group", groups, sorted({check.group for check in plan.checks})),
        ("check", "--only", names, sorted(check.name for check in plan.checks)),
    ):
        for name in asked:
            if name not in known:
                raise _unknown(what, option, name, known)
    try:
        chosen = plan.select(stage="validate", groups=groups, names=names)
    except PlanError as error:
        raise OperatorError(
            "no check is both in the group and called so, or none of them is run outside releases",
            error="no-such-check",
            next_step="leave out --group or --only",
            code=ExitCode.USAGE,
        ) from error
    window = min(chosen.consistency_window_s, LONGEST_WINDOW_S)
    return chosen.model_copy(update={"consistency_window_s": window})


def run(environment: Environment, live: Live, plan: Plan, watcher: Watcher) -> Report:
    """Runs `plan`, telling `watcher`; the report says which release it is about."""
    report = run_plan(
        plan,
        aws=BotoAws(access_denied_retry_s=0, client_options={"region_name": environment.aws.region}),
        options=RunOptions(
            run_id=secrets.token_hex(6),
            kind="validate",
            extra_ca_file=os.environ.get("AWS_CA_BUNDLE"),
            on_attempt=watcher.attempt,
            on_result=watcher.result,
        ),
    )
    return report.model_copy(update={"contents": live.contents})


def exit_code(report: Report) -> ExitCode:
    """0 passed, 1 failed, 3 could not be measured, 4 no data yet."""
    return _CODES.get(report.verdict, ExitCode.COULD_NOT_RUN)


def _unknown(what: str, option: str, name: str, known: Sequence[str]) -> OperatorError:
    """Says what was probably meant: spelt alike, or the same without its group."""
    close = difflib.get_close_matches(name, known, n=3, cutoff=0.6)
    close += [candidate for candidate in known if name in candidate and candidate not in close]
    tails = {candidate.rpartition("/")[2]: candidate for candidate in known}
    close += [tails[tail] for tail in difflib.get_close_matches(name, tails, n=2) if tails[tail] not in close]
    meant = f"; did you mean {' or '.join(repr(candidate) for candidate in close[:3])}?" if close else ""
    listed = ", ".join(known) if what == "group" or not close else ""
    return OperatorError(
        f"the release's plan has no {what} {name!r}{meant}" + (f" It has: {listed}" if listed else ""),
        error="no-such-check",
        next_step=f"{option} {close[0] if close else known[0]}",
        code=ExitCode.USAGE,
    )


def _object(s3: S3Client, bucket: str, key: str) -> bytes | None:
    try:
        return s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in ("NoSuchKey", "404"):
            return None
        raise
