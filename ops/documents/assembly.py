"""A synthesised environment, read as data: templates, and what a reference in one of them stands for."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from environments import Environment
from ops.documents.acknowledged import Acknowledged, read_acknowledged

# Properties that hold a resource's name, where it has one of our choice.
_NAMES: Final = (
    "TableName", "FunctionName", "TopicName", "BucketName", "QueueName", "Name", "AlarmName", "StateMachineName",
    "LogGroupName", "RestApiName", "BackupVaultName", "DashboardName",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One resource of a template. `part` is its stack: `Network`, `Data`, …"""

    part: str
    id: str
    type: str
    properties: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Its physical name; empty where CloudFormation chooses one."""
        return next((self.properties[key] for key in _NAMES if isinstance(self.properties.get(key), str)), "")


@dataclass(frozen=True, kw_only=True)
class Assembly:
    """`templates` by part; `regions` where each stack is deployed."""

    environment: Environment
    templates: Mapping[str, Mapping[str, Any]]
    regions: Mapping[str, str]
    acknowledged: Sequence[Acknowledged] = ()

    @classmethod
    def read(cls, environment: Environment, directory: Path) -> Assembly:
        """The assembly that CDK wrote to `directory`. Raises OSError and ValueError as they come."""
        prefix = f"Acinaces-{environment.name}-"
        manifest = json.loads((directory / "manifest.json").read_text(encoding="utf-8"))
        stacks = {
            name.removeprefix(prefix): artifact
            for name, artifact in sorted(manifest["artifacts"].items())
            if artifact["type"] == "aws:cloudformation:stack" and name.startswith(prefix)
        }
        return cls(
            environment=environment,
            templates={
                part: json.loads((directory / stack["properties"]["templateFile"]).read_text(encoding="utf-8"))
                for part, stack in stacks.items()
            },
            regions={part: stack["environment"].rpartition("/")[2] for part, stack in stacks.items()},
            acknowledged=tuple(read_acknowledged(directory, prefix)),
        )

    def resources(self, *types: str) -> Iterator[Resource]:
        """Resources of these types in all stacks, by stack and name."""
        for part, template in self.templates.items():
            found = [
                Resource(part=part, id=id, type=body["Type"], properties=body.get("Properties", {}))
                for id, body in template.get("Resources", {}).items()
                if body["Type"] in types
            ]
            yield from sorted(found, key=lambda resource: (resource.name, resource.id))

    def target(self, part: str, value: Any) -> Resource | None:
        """The resource that `value`, a reference in the template of `part`, points at; None for anything else."""
        if not isinstance(value, Mapping) or len(value) != 1:
            return None
        ((function, argument),) = value.items()
        if function == "Fn::GetStackOutput":
            part = str(argument["StackName"]).removeprefix(f"Acinaces-{self.environment.name}-")
            output = self.templates.get(part, {}).get("Outputs", {}).get(argument["OutputName"])
            return self.target(part, output["Value"]) if output else None
        id = str(argument[0] if function == "Fn::GetAtt" else argument)
        body = self.templates.get(part, {}).get("Resources", {}).get(id)
        return Resource(part=part, id=id, type=body["Type"], properties=body.get("Properties", {})) if body else None

    def text(self, part: str, value: Any) -> str:
        """`value` as people read it; empty where only a deployment knows it."""
        if isinstance(value, str | int | float | bool):
            return str(value)
        found = self.target(part, value)
        return found.name if found else ""


def synthesise(environment: Environment) -> Assembly:
    """Synthesises `environment` with the project's own cdk and reads it.

    Raises:
        OperatorError: synthesis failed; its own words stand above.
    """
    with _synthesised(f"env={environment.name}", next_step=f"make synth ENV={environment.name}") as directory:
        return Assembly.read(environment, directory)


def pipeline_acknowledged(pipeline: str) -> Sequence[Acknowledged]:
    """What the stacks of `pipeline` itself acknowledge. Raises OperatorError."""
    context = f"pipeline={pipeline}"
    with _synthesised(context, next_step=f"cdk synth -c {context}") as directory:
        return tuple(read_acknowledged(directory, f"Acinaces-{pipeline}-"))


@contextmanager
def _synthesised(context: str, *, next_step: str) -> Iterator[Path]:
    from ops.deploy import run
    from ops.errors import OperatorError

    with tempfile.TemporaryDirectory(prefix="acinaces-synthesis-") as directory:
        # CDK's own validation belongs to deployments and pull requests; it reads templates and changes none.
        command = ["env", "CDK_VALIDATION=false", "cdk", "synth", "--quiet", "--no-notices"]
        # To be read only: nothing is deployed to the accounts that stand in the committed files.
        if run([*command, "-c", context, "-c", "placeholders=read-only", "--output", directory], quiet=True):
            raise OperatorError(f"{context} could not be synthesised", error="synthesis-failed", next_step=next_step)
        yield Path(directory)
