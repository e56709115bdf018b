"""The commit that a branch is compared with, its files, and what the branch's own commits say."""

from __future__ import annotations

import hashlib
import sys
import tarfile
from io import BytesIO
from pathlib import Path

from filelock import FileLock

from pull_request.process import ROOT, CouldNotRunError, run
from pull_request.step import TOOLS

_MAIN = ("origin/main", "main")
_TRAILERS = "--format=%H%x1f%(trailers:key=Destroys,valueonly,separator=%x1e)"


def find_base(given: str = "") -> str:
    """The commit where this branch left `given`, or main if empty.

    Raises:
        CouldNotRunError: there is no such ref or no common commit, as in a shallow clone.
    """
    for ref in [given] if given else _MAIN:
        if run(["git", "rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}"], timeout_s=30).code == 0:
            done = run(["git", "merge-base", "HEAD", ref], timeout_s=30)
            if done.code == 0:
                return done.stdout.strip()
            raise CouldNotRunError(f"HEAD and {ref} have no common commit here: git fetch --unshallow origin")
    raise CouldNotRunError(f"there is no {given or 'main'} to compare with: git fetch origin main, or BASE=COMMIT")


def export(commit: str, folder: Path) -> None:
    """Writes the files of `commit` to `folder`."""
    done = run(["git", "archive", "--format=tar", "-o", str(folder.with_suffix(".tar")), commit], timeout_s=60)
    if done.code:
        raise CouldNotRunError(f"the files of {commit[:12]} could not be read: {done.last_line}")
    with tarfile.open(fileobj=BytesIO(folder.with_suffix(".tar").read_bytes())) as archive:
        archive.extractall(folder, filter="data")


def trailers(base: str, root: Path = ROOT) -> list[tuple[str, str]]:
    """Commit and value of each `Destroys:` trailer since `base`."""
    done = run(["git", "log", _TRAILERS, f"{base}..HEAD"], timeout_s=30, cwd=root)
    if done.code:
        raise CouldNotRunError(f"the branch's commits could not be read: {done.last_line}")
    found = []
    # Not splitlines: the separator of values is a line break to it.
    for line in done.stdout.split("\n"):
        commit, _, values = line.partition("\x1f")
        found += [(commit, value.strip()) for value in values.split("\x1e") if value.strip()]
    return found


def python_for(tree: Path) -> Path:
    """The interpreter with the packages that `tree` is locked to: this one, or one made for it.

    A branch that raises the CDK changes what the same code becomes; with one set of packages for both trees, that
    change would not show.

    Raises:
        CouldNotRunError: the packages could not be installed.
    """
    lock = tree / "requirements.txt"
    if lock.read_bytes() == (ROOT / "requirements.txt").read_bytes():
        return Path(sys.executable)
    folder = TOOLS / f"base-{hashlib.sha256(lock.read_bytes()).hexdigest()[:12]}"
    python, whole = folder / "bin" / "python", folder / ".installed"
    TOOLS.mkdir(exist_ok=True)
    with FileLock(folder.with_suffix(".lock")):
        if not whole.exists():
            for command in (
                [sys.executable, "-m", "venv", "--clear", str(folder)],
                [str(python), "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(lock)],
            ):
                done = run(command, timeout_s=600)
                if done.code:
                    raise CouldNotRunError(f"the base's own packages could not be installed: {done.last_line}")
            whole.touch()
    return python
