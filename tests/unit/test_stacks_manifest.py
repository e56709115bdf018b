"""The manifest's sections, joined, are what `ops.manifest.Manifest` asks for; the two must not drift apart."""

from __future__ import annotations

import json
from typing import Any

from ops.manifest import SCHEMA_VERSION, Manifest
from stacks import manifest_sections
from tests.support.synthesis import Synthesis

# Written by `local` alone, never by a stack.
_NOT_FROM_STACKS = {"api_key"}


def test_every_field_is_written_by_the_release(synthesis: Synthesis) -> None:
    written: set[str] = set()
    for resource in synthesis.resources(prefix="AWS::SSM::Parameter").values():
        if "/manifest/" in str(resource["Properties"]["Name"]):
            written |= set(json.loads(text_of(resource["Properties"]["Value"])))

    assert written == set(Manifest.model_fields) - _NOT_FROM_STACKS


def test_the_release_writes_the_version_that_the_command_reads() -> None:
    assert manifest_sections.SCHEMA_VERSION == SCHEMA_VERSION


def text_of(value: Any) -> str:
    """The parameter's JSON with a word for what CloudFormation fills in."""
    if isinstance(value, str):
        return value
    return "".join(part if isinstance(part, str) else "value" for part in value["Fn::Join"][1])
