"""The comparison against what CloudFormation has: on an emulator, with a stack from a template."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from environments import load_environment
from local.cloud import EmbeddedCloud
from ops import changes
from ops.errors import OperatorError
from tests.support.embedded import put, started

LOCAL = load_environment("local")
STACK = "Acinaces-local-Data"

# Of AWS's own, which are in every account.
BOUNDARY = "arn:aws:iam::aws:policy/PowerUserAccess"


def resources(*actions: str) -> dict[str, Any]:
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "arn:aws:sqs:eu-central-1:000000000000:q"}
    policy = {"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
    role = {"AssumeRolePolicyDocument": {"Statement": [trust]}, "Policies": [policy], "PermissionsBoundary": BOUNDARY}
    return {"Queue": {"Type": "AWS::SQS::Queue"}, "Role": {"Type": "AWS::IAM::Role", "Properties": role}}


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedCloud]:
    """With the stack as it was released last."""
    with started(tmp_path_factory.mktemp("cloud")) as cloud:
        put(cloud, STACK, resources("sqs:SendMessage"))
        with cloud.selected():
            yield cloud


def assembly(folder: Path, wanted: dict[str, Any]) -> Path:
    """What was synthesised: the stack that is there, and one that is not."""
    (folder / "t.json").write_text(json.dumps({"Resources": wanted}), encoding="utf-8")
    artifact = {
        "type": "aws:cloudformation:stack",
        "environment": f"aws://{LOCAL.aws.account}/{LOCAL.aws.region}",
        "properties": {"templateFile": "t.json"},
    }
    artifacts = {STACK: artifact, "Acinaces-local-Release": artifact}
    (folder / "manifest.json").write_text(json.dumps({"artifacts": artifacts}), encoding="utf-8")
    return folder


def test_the_same_template_changes_nothing(cloud: EmbeddedCloud, tmp_path: Path) -> None:
    there, missing = changes.compare(LOCAL, assembly(tmp_path, resources("sqs:SendMessage"))).stacks
    assert there.deployed
    assert (there.permissions, there.created, there.changed, there.removed) == ((), {}, {}, {})
    assert not missing.deployed


def test_a_new_permission_stops_until_it_is_agreed_to(cloud: EmbeddedCloud, tmp_path: Path) -> None:
    wanted = resources("sqs:SendMessage", "sqs:PurgeQueue")
    del wanted["Queue"]
    found = changes.compare(LOCAL, assembly(tmp_path, wanted))
    (there, _) = found.stacks
    assert there.removed == {"Queue": "AWS::SQS::Queue"}
    assert there.permissions == ("Role: sqs:PurgeQueue on arn:aws:sqs:eu-central-1:000000000000:q",)
    with pytest.raises(OperatorError, match="sqs:PurgeQueue"):
        changes.require_agreement(LOCAL, found)
    changes.accept(LOCAL, "another digest")
    with pytest.raises(OperatorError, match="sqs:PurgeQueue"):
        changes.require_agreement(LOCAL, found)
    changes.accept(LOCAL, found.digest)
    changes.require_agreement(LOCAL, found)
