"""What deploying a synthesised assembly would change in an environment, against what is deployed there now."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from botocore.exceptions import ClientError

from environments import Environment
from ops.aws import CLIENT_CONFIG, explained, require_account, session
from ops.errors import ExitCode, OperatorError
from ops.grants import added

# Whoever deletes or replaces these loses what is in them.
STATEFUL: Final = (
    "AWS::Backup::BackupVault",
    "AWS::DynamoDB::Table",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::KMS::Key",
    "AWS::RDS::",
    "AWS::Route53::HostedZone",
    "AWS::S3::Bucket",
    "AWS::SecretsManager::Secret",
    "AWS::Timestream::",
)
_MOST_SHOWN: Final = 40


@dataclass(frozen=True, kw_only=True)
class StackChange:
    """One stack. `deployed`: it was there. Resources are logical ids with their types."""

    name: str
    deployed: bool
    permissions: tuple[str, ...]
    created: dict[str, str]
    changed: dict[str, str]
    removed: dict[str, str]

    @property
    def state_removed(self) -> list[str]:
        """Of those that would go, the ones that hold something."""
        return [f"{name} ({kind})" for name, kind in self.removed.items() if kind.startswith(STATEFUL)]


@dataclass(frozen=True, kw_only=True)
class Changes:
    """All stacks of an environment."""

    environment: str
    stacks: tuple[StackChange, ...]

    @property
    def first(self) -> bool:
        """Whether nothing is deployed yet: then there is nothing that could grow."""
        return not any(stack.deployed for stack in self.stacks)

    @property
    def new_permissions(self) -> list[str]:
        """Of stacks that are there; a first deployment's are all of them, and were reviewed as code."""
        return [] if self.first else [f"{s.name}: {one}" for s in self.stacks for one in s.permissions]

    @property
    def digest(self) -> str:
        """Twelve hexadecimal digits of the new permissions: a person agrees to these and no others."""
        return hashlib.sha256("\n".join(self.new_permissions).encode()).hexdigest()[:12]

    def summary(self) -> str:
        """One line for whoever approves."""
        if self.first:
            return f"{self.environment}: first deployment"
        counts = {
            "created": sum(len(stack.created) for stack in self.stacks),
            "changed": sum(len(stack.changed) for stack in self.stacks),
            "removed": sum(len(stack.removed) for stack in self.stacks),
        }
        told = ", ".join(f"{number} {word}" for word, number in counts.items() if number) or "nothing changes"
        lost = [one for stack in self.stacks for one in stack.state_removed]
        grown = f"; {len(self.new_permissions)} NEW PERMISSIONS" if self.new_permissions else "; no new permission"
        return f"{self.environment}: {told}{grown}" + (f"; STATE REMOVED: {', '.join(lost)}" if lost else "")

    def to_markdown(self) -> str:
        """Permissions first, then state, then the rest."""
        lines = [f"## Changes to {self.environment}", "", self.summary(), ""]
        if self.new_permissions:
            shown = self.new_permissions[:_MOST_SHOWN]
            lines += [f"### New permissions ({self.digest})", "", *(f"- `{one}`" for one in shown), ""]
            if len(self.new_permissions) > len(shown):
                lines += [f"… and {len(self.new_permissions) - len(shown)} more", ""]
        for stack in self.stacks:
            rows = [
                f"- {word} `{name}` {kind}"
                for word, found in (("removed", stack.removed), ("changed", stack.changed), ("new", stack.created))
                for name, kind in found.items()
                if stack.deployed
            ]
            lines += [f"### {stack.name}", "", *rows, ""] if rows else []
        return "\n".join(lines).rstrip() + "\n"


def compare(environment: Environment, assembly: Path) -> Changes:
    """Compares the templates in `assembly` with those deployed.

    Raises:
        OperatorError: there is no assembly (exit code 5), or AWS cannot be asked.
    """
    stacks = stacks_in(assembly)
    require_account(environment)
    with explained(environment, "reading the deployed templates"):
        found = [_compare(environment, name, region, template) for name, region, template in stacks]
    return Changes(environment=environment.name, stacks=tuple(found))


