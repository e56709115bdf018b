"""Publishing what happened on the platform's EventBridge bus."""

from __future__ import annotations

from typing import Any, Protocol

from lambda_src.platform_common import aws, json_text
from lambda_src.platform_common.log import logger

SOURCE = "acinaces.platform"


class Bus(Protocol):
    """Where events go."""

    def publish(self, detail_type: str, detail: dict[str, Any]) -> bool:
        """Sends one event such as `template.created`; False when it could not be sent. Never raises."""
        ...


class EventBridgeBus:
    """The bus in EventBridge."""

    def __init__(self, name: str) -> None:
        self._name = name

    def publish(self, detail_type: str, detail: dict[str, Any]) -> bool:
        entry = {
            "EventBusName": self._name,
            "Source": SOURCE,
            "DetailType": detail_type,
            "Detail": json_text.dumps(detail),
        }
        try:
            answer = aws.call("events", "put_events", Entries=[entry])
        except aws.AwsError as error:
            reason = error.code
        else:
            if not answer.get("FailedEntryCount"):
                return True
            reason = str(answer["Entries"][0].get("ErrorCode"))
        # The row and its audit entry are written: failing the request now would make the caller write again.
        logger.error("event not published", detail_type=detail_type, reason=reason, detail=detail)
        return False
