"""Whether what serves is good, and is what the journal says. No AWS here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final

from lambda_src.journal import ReleaseRecord
from lambda_src.journal.live import PASSED, live, live_parts, since
from lambda_src.journal.opening import hold_of
from ops.errors import ExitCode
from ops.status.look import Seen

_MOST_NAMES: Final = 5
_BUSY: Final = "_IN_PROGRESS"


@dataclass(frozen=True, kw_only=True)
class Status:
    """`drift`: what differs from the journal; `problems`: what is not good beside it; one line each, empty is well.

    `since`: ISO 8601 in UTC. `hold`: why releases are held, or empty. `doing`: what goes on now, or empty.
    """

    environment: str
    release: ReleaseRecord | None
    since: str | None
    by: str | None
    # The part that a rollback has left behind the release -> the release that it is of.
    behind: dict[str, str]
    hold: str
    doing: str
    drift: tuple[str, ...]
    problems: tuple[str, ...]

    @property
    def good(self) -> bool:
        """Whether a release serves, as it was released, and nothing is wrong with it."""
        return self.release is not None and not self.drift and not self.problems

    @property
    def code(self) -> ExitCode:
        """5 where nothing serves, 1 where something is wrong."""
        if self.release is None:
            return ExitCode.PRECONDITION
        return ExitCode.OK if self.good else ExitCode.CHECK_FAILED

    def document(self) -> dict[str, Any]:
        """As JSON."""
        told = asdict(self)
        told["release"] = self.release and self.release.model_dump(mode="json", exclude={"entries", "state", "changed"})
        return {**told, "good": self.good}


def judge(environment: str, seen: Seen) -> Status:
    """What `seen` means."""
    serving = live(seen.records)
    problems = [*_stuck(seen), *(f"{name} is in alarm" for name in seen.alarms)]
    if serving is not None and serving.verdict not in (PASSED, None):
        problems.append(f"its gate's verdict was {serving.verdict}")
    return Status(
        environment=environment,
        release=serving,
        since=since(serving, seen.records) if serving else None,
        by=_released_by(serving) if serving else None,
        behind={
            part: record.release_id
            for part, record in live_parts(seen.records).items()
            if serving and record.attempt != serving.attempt
        },
        hold=hold_of(seen.hold),
        doing=_doing(seen),
        drift=tuple(_drift(seen)),
        problems=tuple(problems),
    )


def _released_by(record: ReleaseRecord) -> str:
    """Who ran the deployment, where it was `acinaces deploy`; else whose commit it is."""
    return str(record.approvals[-1].get("by")) if record.approvals else record.by


def _doing(seen: Seen) -> str:
    busy = [f"{name} is in {stack['StackStatus']}" for name, stack in seen.stacks.items() if _is_busy(stack)]
    shifting = [f"{len(seen.shifting)} functions shift their traffic"] if seen.shifting else []
    return "; ".join([*busy, *shifting])


def _stuck(seen: Seen) -> Iterator[str]:
    for name, stack in seen.stacks.items():
        if stack["StackStatus"].endswith("_FAILED"):
            yield f"stack {name} is in {stack['StackStatus']}"
    if "Release" not in seen.stacks:
        yield "the Release stack is gone"


def _drift(seen: Seen) -> Iterator[str]:
    """Against the state that the gate wrote down; nothing is compared while a deployment is changing it."""
    for name, stack in seen.stacks.items():
        if (stack.get("DriftInformation") or {}).get("StackDriftStatus") == "DRIFTED":
            yield f"stack {name} was changed outside of its template, as CloudFormation found"
    if "Release" not in seen.stacks or any(_is_busy(stack) for stack in seen.stacks.values()):
        return
    released = {part: record.state for part, record in live_parts(seen.records).items()}
    functions = released["backend"].functions if "backend" in released else {}
    site = released["frontend"].site if "frontend" in released else {}
    moved = [
        f"{function} serves version {seen.aliases.get(function) or 'none'}, and {version} was released"
        for function, version in functions.items()
        if seen.aliases.get(function, 0) != version and function not in seen.shifting
    ]
    yield from moved[:_MOST_NAMES]
    if len(moved) > _MOST_NAMES:
        yield f"{len(moved) - _MOST_NAMES} more functions do not serve the version that was released"
    files = {key: version for key, version in site.items() if seen.site.get(key) != version}
    if files:
        more = f" and {len(files) - _MOST_NAMES} more" if len(files) > _MOST_NAMES else ""
        names = ", ".join(sorted(files)[:_MOST_NAMES])
        yield f"{len(files)} files of the site are not those that were released: {names}{more}"


def _is_busy(stack: dict[str, Any]) -> bool:
    return bool(str(stack["StackStatus"]).endswith(_BUSY))
