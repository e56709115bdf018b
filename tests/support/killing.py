"""The command line in a process of its own that ends at a chosen call to AWS: by SIGKILL, or as by Ctrl-C.

`Interceptor` stands between the command and an emulator. At the chosen call it sends the signal, either before the call
has reached the cloud or after it has had its effect there and before the command hears of it.
"""

from __future__ import annotations

import http.client
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qs

Moment = Literal["before", "after"]
# Loaded once, in the process that commands are forked from.
_PRELOAD = ["boto3", "rich.table", "ops.cli", "ops.secrets.entering", "ops.secrets.outcome", "ops.secrets.screen"]
_LIMIT_S = 60.0


@dataclass(frozen=True, kw_only=True)
class At:
    """The `number`th call (from 1) of `operation`, e.g. `PutSecretValue`."""

    operation: str
    number: int = 1
    moment: Moment = "before"
    signal: signal.Signals = signal.SIGKILL

    def __str__(self) -> str:
        return f"{self.signal.name}-{self.moment}-{self.operation}-{self.number}"


@dataclass(frozen=True, kw_only=True)
class Done:
    """How a command ended; -9 is SIGKILL."""

    code: int
    out: str
    err: str


class Interceptor:
    """Hands everything on to `target`, counts calls by operation, and strikes `victim` at `at`."""

    def __init__(self, target: str) -> None:
        self._target = target.removeprefix("http://")
        self._lock = threading.Lock()
        self.calls: dict[str, int] = {}
        self.at: At | None = None
        self.victim: int | None = None
        self.struck = False
        # Operations that AWS answers with AccessDenied, and the text in the body that they are about.
        self.refused: dict[str, str] = {}

    def expect(self, at: At | None) -> None:
        """Starts counting anew, for the next command."""
        self.calls, self.at, self.victim, self.struck = {}, at, None, False

    def strike(self, operation: str, number: int, moment: Moment) -> bool:
        at = self.at
        if at is None or (at.operation, at.number, at.moment) != (operation, number, moment) or not self.victim:
            return False
        self.struck = True
        os.kill(self.victim, at.signal)
        return at.signal is signal.SIGKILL

    def count(self, operation: str) -> int:
        with self._lock:
            self.calls[operation] = self.calls.get(operation, 0) + 1
            return self.calls[operation]

    def handler(self) -> type[BaseHTTPRequestHandler]:
        """The class of the server's requests."""
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                operation = operation_of(self.headers.get("x-amz-target", ""), body)
                number = outer.count(operation)
                if outer.strike(operation, number, "before"):
                    self.close_connection = True
                    return
                about = outer.refused.get(operation)
                if about is not None and about.encode() in body:
                    status, kind, content = 400, "application/x-amz-json-1.1", b'{"__type": "AccessDeniedException"}'
                else:
                    status, kind, content = self.forwarded(body)
                if outer.strike(operation, number, "after"):
                    self.close_connection = True
                    return
                self.send_response(status)
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_PUT = do_PATCH = do_DELETE = do_POST

            def forwarded(self, body: bytes) -> tuple[int, str, bytes]:
                connection = http.client.HTTPConnection(outer._target, timeout=_LIMIT_S)
                connection.request(self.command, self.path, body, dict(self.headers))
                answer = connection.getresponse()
                content = answer.read()
                connection.close()
                return answer.status, answer.getheader("content-type", ""), content

            def log_message(self, *_: Any) -> None:
                """Nothing: the test's output is for failures."""

        return Handler


def operation_of(target: str, body: bytes) -> str:
    """The call's name: of a JSON protocol in the header `target`, of the query protocol in the body."""
    if target:
        return target.rpartition(".")[2]
    return parse_qs(body.decode("utf-8", errors="replace")).get("Action", ["?"])[0]


@contextmanager
def intercepting(target: str) -> Iterator[tuple[str, Interceptor]]:
    """The address to use instead of `target`, and the interceptor behind it."""
    interceptor = Interceptor(target)
    server = ThreadingHTTPServer(("127.0.0.1", 0), interceptor.handler())
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", interceptor
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Commands:
    """Runs `acinaces` with these environment variables; files go to `folder`."""

    folder: Path
    variables: Mapping[str, str]
    interceptor: Interceptor | None = None
    _number: int = field(default=0)

    def run(self, *arguments: str, stdin: str = "", at: At | None = None) -> Done:
        """One command, ended at `at` if it comes there."""
        self._number += 1
        base = self.folder / str(self._number)
        base.with_suffix(".in").write_text(stdin, encoding="utf-8")
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(_PRELOAD)
        ready = context.Event()
        process = context.Process(target=_command, args=(list(arguments), dict(self.variables), str(base), ready))
        if self.interceptor is not None:
            self.interceptor.expect(at)
        process.start()
        if self.interceptor is not None:
            self.interceptor.victim = process.pid
        ready.set()
        process.join(_LIMIT_S)
        if process.is_alive():
            process.kill()
            raise AssertionError(f"{arguments} did not end within {_LIMIT_S:.0f} s")
        return Done(
            code=int(process.exitcode or 0),
            out=base.with_suffix(".out").read_text(encoding="utf-8"),
            err=base.with_suffix(".err").read_text(encoding="utf-8"),
        )


def _command(arguments: Sequence[str], variables: Mapping[str, str], base: str, ready: Any) -> None:
    """In the new process: becomes `acinaces`, once the test knows which process that is."""
    for number, suffix, flags in (
        (0, "in", os.O_RDONLY),
        (1, "out", os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
        (2, "err", os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
    ):
        os.dup2(os.open(f"{base}.{suffix}", flags, 0o600), number)
    sys.stdin = os.fdopen(0, "r", encoding="utf-8")
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", buffering=1)
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", buffering=1)
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(variables)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    ready.wait()
    sys.argv = ["acinaces", *arguments]
    from ops.cli import main

    main()
