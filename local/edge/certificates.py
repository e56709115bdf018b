"""The TLS contexts of the front doors: a certificate for each, issued here when a client first asks for it."""

from __future__ import annotations

import os
import ssl
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from local.edge.authority import Authority
from local.edge.front_doors import FrontDoor

# As browsers accept; more than the checks ask for, also when the process has run for weeks.
DAYS: Final = 90
_RENEWED_AFTER_S: Final = 30 * 86400


class DoorContext(ssl.SSLContext):
    """A server's context that knows whom it stands for."""

    host: str


class Certificates:
    """Gives each door its context. `find` knows the doors; it is asked in every handshake, and may block a moment."""

    def __init__(self, authority: Authority, *, find: Callable[[str], FrontDoor | None], folder: Path) -> None:
        self._authority = authority
        self._find = find
        self._folder = folder
        self._made: dict[tuple[str, tuple[str, ...]], tuple[float, DoorContext]] = {}
        self._lock = threading.Lock()

    def listener(self) -> ssl.SSLContext:
        """The context to listen with: refuses TLS below 1.2, and clients that name nobody whom it knows."""
        context = _server_context()
        context.sni_callback = self._choose
        return context

    def _choose(self, connection: ssl.SSLObject, name: str | None, _listener: ssl.SSLContext) -> int | None:
        door = self._find((name or "").lower())
        if door is None:
            return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        connection.context = self._context(door)
        return None

    def _context(self, door: FrontDoor) -> DoorContext:
        key, now = (door.host, door.certificate_names), time.monotonic()
        with self._lock:
            made = self._made.get(key)
            if made is None or now - made[0] > _RENEWED_AFTER_S:
                made = (now, self._make(door))
                self._made[key] = made
            return made[1]

    def _make(self, door: FrontDoor) -> DoorContext:
        context = _server_context()
        context.host = door.host
        # OpenSSL's binding reads keys from files only: one that nobody else can read, gone at once.
        handle, path = tempfile.mkstemp(dir=self._folder, suffix=".pem")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(self._authority.issue(door.certificate_names, days=DAYS))
            context.load_cert_chain(path)
        finally:
            Path(path).unlink()
        return context


def _server_context() -> DoorContext:
    context = DoorContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context
