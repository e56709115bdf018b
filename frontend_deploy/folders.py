"""Folders named after what went into them: complete or not there, made once, dropped when long unused."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

# Longer than any branch that somebody comes back to needs; a few megabytes each.
UNUSED_DAYS = 14


def ensure_folder(target: Path, fill: Callable[[Path], None]) -> Path:
    """`target`, made by `fill` (which gets an empty folder) unless it is already there.

    Whoever else makes the same folder at the same time makes the same content: the first one stays.
    """
    if target.is_dir():
        os.utime(target)
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".partial-") as temporary:
        made = Path(temporary) / target.name
        made.mkdir()
        fill(made)
        try:
            made.rename(target)
        except OSError:
            # Not empty: made meanwhile. Anything else is a real problem.
            if not target.is_dir():
                raise
    return target


def drop_unused(parent: Path, *, keep: set[Path]) -> None:
    """Removes folders below `parent` that were not used for `UNUSED_DAYS`; one that cannot be removed stays."""
    limit = time.time() - UNUSED_DAYS * 24 * 3600
    for folder in parent.iterdir():
        if folder in keep or not folder.is_dir():
            continue
        with contextlib.suppress(FileNotFoundError):  # somebody else tidied up
            if folder.stat().st_mtime < limit:
                shutil.rmtree(folder, ignore_errors=True)
