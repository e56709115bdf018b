"""What the CloudFormation registry demands of the execution policies: granted, listed as not used, missing.

    .venv/bin/python -m benchmarks.permissions

Limit: none missing, for any environment. The test of it, with the pipelines: `tests/unit/test_bootstrap_policies.py`.
"""

from __future__ import annotations

import tempfile
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from environments import known_environments
from ops.bootstrap import registry
from ops.bootstrap.template import ENVIRONMENT_GRANTS
from tests.support.synthesis import Synthesis, synthesise

_CUSTOM = ("Custom::", "AWS::CDK::", "AWS::CloudFormation::CustomResource")


def main() -> None:
    """Prints a line for each environment."""
    patterns = [action.lower() for some in ENVIRONMENT_GRANTS.values() for grant in some for action in grant.actions]
    with tempfile.TemporaryDirectory() as temporary:
        for name in known_environments():
            synthesise(name, Path(temporary))
            templates: list[dict[str, Any]] = list(
                Synthesis(environment=name, directory=Path(temporary) / name).templates.values()
            )
            types = {r["Type"] for t in templates for r in t["Resources"].values() if not r["Type"].startswith(_CUSTOM)}
            named = {
                (kind, action)
                for kind in types
                for operation in ("create", "update", "delete")
                for action in registry.named(kind, operation)
            }
            listed = {(kind, action) for kind, action in named if registry.unused(kind, action)}
            covered = {
                (kind, action)
                for kind, action in named - listed
                if any(fnmatchcase(action.lower(), pattern) for pattern in patterns)
            }
            missing = named - listed - covered
            print(f"{name}: {len(types)} types, {len(named)} permissions: {len(covered)} granted, {len(listed)} listed")
            for kind, action in sorted(missing):
                print(f"  missing: {kind} {action}")


if __name__ == "__main__":
    main()
