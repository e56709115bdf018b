"""What every function here has in common in the eyes of validators: own functions, and those that CDK brings."""

from __future__ import annotations

from typing import Final

from constructs import IConstruct
from constructs.acknowledge import PLATFORM, SECURITY, acknowledge, managed_policy, wildcards

_CONCURRENCY: Final = ("NIST.800.53.R5-LambdaConcurrency", "CKV_AWS_115")
_DEAD_LETTERS: Final = ("Serverless-LambdaDLQ", "NIST.800.53.R5-LambdaDLQ", "CKV_AWS_116")
_IN_VPC: Final = ("NIST.800.53.R5-LambdaInsideVPC", "CKV_AWS_117")
_VERSION: Final = ("AwsSolutions-L1", "Serverless-LambdaLatestVersion")
_VARIABLES: Final = "CKV_AWS_173"
_BY_CDK: Final = "Written, versioned and called by CDK and CloudFormation; it has no setting for it"


def acknowledge_function(construct: IConstruct, *, failures: str | None, in_vpc: bool, reserved: bool) -> None:
    """At a construct with a function and its role. failures: who sees them if no queue of the function's own does."""
    acknowledge(
        construct,
        "One version behind the newest on purpose; AWS maintains it until 2029. On a laptop the host's own",
        PLATFORM,
        *_VERSION,
    )
    acknowledge(
        construct, "Variables hold names and ARNs, never a secret; Lambda's own key encrypts them", SECURITY, _VARIABLES
    )
    acknowledge(
        construct,
        "Calls that AWS grants on no narrower resource (tracing, interfaces, log delivery); a test lists them",
        SECURITY,
        *wildcards("Resource::*"),
        *(["CKV_AWS_111"] if in_vpc else []),
    )
    if not reserved:
        acknowledge(
            construct,
            "A reservation takes from the account's other functions; the API's throttling bounds the calls",
            PLATFORM,
            *_CONCURRENCY,
        )
    if failures:
        acknowledge(construct, failures, PLATFORM, *_DEAD_LETTERS)
    if not in_vpc:
        acknowledge(construct, "Calls AWS's own encrypted endpoints only: a VPC would add a way in", SECURITY, *_IN_VPC)


def acknowledge_plain_function_of_cdk(construct: IConstruct) -> None:
    """At a function that CDK writes without a type of its own, so that only checkov sees it."""
    acknowledge(construct, _BY_CDK, PLATFORM, "CKV_AWS_115", "CKV_AWS_116", "CKV_AWS_117")


def acknowledge_function_of_cdk(construct: IConstruct, *findings: str) -> None:
    """At a function that CDK brings, and its role; `findings` are about its policy."""
    acknowledge(
        construct,
        _BY_CDK,
        PLATFORM,
        *(*_VERSION, *_CONCURRENCY, *_DEAD_LETTERS, *_IN_VPC, _VARIABLES),
        *("Serverless-LambdaTracing", "Serverless-LambdaDefaultMemorySize"),
        managed_policy("AWSLambdaBasicExecutionRole"),
    )
    acknowledge(
        construct, "CDK's own grants: bucket or function by name, objects and versions cannot be", SECURITY,
        *wildcards(*findings),
    )  # fmt: skip
