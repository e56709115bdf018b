"""Moving aliases: read, judged, moved with all of their traffic, and read again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

ALIAS: Final = "live"


class AliasMoved(Exception):
    """Raised when an alias serves neither the version that is left nor the one that is gone to."""


@dataclass(frozen=True, kw_only=True)
class Move:
    """An alias that goes from one version to another."""

    function: str
    from_version: int
    to_version: int

    def back(self) -> Move:
        """The move that undoes this one."""
        return Move(function=self.function, from_version=self.to_version, to_version=self.from_version)

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class Served:
    """What an alias serves. `shifting`: version -> share of the traffic that goes there instead."""

    function: str
    version: str
    revision: str
    shifting: dict[str, float]


def served(client: Any, function: str) -> Served | None:
    """What the alias of `function` serves; None where there is no such function or alias."""
    try:
        alias = client.get_alias(FunctionName=function, Name=ALIAS)
    except client.exceptions.ResourceNotFoundException:
        return None
    return Served(
        function=function,
        version=str(alias["FunctionVersion"]),
        revision=str(alias["RevisionId"]),
        shifting=dict((alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}),
    )


def version_exists(client: Any, function: str, version: int) -> bool:
    """Whether a published version is still there."""
    pages = client.get_paginator("list_versions_by_function").paginate(FunctionName=function)
    return any(found["Version"] == str(version) for page in pages for found in page["Versions"])


def move(client: Any, target: Move) -> bool:
    """Moves one alias, and ends a shift of traffic; False where nothing was left to do.

    Raises AliasMoved, and what boto3 raises.
    """
    now = served(client, target.function)
    if now is None:
        raise AliasMoved(f"{target.function}:{ALIAS} is not there any more")
    if now.version == str(target.to_version) and not now.shifting:
        return False
    if now.version not in (str(target.from_version), str(target.to_version)):
        raise AliasMoved(
            f"{target.function}:{ALIAS} serves version {now.version} by now, not {target.from_version}: "
            "somebody else has moved it"
        )
    changed = client.update_alias(
        FunctionName=target.function,
        Name=ALIAS,
        FunctionVersion=str(target.to_version),
        RoutingConfig={"AdditionalVersionWeights": {}},
        # Refused if the alias has changed since it was read.
        RevisionId=now.revision,
    )
    _verify(target, changed)
    return True


def _verify(target: Move, alias: Mapping[str, Any]) -> None:
    """AWS's answer is the alias as it is now: the target, and no share of the traffic elsewhere (FAULTS F32)."""
    others = (alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
    if str(alias["FunctionVersion"]) != str(target.to_version) or others:
        raise AliasMoved(
            f"{target.function}:{ALIAS} serves version {alias['FunctionVersion']}, not {target.to_version} alone"
            + (f": {', '.join(sorted(others))} gets traffic as well" if others else "")
        )
