"""What a deployment would change: new permissions are seen in every form, and state that goes is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from environments import load_environment
from ops import changes, promotion
from ops.changes import Changes, StackChange
from ops.errors import ExitCode, OperatorError
from ops.grants import added

STAGING = load_environment("staging")


def role(*actions: str, resource: Any = "arn:x", **more: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource, **more}
    return {"Type": "AWS::IAM::Policy", "Properties": {"PolicyDocument": {"Statement": [statement]}}}


def template(**resources: dict[str, Any]) -> dict[str, Any]:
    return {"Resources": resources}


OPEN = {"Type": "AWS::EC2::SecurityGroup", "Properties": {"SecurityGroupIngress": [{"CidrIp": "0.0.0.0/0"}]}}
CALLER = {
    "Type": "AWS::Lambda::Permission",
    "Properties": {"Action": "lambda:InvokeFunction", "Principal": "*", "SourceArn": {"Ref": "A"}},
}
BOUND: dict[str, Any] = {"Type": "AWS::IAM::Role", "Properties": {"PermissionsBoundary": "b"}}
UNBOUND: dict[str, Any] = {"Type": "AWS::IAM::Role", "Properties": {}}
DENY = {
    "Type": "AWS::S3::BucketPolicy",
    "Properties": {
        "PolicyDocument": {"Statement": {"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Principal": "*"}}
    },
}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (template(P=role("a:Read")), template(P=role("a:Read")), []),
        (template(P=role("a:Read", "a:Write")), template(P=role("a:Read")), []),
        (template(P=role("a:Read")), template(P=role("a:Read", "a:Write")), ["P: a:Write on arn:x"]),
        (template(P=role("a:Read")), template(P=role("a:Read", resource="*")), ["P: a:Read on *"]),
        (
            template(P=role("a:Read", Condition={"Bool": {"x": "true"}})),
            template(P=role("a:Read")),
            ["P: a:Read on arn:x"],
        ),
        (template(), template(G=OPEN), ['G: {"CidrIp":"0.0.0.0/0"} may connect']),
        (template(), template(C=CALLER), ['C: lambda:InvokeFunction for * from {"Ref":"A"}']),
        (template(R=BOUND), template(R=UNBOUND), ["R: a role without a permissions boundary"]),
        (
            template(R=BOUND),
            template(R={**BOUND, "Properties": {**BOUND["Properties"], "ManagedPolicyArns": ["arn:admin"]}}),
            ["R: all of arn:admin"],
        ),
        (template(D=DENY), template(), ["no longer refused: D: s3:* on * for *"]),
    ],
)  # fmt: skip
def test_what_is_a_new_permission(before: dict[str, Any], after: dict[str, Any], expected: list[str]) -> None:
    assert added(before, after) == expected


def stack(**changed: Any) -> StackChange:
    values: dict[str, Any] = {
        "name": "S", "deployed": True, "permissions": (), "created": {}, "changed": {}, "removed": {},
    }  # fmt: skip
    return StackChange(**{**values, **changed})


def test_state_that_goes_is_named_to_the_approver() -> None:
    found = Changes(environment="staging", stacks=(stack(removed={"T": "AWS::DynamoDB::Table"}, changed={"F": "x"}),))
    assert (
        found.summary() == "staging: 1 changed, 1 removed; no new permission; STATE REMOVED: T (AWS::DynamoDB::Table)"
    )


def test_a_first_deployment_asks_nobody() -> None:
    found = Changes(environment="staging", stacks=(stack(deployed=False, permissions=("p",)),))
    assert found.first
    assert not found.new_permissions
    changes.require_agreement(STAGING, found)


def test_new_permissions_stop_until_exactly_they_are_agreed_to(monkeypatch: pytest.MonkeyPatch) -> None:
    agreed: list[str | None] = [None]
    monkeypatch.setattr(changes, "_accepted", lambda _: agreed[0])
    found = Changes(environment="staging", stacks=(stack(permissions=("P: a:Write on *",)),))
    with pytest.raises(OperatorError, match=r"1 new permissions; the first: S: P: a:Write on \*") as caught:
        changes.require_agreement(STAGING, found)
    assert caught.value.code is ExitCode.PRECONDITION
    assert found.digest in caught.value.next_step
    agreed[0] = found.digest
    changes.require_agreement(STAGING, found)
    more = Changes(environment="staging", stacks=(stack(permissions=("P: a:Write on *", "P: b:Write on *")),))
    with pytest.raises(OperatorError, match="2 new permissions"):
        changes.require_agreement(STAGING, more)
    assert more.to_markdown().index("New permissions") < more.to_markdown().index("b:Write")


def assembly(folder: Path, hashes: dict[str, str]) -> Path:
    """An assembly whose release has `hashes`."""
    section = {"release_id": "r", "git_commit": "c" * 40, "asset_hashes": hashes}
    properties = {"Name": "/acinaces/production/manifest/contents", "Value": json.dumps(section)}
    body = template(Contents={"Type": "AWS::SSM::Parameter", "Properties": properties})
    (folder / "r.json").write_text(json.dumps(body), encoding="utf-8")
    artifact = {
        "type": "aws:cloudformation:stack",
        "environment": "aws://444444444444/eu-central-1",
        "properties": {"templateFile": "r.json"},
    }
    (folder / "manifest.json").write_text(json.dumps({"artifacts": {"Release": artifact}}), encoding="utf-8")
    return folder


class _Manifest:
    def __init__(self, hashes: dict[str, str], verdict: str = "passed") -> None:
        self.asset_hashes, self.verdict = hashes, verdict
        self.release_id, self.git_commit, self.verification_summary = "r1", "c" * 40, "90 passed"


HASHES = {"function/orders": "1", "site": "2", "site/configuration": "staging's"}


@pytest.mark.parametrize(
    ("running", "expected"),
    [
        (_Manifest(HASHES), None),
        (_Manifest({**HASHES, "function/orders": "other"}), "other artefacts than staging runs: function/orders"),
        (_Manifest({**HASHES, "function/more": "3"}), "function/more"),
        (_Manifest(HASHES, verdict="inconclusive"), "has the verdict inconclusive: 90 passed"),
    ],
)
def test_production_gets_what_passed_in_staging_and_nothing_else(
    running: _Manifest, expected: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(promotion, "read_manifest", lambda _: running)
    folder = assembly(tmp_path, {**HASHES, "site/configuration": "production's"})
    if expected is None:
        found = promotion.examine(STAGING, "production", folder)
        assert found.summary().startswith("production gets the 2 artefacts of staging: commit cccccccccccc, release r1")
        return
    with pytest.raises(OperatorError, match=expected) as caught:
        promotion.examine(STAGING, "production", folder)
    assert (caught.value.error, caught.value.code) == ("not-promoted", ExitCode.CHECK_FAILED)


def test_a_folder_without_an_assembly_is_said(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="holds no synthesised assembly") as caught:
        changes.stacks_in(tmp_path)
    assert caught.value.code is ExitCode.PRECONDITION