def stacks_in(assembly: Path) -> list[tuple[str, str, dict[str, Any]]]:
    """Name, region and template of each stack of an assembly. Raises OperatorError where there is none."""
    try:
        manifest = json.loads((assembly / "manifest.json").read_text(encoding="utf-8"))
        return [
            (
                artifact["properties"].get("stackName", name),
                artifact["environment"].rpartition("/")[2],
                json.loads((assembly / artifact["properties"]["templateFile"]).read_text(encoding="utf-8")),
            )
            for name, artifact in sorted(manifest["artifacts"].items())
            if artifact["type"] == "aws:cloudformation:stack"
        ]
    except (OSError, ValueError, KeyError) as error:
        raise OperatorError(
            f"{assembly} holds no synthesised assembly: {error}",
            error="assembly-missing",
            next_step=f"cdk synth -c pipeline=main --output {assembly.parent}",
            code=ExitCode.PRECONDITION,
        ) from error


def accept(environment: Environment, digest: str) -> None:
    """Writes down that the new permissions with `digest` are agreed to; SSM keeps who did so, and when."""
    require_account(environment)
    with explained(environment, "writing down what is agreed to"):
        client = session(environment).client("ssm", config=CLIENT_CONFIG)
        client.put_parameter(Name=accepted_parameter(environment), Value=digest, Type="String", Overwrite=True)


def require_agreement(environment: Environment, changes: Changes) -> None:
    """Nothing, unless there are new permissions that nobody has agreed to.

    Raises:
        OperatorError: then (exit code 5).
    """
    if not changes.new_permissions or changes.digest == _accepted(environment):
        return
    raise OperatorError(
        f"{environment.name} would get {len(changes.new_permissions)} new permissions; the first: "
        f"{changes.new_permissions[0]}",
        error="new-permissions",
        next_step=f"read them, then: acinaces accept-permissions --env {environment.name} --digest {changes.digest}",
        code=ExitCode.PRECONDITION,
    )


def accepted_parameter(environment: Environment) -> str:
    """SSM: the digest of the new permissions that were agreed to last."""
    return f"/acinaces/{environment.name}/accepted-permissions"


def _accepted(environment: Environment) -> str | None:
    client = session(environment).client("ssm", config=CLIENT_CONFIG)
    with explained(environment, "reading what was agreed to"):
        found = client.get_parameters(Names=[accepted_parameter(environment)])["Parameters"]
    return found[0]["Value"] if found else None


def _compare(environment: Environment, name: str, region: str, template: dict[str, Any]) -> StackChange:
    deployed = _deployed(environment, name, region)
    before = (deployed or {}).get("Resources", {})
    after = template.get("Resources", {})
    return StackChange(
        name=name,
        deployed=deployed is not None,
        permissions=tuple(added(deployed or {}, template)),
        created={key: one["Type"] for key, one in after.items() if key not in before},
        changed={key: one["Type"] for key, one in after.items() if key in before and _differ(before[key], one)},
        removed={key: one["Type"] for key, one in before.items() if key not in after},
    )


def _differ(before: dict[str, Any], after: dict[str, Any]) -> bool:
    """Metadata (construct paths, asset names) is no change."""
    return {**before, "Metadata": None} != {**after, "Metadata": None}


def _deployed(environment: Environment, name: str, region: str) -> dict[str, Any] | None:
    client = session(environment).client("cloudformation", region_name=region, config=CLIENT_CONFIG)
    try:
        body = client.get_template(StackName=name, TemplateStage="Original")["TemplateBody"]
    except ClientError as error:
        if "does not exist" in error.response.get("Error", {}).get("Message", ""):
            return None
        raise
    # boto3 gives JSON as an object; a stack that was made otherwise may be text.
    found: dict[str, Any] = json.loads(body) if isinstance(body, str) else dict(body)
    return found
