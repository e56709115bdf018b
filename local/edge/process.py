"""Starting the edge beside an embedded cloud, and knowing whether it is still the same one."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Mapping
from pathlib import Path

from local import ports as loopback
from local import processes
from local.edge.settings import EdgePorts, udp_is_free
from local.state import ROOT
from ops.errors import ExitCode, OperatorError


def spawn(
    *,
    python: Path,
    ports: EdgePorts,
    upstream: int,
    folder: Path,
    aws: Mapping[str, str],
    log: Path,
    temporary: Path,
) -> subprocess.Popen[bytes]:
    """Start it; it listens once the TLS port is taken. `aws` are the variables that point at the cloud.

    Raises:
        OperatorError: a port is taken (exit code 5).
    """
    for port, free in (
        (ports.dns, udp_is_free(ports.dns)),
        (ports.https, loopback.is_free(ports.https)),
        (ports.http, loopback.is_free(ports.http)),
    ):
        if not free:
            raise OperatorError(
                f"port {port}, which the edge needs, is taken by {loopback.owner(port)}",
                error="port-taken",
                next_step="end it, or name other ports under [verification] in environments/local.toml",
                code=ExitCode.PRECONDITION,
            )
    folder.mkdir(parents=True, exist_ok=True)
    return processes.spawn(
        [str(python), "-m", "local.edge"],
        environment={
            **aws,
            **{f"EDGE_{name.upper()}": str(port) for name, port in ports.dump().items()},
            "EDGE_UPSTREAM": str(upstream),
            "EDGE_FOLDER": str(folder),
            "HOME": str(temporary),
            "TMPDIR": str(temporary),
            "LANG": "C.UTF-8",
            "PYTHONUNBUFFERED": "1",
        },
        folder=ROOT,
        log=log,
    )


def is_listening(ports: EdgePorts) -> bool:
    """Whether somebody listens on the port that the edge opens last."""
    return not loopback.is_free(ports.https)


def edition() -> str:
    """A digest of the edge's own code: a process of another edition is replaced."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).resolve().parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
