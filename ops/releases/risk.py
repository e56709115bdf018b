"""How much a release puts at risk (MISSION M41): by what it changes and by what was known when it went out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from lambda_src.journal import ReleaseRecord
from lambda_src.journal.live import stands
from lambda_src.verification.contents import changed_assets

# Handlers whose mistakes cost money or leak credentials.
_DELICATE: Final = ("function/orders", "function/exchanges", "function/auth", "function/strategies")
_MANY: Final = 4


@dataclass(frozen=True, kw_only=True)
class Risk:
    """`level`: low, medium or high; `reasons`: why, at least one."""

    level: str
    reasons: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


def before(record: ReleaseRecord, records: Sequence[ReleaseRecord]) -> ReleaseRecord | None:
    """What served when `record` was begun, as far as the journal tells."""
    return next((other for other in records if other.started < record.started and stands(other)), None)


def changes(record: ReleaseRecord, previous: ReleaseRecord | None) -> tuple[str, ...] | None:
    """Assets that differ from what served before; None for a first release."""
    if previous is None or not previous.assets or not record.assets:
        return None
    return changed_assets(previous.assets, record.assets)


def assess(record: ReleaseRecord, changed: Sequence[str] | None) -> Risk:
    """The risk of `record`, which changed these assets."""
    high: list[str] = []
    medium: list[str] = []
    if changed is None:
        medium.append("nothing to compare with")
    else:
        delicate = [name for name in changed if name.startswith(_DELICATE)]
        high += [f"changes {', '.join(delicate)}"] if delicate else []
        medium += ["changes a layer that every function has"] if any("layer/" in name for name in changed) else []
        medium += [f"changes {len(changed)} assets at once"] if len(changed) >= _MANY else []
    if record.testing and not record.testing.get("passed"):
        high.append("its tests were left out")
    if record.commit.endswith("-dirty"):
        high.append("contains changes that are in no commit")
    reasons = (*high, *medium)
    level = "high" if high else "medium" if medium else "low"
    return Risk(level=level, reasons=reasons or ("changes little, and nothing delicate",))
