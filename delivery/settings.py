"""`delivery.toml`: every mistake is one line with the key and what is allowed."""

from __future__ import annotations

import difflib
import tomllib
from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints, ValidationError

from environments.sections import EmailAddress, Region, Section

FILE = Path(__file__).resolve().parent / "delivery.toml"
# A role is called after the pipeline and the role of an environment that it asks as; IAM takes 64 characters.
PipelineName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]{1,5}$")]
PolicyName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+=,.@_-]{1,128}$")]
Branch = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,99}$")]


class DeliveryFileError(Exception):
    """Settings of the pipelines that cannot be used; the message is the one line to show. Exit code 2."""


class Source(Section):
    """The repository, and the connection through which CodePipeline reads it."""

    repository: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$")]
    connection_arn: Annotated[
        str,
        StringConstraints(
            pattern=r"^arn:aws[a-z-]*:(codeconnections|codestar-connections):[a-z0-9-]+:\d{12}:connection/[0-9a-f-]+$"
        ),
    ]


class PipelineAlerts(Section):
    """Who hears that a pipeline failed or waits."""

    email: tuple[EmailAddress, ...] = Field(min_length=1, strict=False)


class PipelineSettings(Section):
    """One pipeline: the branch that starts it, and environments that it leaves out."""

    description: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    branch: Branch
    skip: tuple[str, ...] = Field(default=(), strict=False)


class DeliverySettings(Section):
    """All of the file."""

    region: Region
    source: Source
    alerts: PipelineAlerts
    # The managed policy that no role of a pipeline can do more than; `acinaces bootstrap --pipeline` makes it. Left
    # out: none, for an account that was prepared by a plain `cdk bootstrap`.
    permissions_boundary: PolicyName | None = None
    pipelines: dict[PipelineName, PipelineSettings] = Field(min_length=1)


def load_settings(path: Path = FILE) -> DeliverySettings:
    """The settings in `path`, validated.

    Raises:
        DeliveryFileError: malformed TOML, an unknown key, a wrong value.
    """
    shown = f"{path.parent.name}/{path.name}"
    try:
        return DeliverySettings.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in problem["loc"])
        what = "unknown key" if problem["type"] == "extra_forbidden" else problem["msg"]
        raise DeliveryFileError(f"{shown}: {key}: {what}") from error
    except (OSError, ValueError) as error:
        raise DeliveryFileError(f"{shown}: not readable as TOML: {error}") from error


def choose(settings: DeliverySettings, name: str) -> PipelineSettings:
    """The pipeline called `name`. Raises DeliveryFileError with those there are."""
    if name in settings.pipelines:
        return settings.pipelines[name]
    known = ", ".join(sorted(settings.pipelines))
    close = difflib.get_close_matches(name, settings.pipelines, n=1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    raise DeliveryFileError(f"unknown pipeline {name!r}: delivery/delivery.toml has {known}.{hint}")
