"""The manifest (M3) as SSM parameters: one section each, so that none meets the size limit of a parameter."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_ssm as ssm

from constructs import Construct
from lambda_src.journal.sections import PARTS, part_name

# A parameter of the standard tier holds 4096; the rest is for what says how many parts there are.
_PART: Final = 4000
# Names and ARNs that are known only when the stack is deployed: an alias's ARN has at most 120 characters.
_LONGEST_VALUE: Final = 120
_TOKEN: Final = re.compile(r"\$\{Token\[[^\]]+\]\}")


def parameter_prefix(environment_name: str) -> str:
    """`/acinaces/{environment}/manifest`; `ops.manifest` reads what is below it."""
    return f"/acinaces/{environment_name}/manifest"


class Manifest(Construct):
    """Writes each section as JSON under `/acinaces/{environment}/manifest/{section}`.

    A section that is larger than a parameter is written in parts (`lambda_src.journal.sections`).
    """

    def __init__(
        self, scope: Construct, id: str, *, environment_name: str, sections: Mapping[str, Mapping[str, Any]]
    ) -> None:
        super().__init__(scope, id)
        self._environment_name = environment_name
        self.parameters: dict[str, list[ssm.StringParameter]] = {}
        for name, section in sections.items():
            self.add_section(name, section)
        CfnOutput(self, "Prefix", value=parameter_prefix(environment_name), description="SSM path of the manifest")

    def add_section(self, name: str, section: Mapping[str, Any]) -> None:
        """One section more: for what is known only after others needed the first ones."""
        parts = in_parts(section)
        self.parameters[name] = [
            self._parameter(part_name(name, number), part if len(parts) == 1 else {PARTS: len(parts), **part})
            for number, part in enumerate(parts, start=1)
        ]

    def names(self, section: str) -> list[str]:
        """The parameters of one section by their names, the first part first."""
        prefix = parameter_prefix(self._environment_name)
        return [f"{prefix}/{part_name(section, number + 1)}" for number in range(len(self.parameters[section]))]

    def _parameter(self, name: str, values: Mapping[str, Any]) -> ssm.StringParameter:
        return ssm.StringParameter(
            self,
            name,
            parameter_name=f"{parameter_prefix(self._environment_name)}/{name}",
            description=f"Manifest of {self._environment_name}: {name}",
            string_value=self._to_json(values),
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


def in_parts(section: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The section in parts of at most `_PART` characters each; what is no object is in the first."""
    parts: list[dict[str, Any]] = [{key: value for key, value in section.items() if not isinstance(value, dict)}]
    left = _PART - _length(parts[0])
    for key, members in section.items():
        if not isinstance(members, dict):
            continue
        parts[-1][key] = {}
        left -= len(key) + 6
        for name, value in members.items():
            size = _length({name: value})
            if size > left:
                parts.append({key: {}})
                left = _PART - len(key) - 6
            parts[-1][key][name] = value
            left -= size
    return parts


def _length(value: Mapping[str, Any]) -> int:
    """Characters of JSON, with room for what CloudFormation fills in."""
    text = json.dumps(value)
    return len(_TOKEN.sub("x" * _LONGEST_VALUE, text))
