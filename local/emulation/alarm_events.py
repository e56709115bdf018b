"""A change of an alarm's state is an event on the default bus, as on AWS; the emulator only writes its history.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
"""

from __future__ import annotations

import functools
import json
from typing import Any


def install() -> None:
    """Publish the event behind every entry of an alarm's history that is a change."""
    from ministack.services import cloudwatch

    record = cloudwatch._record_history

    @functools.wraps(record)
    def record_and_publish(alarm_name: str, old_state: str, new_state: str, reason: str, *rest: Any) -> None:
        record(alarm_name, old_state, new_state, reason, *rest)
        if old_state != new_state:
            publish(alarm_name, old_state=old_state, new_state=new_state, reason=reason)

    cloudwatch._record_history = record_and_publish


def publish(alarm_name: str, *, old_state: str, new_state: str, reason: str) -> None:
    """Put "CloudWatch Alarm State Change" about the alarm, which must exist, on the default bus."""
    from ministack.services import cloudwatch, eventbridge

    alarm = cloudwatch._alarms.get(alarm_name) or cloudwatch._composite_alarms[alarm_name]
    detail = {
        "alarmName": alarm_name,
        "state": {"value": new_state, "reason": reason},
        "previousState": {"value": old_state},
        "configuration": {"description": alarm.get("AlarmDescription", "")},
    }
    entry = {
        "Source": "aws.cloudwatch",
        "DetailType": "CloudWatch Alarm State Change",
        "Detail": json.dumps(detail),
        "Resources": [alarm["AlarmArn"]],
    }
    eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)
