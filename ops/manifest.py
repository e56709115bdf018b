"""The manifest (M3): one machine-readable description of what is deployed in an environment.

The release stack writes it as SSM parameters, a section each; here they are read, joined and validated. The model is
the schema; `manifests/manifest.schema.json` is the same for other programs (`make docs` writes it).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from environments import Environment
from lambda_src.journal.sections import joined
from ops.aws import CLIENT_CONFIG, explained, session
from ops.errors import ExitCode, OperatorError
from ops.files import write_text
from ops.loopback import on_loopback

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient


# Goes up when a field is renamed or removed, or means something else; a new field needs no new version.
SchemaVersion = Literal["1"]
SCHEMA_VERSION: Final[str] = get_args(SchemaVersion)[0]


class Manifest(BaseModel):
    """Every field of the seeds' manifest, and what a release adds. A missing field is an error that names it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: SchemaVersion
    environment: str = Field(min_length=1)
    aws_region: str = Field(min_length=1)
    account_id: str = Field(pattern=r"^\d{12}$")
    vpc_id: str = Field(min_length=1)
    private_subnet_ids: tuple[str, ...] = Field(min_length=1)
    public_subnet_ids: tuple[str, ...] = Field(min_length=1)
    api_gateway_endpoint: str = Field(pattern=r"^https?://")
    api_gateway_stage_invoke_url: str = Field(pattern=r"^https?://")
    frontend_assets_bucket_id: str = Field(min_length=1)
    frontend_url: str = Field(pattern=r"^https?://")
    cloudfront_distribution_id: str = Field(min_length=1)
    cloudfront_domain_name: str = Field(min_length=1)
    lambda_deployment_bucket_id: str = Field(min_length=1)
    lambda_function_names: dict[str, str] = Field(min_length=1)
    lambda_function_arns: dict[str, str] = Field(min_length=1)
    dynamodb_table_names: dict[str, str] = Field(min_length=1)
    redis_endpoint: str = Field(min_length=1)
    # Timestream is an option; null where the environment does not have it.
    timestream_database_name: str | None
    exchange_secret_arns: dict[str, str] = Field(min_length=1)
    ai_provider_secret_arns: dict[str, str] = Field(min_length=1)
    step_functions_state_machine_arns: dict[str, str] = Field(min_length=1)
    eventbridge_event_bus_arn: str = Field(min_length=1)
    api_key_secret_arn: str = Field(min_length=1)
    release_id: str = Field(min_length=1)
    git_commit: str = Field(min_length=1)
    # Releases before the journal do not say it.
    git_author: str = "unknown"
    git_committed: str = "unknown"
    asset_hashes: dict[str, str] = Field(min_length=1)
    verdict: str = Field(min_length=1)
    verification_summary: str
    report: str
    # The embedded cloud alone: a real environment's key stays in Secrets Manager.
    api_key: str | None = None


def manifest_schema() -> dict[str, Any]:
    """The manifest as JSON Schema, for programs that are not this one."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:acinaces:manifest:{SCHEMA_VERSION}",
        **Manifest.model_json_schema(),
    }


def parse_manifest(values: Mapping[str, Any], *, source: str) -> Manifest:
    """Validates `values`.

    Raises:
        OperatorError: fields are missing or wrong, and the message names each; or the manifest is of another version
            of the schema (both exit code 5).
    """
    if values.get("schema_version", SCHEMA_VERSION) != SCHEMA_VERSION:
        commit = str(values.get("git_commit", "COMMIT")).removesuffix("-dirty")
        raise OperatorError(
            f"the manifest from {source} has schema version {values['schema_version']}, this command knows "
            f"{SCHEMA_VERSION}",
            error="manifest-of-another-version",
            next_step=f"git switch --detach {commit}, and run the command from there",
            code=ExitCode.PRECONDITION,
        )
    try:
        return Manifest.model_validate(values)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in problem['loc'])}: "
            f"{'missing' if problem['type'] == 'missing' else problem['msg']}"
            for problem in error.errors(include_url=False)
        )
        raise OperatorError(
            f"the manifest from {source} is not complete: {problems}",
            error="manifest-incomplete",
            next_step="deploy the environment again so that the release writes it anew",
            code=ExitCode.PRECONDITION,
        ) from error


def read_manifest(environment: Environment) -> Manifest:
    """The manifest of what is deployed now.

    Raises:
        OperatorError: AWS cannot be asked, nothing is deployed, or the manifest is not complete.
    """
    prefix = f"/acinaces/{environment.name}/manifest"
    with explained(environment, f"reading the manifest {prefix}"):
        sections = _sections(session(environment).client("ssm", config=CLIENT_CONFIG), prefix)
    if not sections:
        raise OperatorError(
            f"nothing is deployed in {environment.name}: there is no SSM parameter below {prefix}",
            error="nothing-deployed",
            next_step="make local" if environment.gate.allow_loopback else f"make deploy ENV={environment.name}",
            code=ExitCode.PRECONDITION,
        )
    return parse_manifest(joined(sections.values()), source=prefix)


def write_manifest(environment: Environment, directory: Path) -> tuple[Path, Manifest]:
    """Writes `{directory}/{environment}-manifest.json` in one step; returns its path and what it holds.

    Of the embedded cloud it holds an API key as well, and addresses that work on the laptop. Raises as `read_manifest`.
    """
    manifest = read_manifest(environment)
    if environment.gate.allow_loopback:
        manifest = manifest.model_copy(update=on_loopback(environment, manifest))
    content = manifest.model_dump(mode="json", exclude={"api_key"} if manifest.api_key is None else None)
    path = directory / f"{environment.name}-manifest.json"
    write_text(path, json.dumps(content, indent=2) + "\n", mode=0o600)
    return path, manifest


def _sections(ssm: SSMClient, prefix: str) -> dict[str, dict[str, Any]]:
    pages = ssm.get_paginator("get_parameters_by_path").paginate(Path=prefix, Recursive=True)
    return {
        parameter["Name"].removeprefix(f"{prefix}/"): json.loads(parameter["Value"])
        for page in pages
        for parameter in page["Parameters"]
    }
