"""Whether an environment may get what another one runs: the same artefacts, and they passed there."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from environments import Environment
from lambda_src.journal.sections import joined
from ops.changes import stacks_in
from ops.errors import ExitCode, OperatorError
from ops.manifest import read_manifest

# What an environment's own settings make.
OF_THE_ENVIRONMENT: Final = frozenset({"site/configuration"})
_PASSED: Final = "passed"

# The section and its further parts.
_CONTENTS: Final = re.compile(r"/manifest/contents(-\d+)?\Z")


@dataclass(frozen=True, kw_only=True)
class Promotion:
    """`release`, `commit` and `verification` are those of the environment that was released to before."""

    source: str
    target: str
    release: str
    commit: str
    verification: str
    artefacts: int

    def summary(self) -> str:
        """One line for whoever approves."""
        return (
            f"{self.target} gets the {self.artefacts} artefacts of {self.source}: commit {self.commit[:12]}, "
            f"release {self.release}, gate {self.verification}"
        )


def examine(source: Environment, target: str, assembly: Path) -> Promotion:
    """Compares what `source` runs with what `assembly`, synthesised for `target`, would release.

    Raises:
        OperatorError: other artefacts, or they did not pass (exit code 1); nothing deployed, no assembly (exit code 5).
    """
    wanted = contents_of(assembly)
    manifest = read_manifest(source)
    running = manifest.asset_hashes
    assets: dict[str, str] = wanted["asset_hashes"]
    names = sorted((running.keys() | assets.keys()) - OF_THE_ENVIRONMENT)
    different = [name for name in names if running.get(name) != assets.get(name)]
    if different:
        raise OperatorError(
            f"{target} would get other artefacts than {source.name} runs: {', '.join(different[:8])}",
            error="not-promoted",
            next_step=f"let one execution of the pipeline release to {source.name} and then to {target}",
            code=ExitCode.CHECK_FAILED,
        )
    if manifest.verdict != _PASSED:
        raise OperatorError(
            f"the release of {source.name} has the verdict {manifest.verdict}: {manifest.verification_summary}",
            error="not-promoted",
            next_step=f"acinaces validate --env {source.name}",
            code=ExitCode.CHECK_FAILED,
        )
    return Promotion(
        source=source.name,
        target=target,
        release=manifest.release_id,
        commit=manifest.git_commit,
        verification=f"{manifest.verdict} ({manifest.verification_summary})",
        artefacts=len(names),
    )


def contents_of(assembly: Path) -> dict[str, Any]:
    """The section `contents` of the manifest that the assembly's release would write.

    Raises:
        OperatorError: the assembly has none (exit code 5).
    """
    parts = [
        json.loads(resource["Properties"]["Value"])
        for _, _, template in stacks_in(assembly)
        for resource in template.get("Resources", {}).values()
        if resource["Type"] == "AWS::SSM::Parameter" and _CONTENTS.search(str(resource["Properties"].get("Name")))
    ]
    if parts:
        return joined(parts)
    raise OperatorError(
        f"{assembly} holds no release",
        error="assembly-missing",
        next_step=f"cdk synth -c pipeline=main --output {assembly.parent}",
        code=ExitCode.PRECONDITION,
    )
