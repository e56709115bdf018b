"""EventBridge rules deliver to CloudWatch log groups, as on AWS; the emulator drops such events with a warning."""

from __future__ import annotations

import functools
import json
import time
from collections.abc import Mapping
from typing import Any

# One stream per rule keeps a rule's events together; AWS makes one per delivery partition.
_STREAM = "events"


def install() -> None:
    """Deliver to log groups before the emulator's own dispatch looks at the target."""
    from ministack.services import eventbridge

    invoke_target = eventbridge._invoke_target

    @functools.wraps(invoke_target)
    def with_log_groups(target: Mapping[str, Any], event: Any, rule: Any, view: Any = None) -> None:
        group = log_group(target.get("Arn", ""))
        if group is None:
            invoke_target(target, event, rule, view)
        else:
            view = view or eventbridge._pattern_event_view(event)
            _write(group=group, message=json.dumps(view.event_with_detail()))

    eventbridge._invoke_target = with_log_groups


def log_group(arn: str) -> str | None:
    """The name of the log group that an ARN names, or None for anything else."""
    parts = arn.split(":")
    if len(parts) < 7 or parts[2] != "logs" or parts[5] != "log-group":
        return None
    return ":".join(parts[6:]).removesuffix(":*")


def _write(*, group: str, message: str) -> None:
    """Append one event; the stream may be there already."""
    from ministack.services import cloudwatch_logs

    names = {"logGroupName": group, "logStreamName": _STREAM}
    cloudwatch_logs._create_log_stream(names)
    entry = {"timestamp": int(time.time() * 1000), "message": message}
    cloudwatch_logs._put_log_events({**names, "logEvents": [entry]})
