"""Names of the pipelines' roles. Accounts trust exactly these: they are there before the pipeline is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from delivery.checks import PREFLIGHT_ROLE, VALIDATION_ROLE
from delivery.settings import DeliverySettings
from environments import Environment

# All of them begin so: what the pipeline's execution policy may make, and pass on.
PREFIX: Final = "acinaces-pipeline-"


def named(pipeline: str, part: str) -> str:
    """A role of one pipeline. `part`: `synth`, `tests`, `deploys`, `publishes`, `updates`, or a role to ask as."""
    return f"{PREFIX}{pipeline}-{part}"


def deploying(settings: DeliverySettings, environment: Environment) -> list[str]:
    """Who takes CDK's roles for deployment and files in the environment's account."""
    return [named(name, part) for name in _through(settings, environment) for part in ("deploys", "publishes")]


def asking_first(settings: DeliverySettings, environment: Environment) -> list[str]:
    """Who takes the role that looks before a deployment."""
    return [
        named(name, PREFLIGHT_ROLE.format(environment=environment.name)) for name in _through(settings, environment)
    ]


def validating(settings: DeliverySettings, environment: Environment) -> list[str]:
    """Who takes the role that verifies what serves."""
    role = VALIDATION_ROLE.format(environment=environment.name)
    return [named(name, role) for name in _through(settings, environment)]


def only(account: str, names: list[str]) -> Mapping[str, Any]:
    """A condition of trust in `account`: the caller is one of its roles of these names.

    Beside the account, not instead of it: IAM refuses a principal that does not exist yet, and keeps the identity of
    one that does, so that a role made again would no longer be trusted.
    """
    return {"ArnEquals": {"aws:PrincipalArn": [f"arn:aws:iam::{account}:role/{name}" for name in names]}}


def _through(settings: DeliverySettings, environment: Environment) -> list[str]:
    """The pipelines that deploy to the environment."""
    return [name for name, pipeline in settings.pipelines.items() if environment.name not in pipeline.skip]
