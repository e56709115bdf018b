"""What the cloud holds comes back after it was stopped: saved whole or not at all, and only while no stack is at work.

The emulator saves each service's state when it ends, and reads it when it starts. A save counts once its mark is
written (`paths.SAVED_MARK`): not when a service could not be saved, nor when a stack was in progress, whose work
no process would finish. Layers are files of their own, named by content: as text in one file they would be most of
the state. Recorded resources get their attributes back.
"""

from __future__ import annotations

import functools
import hashlib
import json
import logging
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from local.emulation.paths import SAVED_MARK
from local.emulation.recorded_types import RecordedAttributes, is_recorded

NOT_ENFORCED: Final = ("Time does not pass while the cloud is stopped: schedules that were due are not caught up on.",)
# In bytes.
_APART_FROM: Final = 64 * 1024
_BLOB: Final = "__acinaces_blob__"
# Names of those that the present save refers to.
_written: set[str] = set()


def install() -> None:
    """Mark each complete save, and give recorded resources their attributes when state is read."""
    import ministack.app
    from ministack.core import persistence
    from ministack.services import cloudformation

    save_all = ministack.app.save_all

    def save_and_end(services: Mapping[str, Any]) -> None:
        _save(save_all, services)
        # A function that hangs would hold the process up for as long as it may run.
        os._exit(0)

    # Called there when a signal ends the server.
    ministack.app.save_all = save_and_end
    persistence._json_default = functools.partial(_encoded, persistence._json_default)
    persistence._json_object_hook = functools.partial(_decoded, persistence._json_object_hook)
    restore = cloudformation.load_persisted_state

    @functools.wraps(restore)
    def with_attributes(data: Any) -> None:
        restore(data)
        for _key, stack in cloudformation._stacks.all_items():
            rehydrate(stack.get("_resources") or {})

    cloudformation.load_persisted_state = with_attributes


def _encoded(encode: Callable[[Any], Any], value: Any) -> Any:
    if not isinstance(value, bytes) or len(value) < _APART_FROM:
        return encode(value)
    name = hashlib.sha256(value).hexdigest()
    path = _blobs() / name
    _written.add(name)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".tmp")
        partial.write_bytes(value)
        os.replace(partial, path)
    return {_BLOB: name}


def _decoded(decode: Callable[[Any], Any], value: dict[str, Any]) -> Any:
    return (_blobs() / value[_BLOB]).read_bytes() if _BLOB in value else decode(value)


def _blobs() -> Path:
    from ministack.core import persistence

    return Path(persistence.STATE_DIR) / "blobs"


def rehydrate(resources: Mapping[str, dict[str, Any]]) -> None:
    """Attributes of recorded resources answer to every name again; the saved ones are plain dictionaries."""
    from ministack.services.cloudformation import provisioners

    for resource in resources.values():
        resource_type = resource.get("ResourceType", "")
        if is_recorded(resource_type) and not provisioners._RESOURCE_HANDLERS.knows(resource_type):
            physical_id = resource.get("PhysicalResourceId", "")
            resource["Attributes"] = RecordedAttributes(resource_type=resource_type, physical_id=physical_id)


def save() -> dict[str, Any]:
    """Save now, while the emulator goes on; `{"saved": whether, "why": the reason if not}`."""
    from ministack.app import _build_persistence_save_dict
    from ministack.core.persistence import save_all

    return _save(save_all, _build_persistence_save_dict())


def _save(save_all: Callable[[Any], None], services: Mapping[str, Any]) -> dict[str, Any]:
    from ministack.core import persistence

    mark = Path(persistence.STATE_DIR).parent / SAVED_MARK
    mark.unlink(missing_ok=True)
    busy = _in_progress()
    if busy:
        return _told(f"{busy} is in progress")
    failures = _Failures()
    _written.clear()
    logging.getLogger("persistence").addHandler(failures)
    try:
        save_all(services)
    finally:
        logging.getLogger("persistence").removeHandler(failures)
    if failures.texts:
        return _told(failures.texts[0])
    for path in _blobs().glob("*"):
        if path.name not in _written:
            path.unlink()
    partial = mark.with_suffix(".tmp")
    partial.write_text(json.dumps({"services": len(services)}), encoding="utf-8")
    os.replace(partial, mark)
    return {"saved": True, "why": ""}


def _told(why: str) -> dict[str, Any]:
    logging.getLogger(__name__).warning("state was not kept: %s", why)
    return {"saved": False, "why": why}


def _in_progress() -> str | None:
    """The name of a stack that CloudFormation is at work on; a change set that waits for review is not."""
    from ministack.services.cloudformation import _stacks

    for (_account, _region, name), stack in _stacks.all_items():
        status = stack.get("StackStatus", "")
        if status.endswith("_IN_PROGRESS") and not status.startswith("REVIEW"):
            return str(name)
    return None


class _Failures(logging.Handler):
    """The emulator only logs that a service could not be saved."""

    def __init__(self) -> None:
        super().__init__(level=logging.ERROR)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())
