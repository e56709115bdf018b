"""What a branch would change: a wider policy, a lost table, a changed handler are each told as what they are."""

from __future__ import annotations

from typing import Any

import pytest

from pull_request.changes.destruction import Permit, destructions, read_permits, unused
from pull_request.changes.model import Comparison, Impact, Statement
from pull_request.changes.permissions import Reach, judge
from pull_request.changes.report import refused, to_markdown
from tests.support.pull_request import Template, compared

PERMIT_ALL = [("c" * 40, "Acinaces-*-Data/Table1")]


def table_with(**properties: Any) -> Any:
    return lambda resources: resources["Table1"]["Properties"].update(properties)


def widen(resources: Template) -> None:
    resources["Policy1"]["Properties"]["PolicyDocument"]["Statement"][0]["Action"] = "dynamodb:*"
    resources["Queue1"]["Properties"]["VisibilityTimeout"] = 60


def add_an_action(resources: Template) -> None:
    resources["Policy1"]["Properties"]["PolicyDocument"]["Statement"][0]["Action"].append("dynamodb:DeleteTable")


def change_a_handler(resources: Template) -> None:
    resources["Function1"]["Properties"]["Code"]["S3Key"] = "new.zip"
    resources["VersionNew"] = resources.pop("VersionOld")
    resources["Alias1"]["Properties"]["FunctionVersion"] = {"Fn::GetAtt": ["VersionNew", "Version"]}


def change_production_only(resources: Template) -> None:
    if resources["Table1"]["Properties"]["TableName"].startswith("production"):
        resources["Queue1"]["Properties"]["VisibilityTimeout"] = 60


CHANGES = {
    "nothing": lambda _: None,
    "wider": widen,
    "one action": add_an_action,
    "lost table": lambda resources: resources.pop("Table1"),
    "renamed": table_with(TableName="other"),
    "another key": table_with(KeySchema=[{"AttributeName": "other", "KeyType": "HASH"}]),
    "unprotected": table_with(DeletionProtectionEnabled=False),
    "no longer kept": lambda resources: resources["Table1"].update({"DeletionPolicy": "Delete"}),
    "handler": change_a_handler,
    "production only": change_production_only,
    "no encryption": lambda resources: resources["Table1"]["Properties"].pop("SSESpecification"),
    "another type": lambda resources: resources["Table1"].update({"Type": "AWS::SQS::Queue"}),
    "lost queue": lambda resources: resources.pop("Queue1"),
    "new table": lambda resources: resources.update({"Table2": dict(resources["Table1"])}),
}


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Comparison]:
    return compared(tmp_path_factory.mktemp("changes"), CHANGES)


def told(comparison: Comparison, *permits: Permit) -> str:
    return to_markdown(comparison, list(permits), [])


def in_production(comparison: Comparison) -> list[str]:
    return [one.what for one in refused(comparison, []) if one.environment == "production"]


def test_nothing_changed_is_nothing_told(cases: dict[str, Comparison]) -> None:
    assert cases["nothing"].stacks == ()
    assert told(cases["nothing"]).splitlines()[2:] == ["- **dev**: nothing", "- **production**: nothing"]


def test_a_wider_policy_is_the_first_thing_told(cases: dict[str, Comparison]) -> None:
    text = told(cases["wider"])

    assert "**1 permissions wider**" in text
    row = next(line for line in text.splitlines() if "⚠ wider" in line)
    assert row == "| + ⚠ wider | `AWS:${Worker/Role}` | Allow | `dynamodb:*` | `${Tables/audit.Arn}` |  | all |"
    assert text.index("⚠ wider") < text.index("Queue1")
    assert not refused(cases["wider"], [])


def test_of_a_merged_statement_only_the_new_action_is_shown(cases: dict[str, Comparison]) -> None:
    row = next(line for line in told(cases["one action"]).splitlines() if "⚠ wider" in line)
    assert "| `dynamodb:DeleteTable`<br>and 2 that it had |" in row


def test_a_lost_table_is_refused_until_a_commit_names_it(cases: dict[str, Comparison]) -> None:
    comparison = cases["lost table"]
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

    everywhere, _ = read_permits(PERMIT_ALL)
    assert not refused(comparison, everywhere)
    assert "Destructive, and named by a commit" in told(comparison, *everywhere)


@pytest.mark.parametrize(
    ("case", "what"),
    [
        ("renamed", "is replaced by an empty one"),
        ("another key", "is replaced by an empty one"),
        ("unprotected", "loses its protection: DeletionProtectionEnabled off"),
        ("no longer kept", "loses its protection: DeletionPolicy Retain → Delete"),
    ],
)
def test_replacing_a_table_or_taking_its_protection_is_refused(
    cases: dict[str, Comparison], case: str, what: str
) -> None:
    assert in_production(cases[case]) == [what]


def test_a_changed_handler_is_told_as_that_and_nothing_more(cases: dict[str, Comparison]) -> None:
    text = told(cases["handler"])

    assert not refused(cases["handler"], [])
    assert "- **dev**: 2 changed, 2 versions published anew" in text
    for heading in ("Refused", "Security", "Replaced or removed", "VersionNew"):
        assert heading not in text
    assert "| `Acinaces-{environment}-Data` | `Worker` | Lambda::Function | changed | Code | all |" in text
    assert "new.zip" not in text


def test_what_differs_between_environments_is_told_for_each(cases: dict[str, Comparison]) -> None:
    rows = [line for line in told(cases["production only"]).splitlines() if "Queue1" in line]
    assert len(rows) == 1
    assert rows[0].endswith("| production |")


def test_encryption_taken_away_is_told_under_security(cases: dict[str, Comparison]) -> None:
    security = told(cases["no encryption"]).partition("#### Security")[2].partition("<details>")[0]
    assert "SSESpecification changes" in security


def test_a_resource_that_becomes_another_type_is_the_old_one_lost(cases: dict[str, Comparison]) -> None:
    assert [one.change.id for one in destructions(cases["another type"])] == ["Table1", "Table1"]


def test_a_trailer_that_names_nothing_or_cannot_be_read_is_said(cases: dict[str, Comparison]) -> None:
    permits, unreadable = read_permits([*PERMIT_ALL, ("c" * 40, "everything")])
    assert unreadable == ["everything"]
    assert unused(cases["lost queue"], permits) == permits
    text = to_markdown(cases["lost queue"], permits, unreadable)
    assert "names nothing that happens" in text
    assert "`Destroys: everything` is not" in text


def test_what_is_new_takes_nothing_away(cases: dict[str, Comparison]) -> None:
    changes = [change for stack in cases["new table"].stacks for change in stack.resources]
    assert {change.impact for change in changes} == {Impact.CREATE}
    assert not refused(cases["new table"], [])


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
