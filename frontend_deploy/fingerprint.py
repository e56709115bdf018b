"""What a build of the site depends on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from frontend_deploy.errors import SiteBuildError

# Part of the fingerprint: raise it when the way of building changes.
_RECIPE = "1"
# A developer's own configuration for `npm run dev`; never published.
_NOT_RELEASED = "public/config.json"


def site_fingerprint(frontend: Path, *, node_version: str) -> str:
    """Digest of the inputs that package.json lists (sources, lock, settings) and Node's version. 16 hex digits.

    Raises:
        SiteBuildError: an input is missing.
    """
    digest = hashlib.sha256(f"{_RECIPE} {node_version}\n".encode())
    for file in _inputs(frontend):
        content = file.read_bytes()
        name = file.relative_to(frontend).as_posix()
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:16]


def _inputs(frontend: Path) -> Iterator[Path]:
    manifest = frontend / "package.json"
    try:
        names = json.loads(manifest.read_text(encoding="utf-8"))["siteInputs"]
    except (OSError, ValueError, KeyError) as error:
        raise SiteBuildError(f"{manifest} does not list siteInputs, from which the site is built: {error!r}") from error
    for name in sorted(names):
        path = frontend / name
        if not path.exists():
            raise SiteBuildError(
                f"{path} is missing: {manifest} lists it under siteInputs. Restore it: git checkout -- {path}"
            )
        files = [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.is_file())
        yield from (file for file in files if file != frontend / _NOT_RELEASED)
