"""An environment below a pipeline's assembly, exactly as `cdk synth -c env=NAME` writes it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk

from environments import Environment
from stacks.artifacts import Artifacts
from stacks.platform import Platform


class EnvironmentAssembly(cdk.App):
    """A stage of CDK Pipelines that is an app of its own, in the folder `directory`.

    A `cdk.Stage` below the pipeline's app would put its name into every construct's path, and so into logical ids and
    names: `cdk deploy` by hand and the pipeline would then replace each other's resources. An app has no such path;
    and its folder can be given to the CDK command line by itself.
    """

    def __init__(
        self, *, environment: Environment, artifacts: Artifacts, directory: Path, context: Mapping[str, Any]
    ) -> None:
        # Only read once the stacks have their names, which would otherwise begin with it.
        self._stage_name = ""
        super().__init__(outdir=str(directory), context=dict(context), analytics_reporting=False, auto_synth=False)
        self.platform = Platform(self, environment=environment, artifacts=artifacts)
        self._stage_name = environment.name

    @property
    def stage_name(self) -> str:
        """What CDK Pipelines calls the stage."""
        return self._stage_name
