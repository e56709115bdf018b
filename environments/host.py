"""What `host` means in an environment: the interpreter that runs the embedded cloud."""

from __future__ import annotations

import platform
import sys


def host_runtime() -> str:
    """The Lambda runtime identifier of this interpreter, e.g. `python3.11`."""
    return f"python{sys.version_info.major}.{sys.version_info.minor}"


def host_architecture() -> str:
    """The Lambda architecture of this machine: `arm64` or `x86_64`."""
    return "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"
