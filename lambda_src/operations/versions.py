"""Which version each function goes back to. No AWS here: what is read and what is written is in `rollback`.

Only functions that the last release changed are moved. A function that it left alone has a previous version too, but
one that belongs to some older release: moving it as well would put together a release that never existed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Published:
    """A published version. `at`: when its code or settings were last changed, which is when a release made it."""

    number: int
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """A function: the version that its alias serves, and all that are there."""

    function: str
    current: int
    versions: tuple[Published, ...]


@dataclass(frozen=True, kw_only=True)
class Move:
    """An alias that goes from one version to another."""

    function: str
    from_version: int
    to_version: int

    def document(self) -> dict[str, object]:
        """As JSON."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class Stays:
    """An alias that is not moved, and why."""

    function: str
    version: int
    reason: str

    def document(self) -> dict[str, object]:
        """As JSON."""
        return asdict(self)


def judge(deployed: Deployed, *, released_at: datetime) -> Move | Stays:
    """Back to the highest version below the current one, if the release that began at `released_at` made the current.

    Asking again after the move changes nothing: what is served then is older than the release.
    """
    current = deployed.current
    made_at = next((version.at for version in deployed.versions if version.number == current), None)
    if made_at is None:
        return Stays(function=deployed.function, version=current, reason="the version that it serves is not listed")
    if made_at < released_at:
        return Stays(function=deployed.function, version=current, reason="the last release did not change it")
    below = [version.number for version in deployed.versions if version.number < current]
    if not below:
        return Stays(function=deployed.function, version=current, reason="there is no version before this one")
    return Move(function=deployed.function, from_version=current, to_version=max(below))


def explain(stays: Sequence[Stays]) -> str:
    """Why nothing is eligible: how many functions for which reason."""
    counts: dict[str, int] = {}
    for stay in stays:
        counts[stay.reason] = counts.get(stay.reason, 0) + 1
    return "; ".join(f"{number} of {len(stays)}: {reason}" for reason, number in counts.items())
