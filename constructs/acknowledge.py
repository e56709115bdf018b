"""`acknowledge`: what a validator finds and stays as it is. It stands beside the construct, with reason and owner.

CDK's own API accepts empty reasons, ids without a namespace and ids that match nothing; here the first two are errors,
and `tests/unit/test_acknowledgements.py` fails on the third. docs/generated/acknowledgements.md lists all of them.
"""

from __future__ import annotations

import re
from typing import Final, Literal

from aws_cdk import Acknowledgment, Validations

from constructs import IConstruct

Owner = Literal["platform team", "security owner"]
PLATFORM: Final = "platform team"
SECURITY: Final = "security owner"
# Stands for any text in a finding about a policy: a hash, a token, the environment's name.
ANY: Final = "..."
_FEWEST_WORDS: Final = 4
# By how a rule is written in the report: whose rule it is.
_NAMESPACES: Final = (
    (r"AwsSolutions-", "AwsSolutions"),
    (r"Serverless-", "Serverless"),
    (r"NIST\.800\.53\.R5-", "NIST.800.53.R5"),
    (r"[EFW]\d{4}$", "CloudFormation-Validate"),
    (r"pf-", "cdk-preflight"),
    (r"@aws-cdk/", "Annotation"),
    # No rule of synthesis: `make pr` reads it from the metadata beside the template.
    (r"CKV2?_AWS_\d+$", "checkov"),
)


def acknowledge(construct: IConstruct, reason: str, owner: Owner, *rules: str) -> None:
    """Accepts findings of `rules`, as reports print them, at `construct` and below it.

    Raises:
        ValueError: no reason, no rule, a rule of no validator, or a warning of CDK that is not there.
    """
    if len(reason.split()) < _FEWEST_WORDS or not rules:
        raise ValueError(f"{construct}: an acknowledgement says what is accepted, and why: {reason!r}")
    ids = [qualified(rule) for rule in rules]
    for warning in (rule for rule in rules if rule.startswith("@aws-cdk/")):
        # CDK takes it away at once, and no report would show that it was never there.
        if not any(warning in str(entry.data) for entry in construct.node.metadata):
            raise ValueError(f"{construct.node.path}: CDK does not warn of {warning}")
    text = f"{reason} ({owner})"
    Validations.of(construct).acknowledge(*(Acknowledgment(id=id, reason=text) for id in ids))


def qualified(rule: str) -> str:
    """The id of `rule` with its namespace. Raises ValueError if it is a rule of no validator."""
    for pattern, namespace in _NAMESPACES:
        if re.match(pattern, rule):
            return f"{namespace}::{rule}"
    raise ValueError(f"{rule!r} is a rule of no validator that looks at these stacks")


def wildcards(*findings: str) -> tuple[str, ...]:
    """The rules about `*` in a policy, e.g. `Action::s3:List*` or `Resource::.../releases/*`; see ANY."""
    return tuple(f"AwsSolutions-IAM5[{finding}]" for finding in findings)


def managed_policy(name: str) -> str:
    """The rule about AWS's managed policy `service-role/NAME`."""
    return f"AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/{name}]"


def acknowledge_last_queue(queue: IConstruct) -> None:
    """At a queue of what could not be delivered."""
    acknowledge(
        queue,
        "Dead letters, under SQS's own key; an alarm is on it, and behind it comes a person, not another queue",
        PLATFORM,
        *("AwsSolutions-SQS3", "Serverless-SQSRedrivePolicy", "CKV_AWS_27"),
    )


def acknowledge_own_policies(stack: IConstruct) -> None:
    """At a stack with roles: it is about how CDK writes every grant, and about no role in particular."""
    acknowledge(
        stack,
        "Each role has one policy of its own, which goes with it and is nobody else's: grants are written beside it",
        SECURITY,
        "NIST.800.53.R5-IAMNoInlinePolicy",
    )
