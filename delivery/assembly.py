"""The digest of a synthesised assembly: taken where it is made, compared where it is about to be deployed."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

# What synthesis says, in the variables of each step that has the assembly.
VARIABLE: Final = "ASSEMBLY_DIGEST"
# The CDK command line writes these while it reads or writes an assembly.
_LOCKS: Final = ".lock"


def digest(folder: Path) -> str:
    """SHA-256 over the names and contents of all files below `folder`."""
    total = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != _LOCKS):
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        total.update(f"{content} {path.relative_to(folder).as_posix()}\n".encode())
    return total.hexdigest()


def difference(folder: Path, expected: str | None) -> str | None:
    """Why the assembly in `folder` must not be deployed; None where it is the one that was synthesised."""
    if not expected:
        return f"{VARIABLE} is not set: the step synth says what it made"
    found = digest(folder)
    if found == expected:
        return None
    return f"{folder} is not what was synthesised: its digest is {found}, and synthesis made {expected}"
