"""What a release consists of, beside its id: the commit, and a digest for each of its assets."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict


class ReleaseContents(BaseModel):
    """`assets` maps what is released (`function/orders`, `site`) to its digest; `changed` names those that differ."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    commit: str = "unknown"
    assets: dict[str, str] = {}
    # Compared with the release that was live before; None where that one is not known.
    changed: tuple[str, ...] | None = None
    previous_release_id: str | None = None


def changed_assets(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    """Names whose digest differs or that are new, and `name (removed)` for those that are gone; sorted."""
    changed = [name for name, digest in after.items() if before.get(name) != digest]
    removed = [f"{name} (removed)" for name in before if name not in after]
    return tuple(sorted(changed + removed))
