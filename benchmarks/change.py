"""How many resources one changed handler changes, and an unchanged release: two syntheses compared.

    .venv/bin/python -m benchmarks.change

Limits: 5 besides the gate; none. `tests/e2e/test_release.py` counts what CloudFormation really touches.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from tests.support.changes import changed_handler, templates


def changed(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """`type logical-id` of resources that differ; those that only left are retained versions and change nothing."""
    return [
        f"{resource['Type']} {name}"
        for name, resource in after["Resources"].items()
        if before["Resources"].get(name) != resource
    ]


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        first, again = templates(folder / "first"), templates(folder / "again")
        with changed_handler(folder / "source") as root:
            other = templates(folder / "changed", root=root)
    print(f"unchanged: {sum(len(changed(first[part], again[part])) for part in first)} resources")
    for part in first:
        for line in changed(first[part], other[part]):
            print(f"one handler changed: {part}: {line}")


if __name__ == "__main__":
    main()
