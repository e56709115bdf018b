"""Which attempt is meant: the parts of a release that write about it do not know of each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from lambda_src.journal.records import EntryKind, JournalEntry

# How far back an attempt that is under way can be: one release writes a handful of entries.
LOOK_BACK: Final = 100


def stamp(moment: datetime) -> str:
    """`moment` as every entry has its time: ISO 8601 in UTC with milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def attempt_id(*, began: datetime, release_id: str) -> str:
    """The id of the attempt whose stack operation `began` then, e.g. `20260131T120000250Z-4f2a9c01`: sorts by time."""
    moment = began.astimezone(UTC)
    return f"{moment:%Y%m%dT%H%M%S}{moment.microsecond // 1000:03}Z-{release_id[:8] or 'unknown'}"


def operation_began(stack: Mapping[str, Any]) -> datetime:
    """When the stack's present operation began, from an element of DescribeStacks' `Stacks`."""
    moment: datetime = stack.get("LastUpdatedTime") or stack["CreationTime"]
    return moment


def under_way(entries: Iterable[JournalEntry], *, release_id: str) -> str | None:
    """The newest attempt to release `release_id` that has not ended; None where the newest one is another's, or ended.

    `entries`: newest first.
    """
    ended: set[str] = set()
    for entry in entries:
        if entry.kind in (EntryKind.FINISHED, EntryKind.ROLLED_BACK):
            ended.add(entry.attempt)
        if entry.kind is EntryKind.STARTED:
            mine = entry.body.get("release_id") == release_id and entry.attempt not in ended
            return entry.attempt if mine else None
    return None


def about(contents: Mapping[str, Any], *, release_id: str, environment: str) -> dict[str, Any]:
    """The body of a `started` entry. `contents`: the manifest's section of that name, which says what is released.

    Commit, author and digests stand beside the release id and not in it (docs/adr/0008).
    """
    known = contents if contents.get("release_id") == release_id else {}
    return {
        "release_id": release_id,
        "environment": environment,
        "commit": known.get("git_commit", "unknown"),
        "committed": known.get("git_committed", "unknown"),
        "author": known.get("git_author", "unknown"),
        "assets": known.get("asset_hashes", {}),
    }
