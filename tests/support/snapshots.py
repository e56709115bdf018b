"""A construct in a stack of its own, as the part of the template that people review."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from typing import Any

import stacks  # noqa: F401 - first, because it chooses the Node that runs CDK

# isort: split
import aws_cdk as cdk
from aws_cdk import assertions
from aws_cdk import aws_kms as kms
from syrupy.extensions.json import JSONSnapshotExtension

from constructs import Construct
from tests.support.synthesis import CONTEXT

ENV = cdk.Environment(account="123456789012", region="eu-central-1")
ZONES = ["eu-central-1a", "eu-central-1b"]
# Hashes of assets and of function versions: they say that something changed, never what.
_HASHES = (
    (re.compile(r"\b[0-9a-f]{64}\b"), "<asset>"),
    (re.compile(r"(CurrentVersion[0-9A-F]{8})[0-9a-f]{32}"), r"\1<version>"),
)
_SMALLEST, _LARGEST = 200, 15_000


class Readable(JSONSnapshotExtension):
    """One JSON file per test, whose size says whether a person will read it."""

    def serialize(self, data: Any, **options: Any) -> Any:
        text = super().serialize(data, **options)
        assert _SMALLEST < len(text) <= _LARGEST, (
            f"{len(text)} characters: nobody reviews that; cut the test's construct"
        )
        return text


def template_of(build: Callable[[Construct], object]) -> dict[str, Any]:
    """The resources that `build` adds to an empty stack, hashes masked."""
    with tempfile.TemporaryDirectory() as directory:
        app = cdk.App(context=CONTEXT, analytics_reporting=False, outdir=directory)
        stack = _Stack(app, "Snapshot", env=ENV)
        build(stack)
        resources: dict[str, Any] = assertions.Template.from_stack(stack).to_json()["Resources"]
    masked: dict[str, Any] = _masked(resources)
    return masked


class _Stack(cdk.Stack):
    @property
    def availability_zones(self) -> list[str]:
        """Named, because CDK would ask an account."""
        return ZONES


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        for pattern, replacement in _HASHES:
            value = pattern.sub(replacement, value)
        return value
    if isinstance(value, list):
        return [_masked(item) for item in value]
    if isinstance(value, dict):
        return {_masked(key): _masked(item) for key, item in value.items()}
    return value


def log_key(scope: Construct) -> kms.IKey:
    """A key of another stack, for log groups."""
    return kms.Key.from_key_arn(
        scope, "LogKey", "arn:aws:kms:eu-central-1:123456789012:key/00000000-0000-0000-0000-000000000000"
    )
