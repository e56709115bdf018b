"""Changes that can cost data: refused unless a commit of the branch names them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from pull_request.changes.model import Comparison, Impact, ResourceChange

TRAILER = "Destroys"
# Types that hold what nobody can make again from the sources.
STATEFUL = frozenset(
    f"AWS::{name}"
    for name in (
        "Backup::BackupVault",
        "CloudTrail::EventDataStore",
        "Cognito::UserPool",
        "DocDB::DBCluster",
        "DynamoDB::GlobalTable",
        "DynamoDB::Table",
        "EC2::Volume",
        "ECR::Repository",
        "EFS::FileSystem",
        "ElastiCache::CacheCluster",
        "ElastiCache::ReplicationGroup",
        "ElastiCache::ServerlessCache",
        "KMS::Key",
        "Kinesis::Stream",
        "Logs::LogGroup",
        "OpenSearchService::Domain",
        "RDS::DBCluster",
        "RDS::DBInstance",
        "Route53::HostedZone",
        "S3::Bucket",
        "SecretsManager::Secret",
        "Timestream::Database",
        "Timestream::Table",
    )
)
_OF_IMPACT = {
    Impact.DESTROY: "is deleted with what it holds",
    Impact.ORPHAN: "leaves its stack; what it holds stays, and nothing looks after it",
    Impact.REPLACE: "is replaced by an empty one",
    Impact.MAY_REPLACE: "may be replaced by an empty one",
}
_POLICIES = ("DeletionPolicy", "UpdateReplacePolicy")
_KEEPING = ("Retain", "RetainExceptOnCreate", "Snapshot")
_PROTECTIONS = ("DeletionProtection", "DeletionProtectionEnabled")
_ENTRY = re.compile(r"^(?P<stack>[A-Za-z0-9*-]+)/(?P<id>[A-Za-z0-9]+)$")


@dataclass(frozen=True, kw_only=True)
class Destruction:
    """One stateful resource of one environment, and what would happen to it."""

    environment: str
    stack: str
    change: ResourceChange
    what: str
    named: bool


@dataclass(frozen=True, kw_only=True)
class Permit:
    """A trailer `Destroys: STACK/LOGICAL_ID`: `*` in STACK stands for any text, the logical id is exact."""

    stack: str
    id: str
    commit: str

    def covers(self, stack: str, logical_id: str) -> bool:
        return self.id == logical_id and fnmatchcase(stack, self.stack)


def read_permits(trailers: Iterable[tuple[str, str]]) -> tuple[list[Permit], list[str]]:
    """Permits from pairs of commit and trailer value, and the values that are none."""
    permits, unreadable = [], []
    for commit, value in trailers:
        found = _ENTRY.match(value.strip())
        if found:
            permits.append(Permit(stack=found["stack"], id=found["id"], commit=commit))
        else:
            unreadable.append(value.strip())
    return permits, unreadable


def destructions(comparison: Comparison, permits: Iterable[Permit] = ()) -> Iterator[Destruction]:
    """Every change that can cost data."""
    known = list(permits)
    for stack in comparison.stacks:
        for change in stack.resources:
            what = what_happens(change)
            if what:
                named = any(permit.covers(stack.stack, change.id) for permit in known)
                yield Destruction(
                    environment=stack.environment, stack=stack.stack, change=change, what=what, named=named
                )


def unused(comparison: Comparison, permits: Iterable[Permit]) -> list[Permit]:
    """Permits for what does not happen: a mistyped id, or a change that was taken back."""
    happening = [(one.stack, one.change.id) for one in destructions(comparison)]
    return [permit for permit in permits if not any(permit.covers(*one) for one in happening)]


def what_happens(change: ResourceChange) -> str:
    """What would be lost, in words; empty for a change that costs nothing."""
    # A resource that changes its type is the old one deleted.
    if (change.before or {}).get("Type", change.type) not in STATEFUL:
        return ""
    if change.before is not None and change.impact in _OF_IMPACT:
        return _OF_IMPACT[change.impact]
    if change.before is None or change.after is None:
        return ""
    lost = [*_lost_policies(change.before, change.after), *_lost_protections(change.before, change.after)]
    return f"loses its protection: {', '.join(lost)}" if lost else ""


def _lost_policies(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    for policy in _POLICIES:
        if before.get(policy) in _KEEPING and after.get(policy) not in _KEEPING:
            yield f"{policy} {before[policy]} → {after.get(policy, 'Delete')}"


def _lost_protections(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    for name in _PROTECTIONS:
        if before.get("Properties", {}).get(name) is True and after.get("Properties", {}).get(name) is not True:
            yield f"{name} off"
