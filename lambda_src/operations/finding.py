"""Where the alarm's rollback goes: to the same release as `acinaces rollback release`."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

from lambda_src.operations import aliases, references, site
from lambda_src.operations.aliases import Move
from lambda_src.operations.entries import recent
from lambda_src.operations.releases import PARTS, Chronicle, Release, chronicle, intent_of
from lambda_src.operations.site import Restore

_AT_ONCE: Final = 8


@dataclass(frozen=True, kw_only=True)
class Found:
    """What is to be done; `operation` is an unfinished one that is gone on with. Nothing to do: `reason` says why."""

    reason: str
    intent: Mapping[str, Any] | None = None
    operation: str = ""
    stays: tuple[str, ...] = ()


def find(clients: Mapping[str, Any], *, table: str, bucket: str) -> Found:
    """Asks the journal, then what serves: `clients` are boto3's dynamodb, lambda and s3. Raises what boto3 raises."""
    told = chronicle(recent(clients["dynamodb"], table))
    unfinished, done = told.unfinished, told.in_force
    if unfinished is not None:
        # A person's machine died over it, or this state machine did: what is half done is worse than either end.
        return Found(
            reason=f"{unfinished.id} by {unfinished.by} is finished", intent=unfinished.intent, operation=unfinished.id
        )
    if done is not None:
        return Found(reason=f"{done.id} by {done.by} has put the release back already")
    live, candidates = told.live(), told.candidates()
    if live is None:
        return Found(reason="the journal knows of no release that serves")
    if not candidates:
        return Found(reason="no release before this one passed its gate")
    return _planned(clients, told, live, candidates[0], bucket)


def _planned(clients: Mapping[str, Any], told: Chronicle, live: Release, target: Release, bucket: str) -> Found:
    moves, problem = _moves(clients["lambda"], target)
    if problem:
        return Found(reason=problem)
    restores, kept = _restores(clients["s3"], bucket, target)
    if not moves and not restores:
        return Found(reason=f"what serves is what {target.attempt} had; {kept}".removesuffix("; "))
    newer = sorted(set(live.functions) - set(target.functions))
    stays = [f"{name}: {target.attempt} did not have it" for name in newer] + ([kept] if kept else [])
    left: dict[str, str] = {part: told.serving.get(part, live.attempt) for part in PARTS}
    return Found(
        reason=f"{len(moves)} of {len(target.functions)} functions, {len(restores)} files go back to {target.attempt}",
        intent=intent_of("release", target, left=left, moves=moves, restores=restores),
        stays=tuple(stays),
    )


def _moves(client: Any, target: Release) -> tuple[list[Move], str]:
    names = sorted(target.functions)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        now = dict(zip(names, pool.map(lambda name: aliases.served(client, name), names), strict=True))
        moves = [
            Move(function=name, from_version=int(served.version), to_version=target.functions[name])
            for name, served in now.items()
            if served is not None and (served.version != str(target.functions[name]) or served.shifting)
        ]
        there = pool.map(lambda move: aliases.version_exists(client, move.function, move.to_version), moves)
        deleted = [
            f"{move.function}:{move.to_version}" for move, is_there in zip(moves, there, strict=True) if not is_there
        ]
    gone = [name for name, served in now.items() if served is None]
    if gone:
        return [], f"{target.attempt} had functions that are gone: {', '.join(gone)}"
    if deleted:
        return [], f"{target.attempt} served versions that are deleted: {', '.join(deleted)}"
    return moves, ""


def _restores(client: Any, bucket: str, target: Release) -> tuple[list[Restore], str]:
    """What goes back of the site; where that cannot be all, nothing does, and the functions matter more."""
    objects = site.read_objects(client, bucket)
    gone = references.missed(client, bucket, target.site, site.gone(target.site, objects))
    if gone or not target.site:
        return [], f"the site stays: {len(gone)} files of {target.attempt} are not kept any more"
    return site.differences(client, bucket, target.site, objects), ""
