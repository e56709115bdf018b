"""Which release is gone back to, and every single change that this takes; nothing is changed here."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from lambda_src.operations import aliases, references, site
from lambda_src.operations.aliases import Move
from lambda_src.operations.releases import SCOPES, Chronicle, Release, intent_of
from lambda_src.operations.site import Restore
from ops.aws import explained
from ops.errors import ExitCode, OperatorError
from ops.surroundings import AT_ONCE, Surroundings


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A rollback before it begins. `stays`: what it does not touch, and why; `shifting`: functions under a shift."""

    scope: str
    live: Release
    target: Release
    moves: tuple[Move, ...] = ()
    restores: tuple[Restore, ...] = ()
    stays: tuple[str, ...] = ()
    shifting: tuple[str, ...] = ()
    serving: dict[str, str] = field(default_factory=dict)

    def intent(self) -> dict[str, Any]:
        """What the journal is told before anything changes."""
        return intent_of(self.scope, self.target, left=self.serving, moves=self.moves, restores=self.restores)


def refuse_while_deploying(around: Surroundings) -> None:
    """A deployment puts itself back.

    Raises:
        OperatorError: the Release stack is being changed (exit code 5), or AWS cannot be asked.
    """
    with explained(around.environment, f"asking for {around.release_stack}"):
        status = _stack_status(around)
    if status.endswith("_IN_PROGRESS"):
        region = around.environment.aws.region
        cancel = f"aws cloudformation cancel-update-stack --stack-name {around.release_stack} --region {region}"
        raise OperatorError(
            f"{around.release_stack} is in {status}: its own gate judges it, and puts it back if need be",
            error="environment-busy",
            # Ends a shift of traffic that CloudFormation has begun, too: all of it goes back.
            next_step=cancel if status == "UPDATE_IN_PROGRESS" else "wait until it has ended",
            code=ExitCode.PRECONDITION,
        )


def _stack_status(around: Surroundings) -> str:
    try:
        (stack,) = around.client("cloudformation").describe_stacks(StackName=around.release_stack)["Stacks"]
    except ClientError as error:
        # What CloudFormation calls a stack that does not exist.
        if error.response.get("Error", {}).get("Code") == "ValidationError":
            return ""
        raise
    return str(stack["StackStatus"])


def choose(around: Surroundings, chronicle: Chronicle, *, scope: str, wanted: str | None) -> tuple[Release, Release]:
    """What serves, and the release to go to: `wanted` (an attempt, or the beginning of a release id or commit), or the
    last one that passed before.

    Raises:
        OperatorError: there is none (exit code 5), or no release is called so (exit code 2).
    """
    parts = SCOPES[scope]
    live = chronicle.live(parts)
    if live is None:
        raise _nothing(around, "the journal knows of no release that serves")
    if wanted:
        return live, _named(around, chronicle, wanted)
    found = chronicle.candidates(parts)
    if not found:
        raise _nothing(around, f"no release before {live.release_id[:12]} passed its gate: it is the first that did")
    return live, found[0]


def plan(around: Surroundings, chronicle: Chronicle, *, scope: str, wanted: str | None) -> Plan:
    """Everything that a rollback of `scope` changes.

    Raises:
        OperatorError: nothing is eligible, or what serves is that release already (exit code 5).
    """
    live, target = choose(around, chronicle, scope=scope, wanted=wanted)
    parts = SCOPES[scope]
    moves: list[Move] = []
    restores: list[Restore] = []
    stays: list[str] = []
    shifting: list[str] = []
    with explained(around.environment, "looking at what serves"):
        if "functions" in parts:
            moves, stays, shifting = _moves(around, live, target)
        if "site" in parts:
            restores = _restores(around, target)
    if not moves and not restores:
        raise _nothing(
            around,
            f"what serves is what release {target.release_id[:12]} ({target.attempt}) had: the {scope} is the same",
            f"choose another: acinaces rollback {scope} --env {around.name} --dry-run lists them; --to RELEASE",
        )
    return Plan(
        scope=scope,
        live=live,
        target=target,
        moves=tuple(moves),
        restores=tuple(restores),
        stays=tuple(stays),
        shifting=tuple(shifting),
        serving={part: chronicle.serving.get(part, live.attempt) for part in parts},
    )


def _moves(around: Surroundings, live: Release, target: Release) -> tuple[list[Move], list[str], list[str]]:
    if not target.functions:
        raise _nothing(around, f"the journal does not say which versions release {target.attempt} served")
    client, names = around.client("lambda"), sorted(target.functions)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        now = dict(zip(names, pool.map(lambda name: aliases.served(client, name), names), strict=True))
        missing = sorted(name for name, served in now.items() if served is None or not served.version.isdigit())
        if missing:
            raise _nothing(
                around, f"release {target.attempt} had functions that serve no version now: {', '.join(missing)}"
            )
        moves = [
            Move(function=name, from_version=int(served.version), to_version=target.functions[name])
            for name, served in now.items()
            if served is not None and (served.version != str(target.functions[name]) or served.shifting)
        ]
        kept = pool.map(lambda move: aliases.version_exists(client, move.function, move.to_version), moves)
        deleted = [f"{move.function}:{move.to_version}" for move, there in zip(moves, kept, strict=True) if not there]
    if deleted:
        raise _nothing(around, f"release {target.attempt} served versions that are deleted: {', '.join(deleted)}")
    newer = sorted(set(live.functions) - set(target.functions))
    stays = [f"{name}: release {target.release_id[:12]} did not have it" for name in newer]
    return moves, stays, [name for name, served in now.items() if served is not None and served.shifting]


def _restores(around: Surroundings, target: Release) -> list[Restore]:
    if not target.site:
        raise _nothing(around, f"the journal does not say which files release {target.attempt} served")
    bucket, client = around.site().bucket, around.client("s3")
    objects = site.read_objects(client, bucket)
    gone = references.missed(client, bucket, target.site, site.gone(target.site, objects))
    if gone:
        listed = ", ".join(gone[:5]) + (f" and {len(gone) - 5} more" if len(gone) > 5 else "")
        raise _nothing(around, f"files of release {target.attempt} are not kept any more: {listed}")
    return site.differences(client, bucket, target.site, objects)


def _named(around: Surroundings, chronicle: Chronicle, wanted: str) -> Release:
    found = [
        release
        for release in chronicle.releases
        if release.attempt == wanted or release.release_id.startswith(wanted) or release.commit.startswith(wanted)
    ]
    if not found:
        known = [release.attempt for release in chronicle.releases]
        known += [release.release_id for release in chronicle.releases]
        close = difflib.get_close_matches(wanted, known, n=1)
        raise OperatorError(
            f"{around.name} had no release {wanted!r}" + (f"; did you mean {close[0]!r}?" if close else ""),
            error="no-such-release",
            next_step=f"acinaces rollback release --env {around.name} --dry-run lists them",
            code=ExitCode.USAGE,
        )
    accepted = [release for release in found if release.accepted]
    if not accepted:
        raise _nothing(around, f"release {found[0].attempt} did not pass its gate ({_how(found)})")
    return accepted[0]


def _how(found: Sequence[Release]) -> str:
    return found[0].verdict or found[0].outcome


def _nothing(around: Surroundings, why: str, fix: str = "") -> OperatorError:
    return OperatorError(
        f"nothing in {around.name} is eligible for a rollback: {why}; nothing was changed",
        error="nothing-eligible",
        next_step=fix or f"go forward instead: acinaces deploy --env {around.name}",
        code=ExitCode.PRECONDITION,
    )
