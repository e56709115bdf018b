"""What a branch would change: a wider policy, a lost table, a changed handler are each told as what they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pull_request.changes.destruction import Permit, destructions, read_permits, unused
from pull_request.changes.model import Comparison, Impact, Statement
from pull_request.changes.permissions import Reach, judge
from pull_request.changes.report import refused, to_markdown
from tests.support.pull_request import compared


def told(comparison: Comparison, *permits: Permit) -> str:
    return to_markdown(comparison, list(permits), [])


def test_nothing_changed_is_nothing_told(tmp_path: Path) -> None:
    comparison = compared(tmp_path, lambda _: None)
    assert comparison.stacks == ()
    assert told(comparison).splitlines()[2:] == ["- **dev**: nothing", "- **production**: nothing"]


def test_a_wider_policy_is_the_first_thing_told(tmp_path: Path) -> None:
    def widen(resources: dict[str, Any]) -> None:
        resources["Policy1"]["Properties"]["PolicyDocument"]["Statement"][0]["Action"] = "dynamodb:*"
        resources["Queue1"]["Properties"]["VisibilityTimeout"] = 60

    comparison = compared(tmp_path, widen)
    text = told(comparison)

    assert "**1 permissions wider**" in text
    row = next(line for line in text.splitlines() if "⚠ wider" in line)
    assert row == ("| + ⚠ wider | `AWS:${Worker/Role}` | Allow | `dynamodb:*` | `${Tables/audit.Arn}` |  | all |")
    assert text.index("⚠ wider") < text.index("Queue1")
    assert not refused(comparison, [])


def test_a_lost_table_is_refused_until_a_commit_names_it(tmp_path: Path) -> None:
    comparison = compared(tmp_path, lambda resources: resources.pop("Table1"))

    assert {(one.environment, one.what.split()[0]) for one in refused(comparison, [])} == {
        ("dev", "is"),
        ("production", "leaves"),
    }
    text = told(comparison)
    assert "\nDestroys: Acinaces-*-Data/Table1\n" in text
    assert text.index("Refused") < text.index("Replaced or removed")

    only_dev, unreadable = read_permits([("c" * 40, "Acinaces-dev-Data/Table1")])
    assert not unreadable
    assert [one.environment for one in refused(comparison, only_dev)] == ["production"]

    everywhere, _ = read_permits([("c" * 40, "Acinaces-*-Data/Table1")])
    assert not refused(comparison, everywhere)
    assert "Destructive, and named by a commit" in told(comparison, *everywhere)


@pytest.mark.parametrize(
    ("name", "value", "what"),
    [
        ("TableName", "other", "is replaced by an empty one"),
        ("KeySchema", [{"AttributeName": "other", "KeyType": "HASH"}], "is replaced by an empty one"),
        ("DeletionProtectionEnabled", False, "loses its protection: DeletionProtectionEnabled off"),
    ],
)
def test_replacing_a_table_or_taking_its_protection_is_refused(
    tmp_path: Path, name: str, value: object, what: str
) -> None:
    comparison = compared(tmp_path, lambda resources: resources["Table1"]["Properties"].update({name: value}))
    assert [one.what for one in refused(comparison, []) if one.environment == "production"] == [what]


def test_a_weaker_deletion_policy_is_refused(tmp_path: Path) -> None:
    comparison = compared(tmp_path, lambda resources: resources["Table1"].update({"DeletionPolicy": "Delete"}))
    assert [(one.environment, one.what) for one in refused(comparison, [])] == [
        ("production", "loses its protection: DeletionPolicy Retain → Delete")
    ]


def test_a_changed_handler_is_told_as_that_and_nothing_more(tmp_path: Path) -> None:
    def change(resources: dict[str, Any]) -> None:
        resources["Function1"]["Properties"]["Code"]["S3Key"] = "new.zip"
        resources["VersionNew"] = resources.pop("VersionOld")
        resources["Alias1"]["Properties"]["FunctionVersion"] = {"Fn::GetAtt": ["VersionNew", "Version"]}

    comparison = compared(tmp_path, change)
    text = told(comparison)

    assert not refused(comparison, [])
    for heading in ("Refused", "Security", "Replaced or removed"):
        assert heading not in text
    assert "| `Acinaces-{environment}-Data` | `Worker` | Lambda::Function | changed | Code | all |" in text
    assert "new.zip" not in text


def test_what_differs_between_environments_is_told_for_each(tmp_path: Path) -> None:
    def change(resources: dict[str, Any]) -> None:
        if resources["Table1"]["Properties"]["TableName"].startswith("production"):
            resources["Queue1"]["Properties"]["VisibilityTimeout"] = 60

    rows = [line for line in told(compared(tmp_path, change)).splitlines() if "Queue1" in line]
    assert len(rows) == 1
    assert rows[0].endswith("| production |")


def test_encryption_taken_away_is_told_under_security(tmp_path: Path) -> None:
    comparison = compared(tmp_path, lambda resources: resources["Table1"]["Properties"].pop("SSESpecification"))
    security = told(comparison).partition("#### Security")[2].partition("<details>")[0]
    assert "SSESpecification changes" in security


def test_a_resource_that_becomes_another_type_is_the_old_one_lost(tmp_path: Path) -> None:
    comparison = compared(tmp_path, lambda resources: resources["Table1"].update({"Type": "AWS::SQS::Queue"}))
    assert [one.change.id for one in destructions(comparison)] == ["Table1", "Table1"]


def test_a_trailer_that_names_nothing_or_cannot_be_read_is_said(tmp_path: Path) -> None:
    comparison = compared(tmp_path, lambda resources: resources.pop("Queue1"))
    permits, unreadable = read_permits([("c" * 40, "Acinaces-dev-Data/Table1"), ("c" * 40, "everything")])
    assert unreadable == ["everything"]
    assert unused(comparison, permits) == permits
    text = to_markdown(comparison, permits, unreadable)
    assert "names nothing that happens" in text
    assert "`Destroys: everything` is not" in text


def test_a_stack_that_is_new_takes_nothing_away(tmp_path: Path) -> None:
    def fresh(resources: dict[str, Any]) -> None:
        resources["Table2"] = dict(resources["Table1"])

    comparison = compared(tmp_path, fresh)
    assert {change.impact for stack in comparison.stacks for change in stack.resources} == {Impact.CREATE}
    assert not refused(comparison, [])


def statement(*actions: str, added: bool, effect: str = "Allow", on: str = "*", condition: str = "") -> Statement:
    return Statement(
        added=added,
        resources=frozenset({on}),
        effect=effect,
        actions=frozenset(actions),
        principals=frozenset({"AWS:${Role}"}),
        condition=condition,
    )


@pytest.mark.parametrize(
    ("before", "after", "reach"),
    [
        (statement("s3:*", added=False), statement("s3:GetObject", added=True), Reach.NARROWER),
        (statement("s3:GetObject", added=False), statement("s3:*", added=True), Reach.WIDER),
        (statement("s3:GetObject", added=False, on="a"), statement("s3:GetObject", added=True), Reach.WIDER),
        (statement("s3:GetObject", added=False), statement("s3:GetObject", added=True, on="a/*"), Reach.NARROWER),
        (statement("s3:GetObject", added=False, condition="x"), statement("s3:GetObject", added=True), Reach.WIDER),
        (statement("s3:GetObject", added=False), statement("s3:getobject", added=True), Reach.NARROWER),
        (statement("s3:A", added=False), statement("NOT s3:A", added=True), Reach.WIDER),
    ],
)
def test_whether_an_edited_statement_allows_more(before: Statement, after: Statement, reach: Reach) -> None:
    assert {one.added: found for one, found in judge([before, after])}[True] is reach


def test_a_denial_that_is_gone_allows_more_and_a_new_one_less() -> None:
    gone, new = statement("s3:*", added=False, effect="Deny"), statement("s3:*", added=True, effect="Deny")
    assert judge([gone]) == [(gone, Reach.WIDER)]
    assert judge([new]) == [(new, Reach.NARROWER)]
