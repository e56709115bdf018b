"""Writing files that others read: whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from ops.errors import OperatorError


def write_text(path: Path, text: str, *, mode: int = 0o644) -> None:
    """Writes `path` in one step; makes its folder. A special file (a pipe, /dev/stdout) is written to directly.

    `mode` is for others to read by default; what holds a key is 0o600.

    Raises:
        OperatorError: the file cannot be written (exit code 3).
    """
    try:
        if path.exists() and not path.is_file():
            path.write_text(text, encoding="utf-8")
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(temporary, mode)
        os.replace(temporary, path)
    except OSError as error:
        raise OperatorError(
            f"{path} cannot be written: {error.strerror}",
            error="file-not-writable",
            next_step="name a file in a folder that you may write to",
        ) from error
