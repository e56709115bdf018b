"""One entry of the registry of accepted findings, and short forms of the ids that cdk-nag gives its rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Acknowledgement:
    """Findings that are accepted for one reason.

    rules: ids with their namespace, as the report prints them; `{environment}`, `{account}`, `{region}` are filled in.
    stack: `Network`, `Data`, …
    paths: of the constructs below their stack; `*` stands for any text within one id.
    environments: only in these, `*` as in paths; empty: in all.
    """

    rules: tuple[str, ...]
    stack: str
    paths: tuple[str, ...]
    reason: str
    owner: str
    environments: tuple[str, ...] = ()


PLATFORM: Final = "platform team"
SECURITY: Final = "security owner"


def solutions(*rules: str) -> tuple[str, ...]:
    return tuple(f"AwsSolutions::AwsSolutions-{rule}" for rule in rules)


def serverless(*rules: str) -> tuple[str, ...]:
    return tuple(f"Serverless::Serverless-{rule}" for rule in rules)


def wildcards(*findings: str) -> tuple[str, ...]:
    return solutions(*(f"IAM5[{finding}]" for finding in findings))


def managed_policy(name: str) -> tuple[str, ...]:
    return solutions(f"IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/{name}]")
