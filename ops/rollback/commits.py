"""The commits between two releases, where the repository has them."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Final

_ROOT: Final = Path(__file__).resolve().parents[2]
_HASH: Final = re.compile(r"[0-9a-f]{7,40}")
# A line is cut where a terminal of 80 columns ends.
_LONGEST: Final = 72


def commits_between(older: str, newer: str, *, limit: int = 10) -> list[str]:
    """`hash subject` of the commits that `newer` has and `older` has not, newest first; empty where git knows neither.

    `-dirty` at the end of a commit, as the manifest writes it, is left out.
    """
    names = [name.removesuffix("-dirty") for name in (older, newer)]
    # From the journal: nothing that git could take for an option.
    if not all(_HASH.fullmatch(name) for name in names):
        return []
    command = ["git", "log", "--no-decorate", "--format=%h %s", f"--max-count={limit + 1}", f"{names[0]}..{names[1]}"]
    try:
        done = subprocess.run(  # noqa: S603 - fixed but for two hashes
            command, cwd=_ROOT, capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    lines = [line[:_LONGEST] for line in done.stdout.splitlines()] if done.returncode == 0 else []
    return [*lines[:limit], "… and older ones"] if len(lines) > limit else lines
