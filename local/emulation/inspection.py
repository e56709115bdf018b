"""What `up`, `down` and `status` ask the emulator's process: which resources are recorded only; to save its state."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from local.emulation import kept_state, recorded_types
from local.emulation.asgi import Application, Receive, Scope, Send, respond
from local.emulation.paths import RECORDED_PATH, SAVE_PATH

# Called in the emulator's loop: nothing else happens meanwhile.
_ANSWERS: Mapping[tuple[str, str], Callable[[], Any]] = {
    ("GET", RECORDED_PATH): recorded_types.recorded_resources,
    ("POST", SAVE_PATH): kept_state.save,
}


def with_inspection(application: Application) -> Application:
    """The application, which also answers these paths."""

    async def inspected(scope: Scope, receive: Receive, send: Send) -> None:
        answer = _ANSWERS.get((scope.get("method", ""), scope.get("path", "")))
        if answer is None:
            await application(scope, receive, send)
            return
        await respond(send, 200, {"Content-Type": "application/json"}, json.dumps(answer()).encode())

    return inspected
