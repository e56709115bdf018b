"""The manifest of 300 handlers: every parameter fits into the standard tier, and readers join the parts."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aws_cdk import App, CfnParameter, Stack
from aws_cdk.assertions import Template

from constructs.manifest import Manifest
from lambda_src.journal.sections import read_section

HANDLERS = [f"a-handler-with-a-rather-long-name-{number}" for number in range(300)]
STANDARD_TIER = 4096
# The longest ARN of an alias.
ARN = f"arn:aws:lambda:ap-southeast-99:123456789012:function:{'f' * 58}:live"


@pytest.fixture(scope="module")
def parameters() -> dict[str, str]:
    """Name -> value, as CloudFormation fills it in."""
    stack = Stack(App(), "Release")
    arn = CfnParameter(stack, "Arn").value_as_string
    sections: dict[str, dict[str, Any]] = {
        "functions": {
            "lambda_function_names": {name: f"production-crypto-trading-{name}"[:64] for name in HANDLERS},
            "lambda_function_arns": dict.fromkeys(HANDLERS, arn),
        },
        "contents": {
            "release_id": "r",
            "git_commit": "c" * 40,
            "note": None,
            "asset_hashes": {f"function/{name}": "0" * 64 for name in HANDLERS},
        },
        "small": {"zones": ["a", "b"], "tables": {"orders": "o"}},
    }
    manifest = Manifest(stack, "Manifest", environment_name="demo", sections=sections)
    found = Template.from_stack(stack).find_resources("AWS::SSM::Parameter").values()
    values = {each["Properties"]["Name"]: text_of(each["Properties"]["Value"]) for each in found}
    assert set(values) == {name for section in sections for name in manifest.names(section)}
    return values


def text_of(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "".join(part if isinstance(part, str) else ARN for part in value["Fn::Join"][1])


def test_each_parameter_fits_into_the_standard_tier(parameters: dict[str, str]) -> None:
    assert max(len(value.encode()) for value in parameters.values()) <= STANDARD_TIER
    assert len(parameters) > 3


def test_the_parts_are_the_section(parameters: dict[str, str]) -> None:
    functions = read_section(parameters.__getitem__, "/acinaces/demo/manifest/functions")
    contents = read_section(parameters.__getitem__, "/acinaces/demo/manifest/contents")

    assert list(functions["lambda_function_names"]) == HANDLERS
    assert functions["lambda_function_arns"] == dict.fromkeys(HANDLERS, ARN)
    assert {key: contents[key] for key in ("release_id", "note")} == {"release_id": "r", "note": None}
    assert len(contents["asset_hashes"]) == len(HANDLERS)
    assert set(contents) == {"release_id", "git_commit", "note", "asset_hashes"}


def test_what_fits_is_one_parameter_as_it_was(parameters: dict[str, str]) -> None:
    assert json.loads(parameters["/acinaces/demo/manifest/small"]) == {"zones": ["a", "b"], "tables": {"orders": "o"}}
