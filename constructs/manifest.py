"""The manifest (M3) as SSM parameters: one section each, so that none meets the size limit of a parameter."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_ssm as ssm

from constructs import Construct


def parameter_prefix(environment_name: str) -> str:
    """`/acinaces/{environment}/manifest`; `ops.manifest` reads what is below it."""
    return f"/acinaces/{environment_name}/manifest"


class Manifest(Construct):
    """Writes each section as JSON under `/acinaces/{environment}/manifest/{section}`."""

    def __init__(
        self, scope: Construct, id: str, *, environment_name: str, sections: Mapping[str, Mapping[str, Any]]
    ) -> None:
        super().__init__(scope, id)
        self._environment_name = environment_name
        self.parameters: dict[str, ssm.StringParameter] = {}
        for name, section in sections.items():
            self.add_section(name, section)
        CfnOutput(self, "Prefix", value=parameter_prefix(environment_name), description="SSM path of the manifest")

    def add_section(self, name: str, section: Mapping[str, Any]) -> None:
        """One section more: for what is known only after others needed the first ones."""
        self.parameters[name] = ssm.StringParameter(
            self,
            name,
            parameter_name=f"{parameter_prefix(self._environment_name)}/{name}",
            description=f"Manifest of {self._environment_name}: {name}",
            string_value=self._to_json(section),
            # Up to 4 KB costs nothing; AWS moves a larger value to the 8 KB tier by itself.
            tier=ssm.ParameterTier.INTELLIGENT_TIERING,
        )

    def _to_json(self, section: Mapping[str, Any]) -> str:
        """The section as JSON. Each value by itself: on the way to CDK, None would be left out of an object."""
        stack = Stack.of(self)
        pairs = [
            f"{json.dumps(key)}:{'null' if value is None else stack.to_json_string(value)}"
            for key, value in section.items()
        ]
        return "{" + ",".join(pairs) + "}"
