"""Keeping what a release's stacks were made from, beside its report: enough to make them again (docs/adr/0016).

    releases/<release id>/stacks/<stack>.json            tags, parameters, protection
    releases/<release id>/stacks/<stack>.template.json   the template, as CloudFormation was given it

The files that a template names stay in CDK's staging bucket, by their content.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from lambda_src.verification.gate_request import key_part

_STANDS: Final = ("CREATE_COMPLETE", "UPDATE_COMPLETE")


class KeptStack(BaseModel):
    """What a stack was deployed with besides its template; `tags` and `parameters` by name."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str
    release_id: str
    tags: dict[str, str] = {}
    parameters: dict[str, str] = {}
    protected: bool = False


def kept_keys(prefix: str, release_id: str, stack: str) -> tuple[str, str]:
    """Where a stack of a release is kept in the report bucket: the description, the template."""
    folder = f"{prefix}{key_part(release_id)}/stacks/{stack}"
    return f"{folder}.json", f"{folder}.template.json"


def keep(
    stacks: Sequence[str], *, release_id: str, bucket: str, prefix: str, cloudformation: Any, s3: Any
) -> list[str]:
    """Stores those of `stacks` that stand as they were deployed; returns their names. Raises what boto3 raises."""
    kept = []
    for name in stacks:
        try:
            (stack,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
        except cloudformation.exceptions.ClientError as error:
            # How CloudFormation says that there is no such stack, yet.
            if error.response["Error"]["Code"] != "ValidationError":
                raise
            continue
        if stack["StackStatus"] not in _STANDS:
            continue
        body = cloudformation.get_template(StackName=name, TemplateStage="Original")["TemplateBody"]
        # boto3 reads a template in JSON into a dictionary.
        template = json.loads(body) if isinstance(body, str) else body
        document = KeptStack(
            name=name,
            release_id=release_id,
            tags={tag["Key"]: tag["Value"] for tag in stack.get("Tags", [])},
            parameters=_given(stack, template),
            protected=bool(stack.get("EnableTerminationProtection")),
        )
        keys = kept_keys(prefix, release_id, name)
        # The template first: a description says that both are there.
        for key, text in reversed(list(zip(keys, (document.model_dump_json(), json.dumps(template)), strict=True))):
            s3.put_object(Bucket=bucket, Key=key, Body=text.encode(), ContentType="application/json")
        kept.append(name)
    return kept


def _given(stack: Any, template: Any) -> dict[str, str]:
    """Parameters that somebody must give. CDK's own have a default: the name of a value in SSM."""
    declared = template.get("Parameters", {})
    return {
        item["ParameterKey"]: item["ParameterValue"]
        for item in stack.get("Parameters", [])
        if "Default" not in declared.get(item["ParameterKey"], {})
    }
