"""The hold: an SSM parameter that keeps deployments from bringing back what was put back (FAULTS F33)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

# SSM takes 4096 characters.
_LONGEST_REASON: Final = 1024
# Values of a parameter that somebody emptied by hand; the release's own look (lambda_src.journal.opening) agrees.
_NONE: Final = ("", "off")


@dataclass(frozen=True, kw_only=True)
class Hold:
    """Why, since when (ISO 8601 in UTC) and by whom; `operation` is the rollback that set it, if one did."""

    reason: str
    at: str
    by: str
    operation: str = ""

    def text(self) -> str:
        """The parameter's value."""
        return json.dumps(
            {"reason": self.reason[:_LONGEST_REASON], "at": self.at, "by": self.by, "operation": self.operation}
        )


def parameter_of(environment: str) -> str:
    """The parameter's name."""
    return f"/acinaces/{environment}/hold"


def read(client: Any, environment: str) -> Hold | None:
    """The hold, if there is one; what is not JSON is its reason. Raises what boto3 raises."""
    try:
        parameter = client.get_parameter(Name=parameter_of(environment))["Parameter"]
    except client.exceptions.ParameterNotFound:
        return None
    text, changed = str(parameter["Value"]), parameter["LastModifiedDate"].isoformat(timespec="seconds")
    if text.strip() in _NONE:
        return None
    try:
        values = {str(key): str(value) for key, value in json.loads(text).items()}
    except (ValueError, AttributeError):
        return Hold(reason=text, at=changed, by="unknown")
    return Hold(
        reason=values.get("reason", ""),
        at=values.get("at", changed),
        by=values.get("by", "unknown"),
        operation=values.get("operation", ""),
    )


def put(client: Any, environment: str, hold: Hold) -> None:
    """Sets it, in the place of one that is there. Raises what boto3 raises."""
    client.put_parameter(Name=parameter_of(environment), Value=hold.text(), Type="String", Overwrite=True)


def clear(client: Any, environment: str) -> bool:
    """Removes it; False where there was none. Raises what boto3 raises."""
    try:
        client.delete_parameter(Name=parameter_of(environment))
    except client.exceptions.ParameterNotFound:
        return False
    return True
