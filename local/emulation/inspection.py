"""What `up` and `status` ask the emulator's process: which resources are recorded only."""

from __future__ import annotations

import json

from local.emulation import recorded_types
from local.emulation.asgi import Application, Receive, Scope, Send, respond
from local.emulation.paths import RECORDED_PATH


def with_inspection(application: Application) -> Application:
    """The application, which also answers `GET /_acinaces/recorded` with `{resource type: [stack/logical id, ...]}`."""

    async def inspected(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != RECORDED_PATH:
            await application(scope, receive, send)
            return
        body = json.dumps(recorded_types.recorded_resources()).encode()
        await respond(send, 200, {"Content-Type": "application/json"}, body)

    return inspected
