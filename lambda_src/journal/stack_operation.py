"""What CloudFormation's events tell of operations on the release's stack. No AWS here: events come in as read.

An event is an element of DescribeStackEvents' `StackEvents`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from lambda_src.journal.records import Outcome

GATE: Final = "Custom::VerificationGate"
RECORD: Final = "Custom::ReleaseRecord"
_STACK: Final = "AWS::CloudFormation::Stack"
_STARTS: Final = ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS")
# CloudFormation's words for resources that failed because another one did.
_CONSEQUENCE: Final = ("Resource creation cancelled", "Resource update cancelled")
Event = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class StackOperation:
    """One operation that has ended. `events`: its own, oldest first; `status`: the stack's at its end."""

    began: datetime
    ended: datetime
    status: str
    events: tuple[Event, ...]

    @property
    def outcome(self) -> Outcome:
        """What became of the release."""
        if "ROLLBACK" in self.status and self.status.endswith("_COMPLETE"):
            return Outcome.ROLLED_BACK
        return Outcome.FAILED if self.status.endswith("_FAILED") else Outcome.RELEASED

    @property
    def forward(self) -> tuple[Event, ...]:
        """The events before a rollback began."""
        turned = next((at for at, event in enumerate(self.events) if _is_turn(event)), len(self.events))
        return self.events[:turned]

    @property
    def changed(self) -> tuple[str, ...]:
        """Resources that the release touched, `logical id (type)`; sorted."""
        touched = {
            _name(event)
            for event in self.forward
            if not _is_stack(event) and event["ResourceStatus"].endswith("_IN_PROGRESS")
        }
        return tuple(sorted(touched))

    @property
    def failure(self) -> Event | None:
        """What failed first, and not because of another."""
        failed = (event for event in self.forward if event["ResourceStatus"].endswith("_FAILED"))
        return next((event for event in failed if not _reason(event).startswith(_CONSEQUENCE)), None)

    def phases(self) -> list[dict[str, Any]]:
        """MISSION M25's phases from deployment on: name, began, ended, seconds, state, completed, failed."""
        forward = self.forward
        gate = [event for event in forward if event["ResourceType"] == GATE]
        others = [event for event in forward if event["ResourceType"] != GATE and not _is_stack(event)]
        forward_ended = forward[-1]["Timestamp"]
        found = [_phase("deployment", self.began, gate[0]["Timestamp"] if gate else forward_ended, others)]
        if gate:
            found.append(_phase("validation", gate[0]["Timestamp"], gate[-1]["Timestamp"], gate))
        if self.outcome is Outcome.RELEASED:
            after = gate[-1]["Timestamp"] if gate else forward_ended
            found.append(_phase("complete", after, self.ended, ()))
        else:
            found.append(_phase("rollback", forward_ended, self.ended, self.events[len(forward) :]))
        return found


def operations(events: Iterable[Event]) -> Iterator[StackOperation]:
    """The operations in `events` (newest first, read as far as needed) that have ended, newest first."""
    found: list[Event] = []
    for event in events:
        found.append(event)
        if _is_stack(event) and event["ResourceStatus"] in _STARTS:
            status = next(event["ResourceStatus"] for event in found if _is_stack(event))
            if not status.endswith("_IN_PROGRESS"):
                yield StackOperation(
                    began=event["Timestamp"],
                    ended=found[0]["Timestamp"],
                    status=status,
                    events=tuple(reversed(found)),
                )
            found = []


def _phase(name: str, began: datetime, ended: datetime, events: Sequence[Event]) -> dict[str, Any]:
    from lambda_src.journal.attempts import stamp

    failed = [_name(event) for event in events if event["ResourceStatus"].endswith("_FAILED")]
    return {
        "name": name,
        "began": stamp(began),
        "ended": stamp(ended),
        "seconds": round((ended - began).total_seconds(), 1),
        "state": "failed" if failed else "done",
        "completed": len([event for event in events if event["ResourceStatus"].endswith("_COMPLETE")]),
        "failed": failed,
    }


def _is_stack(event: Event) -> bool:
    return bool(event["ResourceType"] == _STACK and event["PhysicalResourceId"] == event["StackId"])


def _is_turn(event: Event) -> bool:
    return _is_stack(event) and "ROLLBACK_IN_PROGRESS" in event["ResourceStatus"]


def _name(event: Event) -> str:
    return f"{event['LogicalResourceId']} ({event['ResourceType']})"


def _reason(event: Event) -> str:
    return str(event.get("ResourceStatusReason") or "")
