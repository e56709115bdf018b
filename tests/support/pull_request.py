"""Folders of templates for the comparison of pull requests, written by hand and small."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from pull_request.changes.compare import compare
from pull_request.changes.model import Comparison

Template = dict[str, Any]
ENVIRONMENTS = ("dev", "production")


def template(environment: str) -> Template:
    """A table that production keeps, a role with a policy, a function with its version and alias, a queue."""
    keep = "Retain" if environment == "production" else "Delete"
    policies = {"DeletionPolicy": keep, "UpdateReplacePolicy": keep}
    return {
        "Resources": {
            "Table1": {
                "Type": "AWS::DynamoDB::Table",
                "Properties": {
                    "TableName": f"{environment}-audit",
                    "DeletionProtectionEnabled": environment == "production",
                    "SSESpecification": {"SSEEnabled": True},
                    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                },
                **policies,
            },
            "Role1": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": []}}},
            "Policy1": {
                "Type": "AWS::IAM::Policy",
                "Properties": {
                    "PolicyName": "Policy1",
                    "Roles": [{"Ref": "Role1"}],
                    "PolicyDocument": {
                        "Statement": [
                            {
                                "Effect": "Allow",
                                "Action": ["dynamodb:GetItem", "dynamodb:PutItem"],
                                "Resource": {"Fn::GetAtt": ["Table1", "Arn"]},
                            }
                        ]
                    },
                },
            },
            "Function1": {
                "Type": "AWS::Lambda::Function",
                "Properties": {"Code": {"S3Bucket": "assets", "S3Key": "old.zip"}, "Role": {"Ref": "Role1"}},
            },
            "VersionOld": {
                "Type": "AWS::Lambda::Version",
                "Properties": {"FunctionName": {"Ref": "Function1"}},
                "DeletionPolicy": "Retain",
            },
            "Alias1": {
                "Type": "AWS::Lambda::Alias",
                "Properties": {"Name": "live", "FunctionVersion": {"Fn::GetAtt": ["VersionOld", "Version"]}},
            },
            "Queue1": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": f"{environment}-queue"}},
        }
    }


def compared(folder: Path, changes: dict[str, Callable[[Template], None]]) -> dict[str, Comparison]:
    """What differs, by case, when each of `changes` is made to the resources of each environment.

    All cases in one run: starting Node takes longer than comparing.
    """
    for case, change in changes.items():
        for environment in ENVIRONMENTS:
            before = template(environment)
            after = copy.deepcopy(before)
            change(after["Resources"])
            for side, content in (("base", before), ("head", after)):
                _write(folder / side / f"{case}.{environment}", f"Acinaces-{environment}-Data", content)
    everything = compare(folder / "base", folder / "head")
    return {
        case: Comparison(
            environments=ENVIRONMENTS,
            stacks=tuple(
                replace(stack, environment=stack.environment.removeprefix(f"{case}."))
                for stack in everything.stacks
                if stack.environment.startswith(f"{case}.")
            ),
        )
        for case in changes
    }


def _write(folder: Path, name: str, content: Template) -> None:
    folder.mkdir(parents=True)
    (folder / f"{name}.template.json").write_text(json.dumps(content), encoding="utf-8")
    paths = {
        f"/{name}/{word}/Resource": [{"type": "aws:cdk:logicalId", "data": logical_id}]
        for logical_id, word in (("Table1", "Tables/audit"), ("Role1", "Worker/Role"), ("Function1", "Worker"))
    }
    (folder / f"{name}.metadata.json").write_text(json.dumps(paths), encoding="utf-8")
