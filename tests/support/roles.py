"""Callers with a role on the embedded cloud."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import boto3
from botocore.config import Config

from local.cloud import EmbeddedCloud


def as_role(cloud: EmbeddedCloud, name: str, service: str, *statements: dict[str, Any]) -> Any:
    """A client of `service` with the role `name`, which may do what `statements` say and nothing else."""
    iam = cloud.client("iam")
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{cloud.account}:root"}, "Action": "sts:AssumeRole"}
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    with suppress(iam.exceptions.EntityAlreadyExistsException):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({**document, "Statement": [trust]}))
    iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=json.dumps(document))
    return assumed(cloud, f"arn:aws:iam::{cloud.account}:role/{name}", service)


def assumed(cloud: EmbeddedCloud, role: str, service: str) -> Any:
    """A client of `service` with the role of this ARN."""
    taken = cloud.client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    return boto3.client(  # type: ignore[call-overload]
        service,
        endpoint_url=cloud.url,
        region_name=cloud.region,
        aws_access_key_id=taken["AccessKeyId"],
        aws_secret_access_key=taken["SecretAccessKey"],
        aws_session_token=taken["SessionToken"],
        config=Config(retries={"total_max_attempts": 1}),
    )
