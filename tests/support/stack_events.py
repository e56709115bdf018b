"""Events of a stack's operation, as DescribeStackEvents lists them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

STACK = "arn:aws:cloudformation:eu-central-1:000000000000:stack/Release/1"
BEGAN = datetime(2026, 1, 31, 12, tzinfo=UTC)
GATE = "Gate3038665D Custom::VerificationGate"
RECORD = "RecordA Custom::ReleaseRecord"
FUNCTION = "OrdersFunction AWS::Lambda::Function"
ALIAS = "OrdersAlias AWS::Lambda::Alias"


def events(*lines: tuple[Any, ...], began: datetime = BEGAN) -> list[dict[str, Any]]:
    """Newest first, from lines, oldest first: (seconds, "LogicalId Type" or "" for the stack, status[, reason])."""
    found = []
    for seconds, name, status, *reason in lines:
        logical, _, kind = str(name).partition(" ")
        found.append(
            {
                "StackId": STACK,
                "LogicalResourceId": logical or "Release",
                "PhysicalResourceId": "" if logical else STACK,
                "ResourceType": kind or "AWS::CloudFormation::Stack",
                "ResourceStatus": status,
                "ResourceStatusReason": reason[0] if reason else "",
                "Timestamp": began + timedelta(seconds=seconds),
            }
        )
    return list(reversed(found))


def released(*, began: datetime = BEGAN) -> list[dict[str, Any]]:
    """An update that went well, of 60 s."""
    return events(
        (0, "", "UPDATE_IN_PROGRESS"),
        (1, RECORD, "UPDATE_IN_PROGRESS"),
        (4, RECORD, "UPDATE_COMPLETE"),
        (5, FUNCTION, "UPDATE_IN_PROGRESS"),
        (9, FUNCTION, "UPDATE_COMPLETE"),
        (10, ALIAS, "UPDATE_IN_PROGRESS"),
        (12, ALIAS, "UPDATE_COMPLETE"),
        (20, GATE, "UPDATE_IN_PROGRESS"),
        (50, GATE, "UPDATE_COMPLETE"),
        (58, "", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"),
        (60, "", "UPDATE_COMPLETE"),
        began=began,
    )


def put_back(*, began: datetime = BEGAN) -> list[dict[str, Any]]:
    """An update that its gate stopped, of 90 s."""
    return events(
        (0, "", "UPDATE_IN_PROGRESS"),
        (1, RECORD, "UPDATE_IN_PROGRESS"),
        (4, RECORD, "UPDATE_COMPLETE"),
        (5, FUNCTION, "UPDATE_IN_PROGRESS"),
        (9, FUNCTION, "UPDATE_COMPLETE"),
        (20, GATE, "UPDATE_IN_PROGRESS"),
        (50, GATE, "UPDATE_FAILED", "Release gate: failed; password=hunter2secret"),
        (50, ALIAS, "UPDATE_FAILED", "Resource update cancelled"),
        (51, "", "UPDATE_ROLLBACK_IN_PROGRESS"),
        (55, FUNCTION, "UPDATE_IN_PROGRESS"),
        (60, FUNCTION, "UPDATE_COMPLETE"),
        (88, "", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"),
        (90, "", "UPDATE_ROLLBACK_COMPLETE"),
        began=began,
    )
