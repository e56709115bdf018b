"""Composite alarms in templates are real ones: the emulator has them, and CloudFormation there does not know it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_TYPE = "AWS::CloudWatch::CompositeAlarm"


def install() -> None:
    """Add the type to the emulator's own table of provisioners."""
    from ministack.services.cloudformation import provisioners

    provisioners._RESOURCE_HANDLERS[_TYPE] = {"create": create, "update": update, "delete": delete}


def create(logical_id: str, properties: Mapping[str, Any], stack_name: str) -> tuple[str, dict[str, str]]:
    """Put the alarm; returns name and attributes. Raises ValueError with the emulator's own words."""
    return _put(str(properties.get("AlarmName") or f"{stack_name}-{logical_id}"), properties)


def update(
    name: str, _old: Mapping[str, Any], properties: Mapping[str, Any], _stack_name: str
) -> tuple[str, dict[str, str]]:
    """As `create`; an alarm of another name is a new one."""
    wanted = str(properties.get("AlarmName") or name)
    put = _put(wanted, properties)
    if wanted != name:
        delete(name, properties)
    return put


def delete(name: str, _properties: Mapping[str, Any]) -> None:
    """Remove the alarm, if it is there."""
    from ministack.services import cloudwatch

    cloudwatch._composite_alarms.pop(name, None)
    cloudwatch._composite_triggers.pop(name, None)


def _put(name: str, properties: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    from ministack.services import cloudwatch

    status, _headers, body = cloudwatch._put_composite_alarm({}, {**properties, "AlarmName": name}, False, True)
    if status != 200:
        text = body.decode() if isinstance(body, bytes) else str(body)
        raise ValueError(f"{_TYPE} {name}: {text}")
    return name, {"Arn": cloudwatch._composite_alarms[name]["AlarmArn"]}
