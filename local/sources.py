"""What is in the project now, as one digest: whether something has to be released again."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Sequence
from pathlib import Path

from local.state import ROOT


def files() -> list[str]:
    """Committed, or new and not ignored. Raises CalledProcessError or OSError where git does not know the project."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout  # noqa: S603
    return sorted(name for name in listed.split("\0") if name)


def digest(*, besides: Sequence[Path] = (), without: tuple[str, ...] = ()) -> str:
    """Of all files that git knows, as they are now, and of those in the folders `besides`: 16 hexadecimal digits.

    Args:
        without: beginnings of names that do not count.
    """
    found = hashlib.sha256()
    named = [(name, ROOT / name) for name in files() if not name.startswith(without)]
    named += [(str(path), path) for folder in besides for path in sorted(folder.rglob("*"))]
    for name, path in named:
        if path.is_file():
            found.update(name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()[:16]
