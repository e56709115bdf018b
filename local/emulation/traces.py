"""X-Ray, as far as Lambda itself feeds it: one trace per invocation of a function with active tracing.

The emulator gives the worker a trace id and has no service that would know it afterwards. `GetTraceSummaries` with the
filter `service("name")` is answered from what was invoked; another filter is refused.
"""

from __future__ import annotations

import json
import re
import time
from collections import defaultdict, deque
from dataclasses import dataclass
from typing import Any, Final

from local.emulation.asgi import Application, Receive, Scope, Send, body_of, respond

PATH: Final = "/TraceSummaries"
_CREDENTIAL: Final = re.compile(rb"Credential=([^/]+)/\d+/([^/]+)/xray/")
_SERVICE: Final = re.compile(r'^\s*service\("([^"]+)"\)\s*$')
_KEPT: Final = 2000


@dataclass(frozen=True, kw_only=True)
class Trace:
    """One invocation. `started` in epoch seconds, `duration` in seconds."""

    id: str
    function: str
    started: float
    duration: float
    fault: bool

    def summary(self) -> dict[str, Any]:
        """As X-Ray shows it."""
        return {
            "Id": self.id,
            "StartTime": self.started,
            "Duration": self.duration,
            "ResponseTime": self.duration,
            "HasFault": self.fault,
            "HasError": False,
            "HasThrottle": False,
            "IsPartial": False,
            "ServiceIds": [{"Name": self.function, "Names": [self.function], "Type": "AWS::Lambda"}],
        }


# (account, region) -> traces, oldest first
_traces: dict[tuple[str, str], deque[Trace]] = defaultdict(lambda: deque(maxlen=_KEPT))


def record(*, account: str, region: str, trace: Trace) -> None:
    """Remembers one trace; the oldest are forgotten."""
    _traces[account, region].append(trace)


def with_traces(application: Application) -> Application:
    """The application, which also answers X-Ray's `GetTraceSummaries`."""

    async def traced(scope: Scope, receive: Receive, send: Send) -> None:
        owner = _owner(scope) if scope["type"] == "http" and scope["path"] == PATH else None
        if owner is None:
            await application(scope, receive, send)
            return
        status, document = summaries(owner, json.loads(await body_of(receive) or b"{}"))
        error = {} if status == 200 else {"X-Amzn-ErrorType": document["__type"]}
        await respond(send, status, {"Content-Type": "application/json", **error}, json.dumps(document).encode())

    return traced


def summaries(owner: tuple[str, str], request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """Status and document of the answer to `request`; traces that began within its times."""
    service = _SERVICE.match(request.get("FilterExpression") or "")
    if service is None:
        message = 'Only the filter service("name") is emulated.'
        return 400, {"__type": "InvalidRequestException", "Message": message}
    start, end = float(request["StartTime"]), float(request["EndTime"])
    found = [
        trace.summary()
        for trace in list(_traces[owner])
        if trace.function == service[1] and start <= trace.started <= end
    ]
    return 200, {"TraceSummaries": found, "TracesProcessedCount": len(found), "ApproximateTime": time.time()}


def _owner(scope: Scope) -> tuple[str, str] | None:
    """Account and region of a request that was signed for X-Ray."""
    for name, value in scope.get("headers", []):
        if name == b"authorization":
            found = _CREDENTIAL.search(value)
            return (found[1].decode(), found[2].decode()) if found else None
    return None
