"""A copy of the project that a test may break: sources copied, what is installed and built shared."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from frontend_deploy import ensure_site
from tests.support.synthesis import ROOT

_SHARED = (".venv", "node_modules", "frontend/node_modules", ".build")


def copy_project(target: Path) -> Path:
    """Copies every file that git knows or would add to `target`.

    `.build` is shared: all that is in it is named by its content. The site is built first, so that only a test that
    changes the site builds it again.
    """
    ensure_site(ROOT)
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    for name in _SHARED:
        (target / name).symlink_to(ROOT / name, target_is_directory=True)
    return target
