"""What else of a change a reviewer of security wants to see first: not permissions, but what keeps data private."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pull_request.changes.model import Impact, ResourceChange

_TYPES = (
    "AWS::CloudTrail::",
    "AWS::EC2::FlowLog",
    "AWS::EC2::SecurityGroup",
    "AWS::IAM::",
    "AWS::KMS::",
    "AWS::WAFv2::",
)
_PROPERTIES = re.compile(
    r"Encrypt|Kms|KMS|SSE|Tls|TLS|SSL|SecurityPolic|PublicAccess|Authoriz|ApiKey|AuthToken|PointInTimeRecovery"
    r"|Logging|LogConfig|Cors|Certificate|Rotation|Password|Permissions|WebACL|Policy|Ingress|Egress|NoEcho"
)
# Told statement by statement in the table of permissions.
_TOLD = {
    ("AWS::IAM::Policy", "PolicyDocument"),
    ("AWS::IAM::ManagedPolicy", "PolicyDocument"),
    ("AWS::IAM::Role", "Policies"),
    ("AWS::IAM::Role", "ManagedPolicyArns"),
    ("AWS::IAM::Role", "AssumeRolePolicyDocument"),
    ("AWS::KMS::Key", "KeyPolicy"),
    ("AWS::S3::BucketPolicy", "PolicyDocument"),
    ("AWS::SNS::TopicPolicy", "PolicyDocument"),
    ("AWS::SQS::QueuePolicy", "PolicyDocument"),
}


def security_changes(change: ResourceChange) -> Iterator[str]:
    """What of `change` concerns security besides permissions, in words."""
    if change.impact in (Impact.DESTROY, Impact.ORPHAN):
        if change.type.startswith(_TYPES):
            yield "removed"
        return
    if change.impact is Impact.CREATE:
        return
    for name in change.properties:
        told = (change.type, name) in _TOLD
        if not told and (change.type.startswith(_TYPES) or _PROPERTIES.search(name)):
            yield f"{name} changes"
