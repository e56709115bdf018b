"""What the gate adds to the journal: the verdict, and exactly what serves."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from lambda_src.journal import EntryKind, JournalEntry
from lambda_src.verification import gate_journal
from lambda_src.verification.gate_request import Request
from lambda_src.verification.verdicts import Report, Verdict, count
from tests.faults.support.fake_aws import FakeAws
from tests.support.journal import MemoryTable

BEGAN = datetime(2026, 1, 31, 12, tzinfo=UTC)


def request(**properties: Any) -> Request:
    values = {
        "Environment": "demo",
        "ReleaseId": "4f2a9c0123456789",
        "ReportPrefix": "releases/",
        "Journal": "demo-journal",
        "Functions": ["demo-a", "demo-b"],
        "Alias": "live",
        "SiteBucket": "site",
    }
    return Request.of({"RequestId": "r-1", "StackId": "arn:stack", "ResourceProperties": {**values, **properties}})


def report(**changes: Any) -> Report:
    values: dict[str, Any] = {
        "kind": "update",
        "environment": "demo",
        "release_id": "4f2a9c0123456789",
        "run_id": "0",
        "verdict": Verdict.PASSED,
        "stops_release": False,
        "started": "2026-01-31T12:00:30.000+00:00",
        "finished": "2026-01-31T12:00:40.000+00:00",
        "duration_ms": 10_000,
        "counts": count(()),
        "checks": (),
    }
    return Report(**(values | changes))


@pytest.fixture
def aws() -> FakeAws:
    aws = FakeAws()
    aws.answers["cloudformation.describe_stacks"] = lambda **_: {
        "Stacks": [{"CreationTime": datetime(2025, 1, 1, tzinfo=UTC), "LastUpdatedTime": BEGAN}]
    }
    versions = {"demo-a": "7", "demo-b": "3"}
    aws.answers["lambda.get_alias"] = lambda *, FunctionName, **_: {"FunctionVersion": versions[FunctionName]}
    pages = {
        None: {
            "Versions": [
                {"Key": "index.html", "VersionId": "new", "IsLatest": True},
                {"Key": "index.html", "VersionId": "old", "IsLatest": False},
            ],
            "IsTruncated": True,
            "NextKeyMarker": "index.html",
            "NextVersionIdMarker": "old",
        },
        "index.html": {"Versions": [{"Key": "main.js", "VersionId": "1", "IsLatest": True}], "IsTruncated": False},
    }
    aws.answers["s3.list_object_versions"] = lambda *, KeyMarker=None, **_: pages[KeyMarker]
    return aws


@pytest.fixture
def table() -> MemoryTable:
    table = MemoryTable()
    body = {"release_id": "4f2a9c0123456789", "environment": "demo"}
    table.journal.append(
        JournalEntry(attempt="one", kind=EntryKind.STARTED, at="2026-01-31T12:00:00.000+00:00", body=body)
    )
    return table


def test_what_serves_is_in_the_record_of_the_attempt(aws: FakeAws, table: MemoryTable) -> None:
    for _delivery in range(2):
        gate_journal.append_judgement(report(), request(), aws, client=table)
    (record,) = table.journal.records()
    assert len(record.entries) == 2
    assert (record.attempt, record.verdict, record.report_key) == (
        "one",
        "passed",
        "releases/4f2a9c0123456789/r-1.json",
    )
    assert record.state.functions == {"demo-a": 7, "demo-b": 3}
    assert record.state.site == {"index.html": "new", "main.js": "1"}


def test_a_stopped_release_leaves_no_state_to_go_back_to(aws: FakeAws, table: MemoryTable) -> None:
    gate_journal.append_judgement(report(verdict=Verdict.FAILED, stops_release=True), request(), aws, client=table)
    (record,) = table.journal.records()
    assert record.verdict == "failed"
    assert record.state.functions == {}
    assert aws.calls["lambda.get_alias"] == 0


def test_without_an_open_attempt_the_stacks_operation_names_it(aws: FakeAws) -> None:
    table = MemoryTable()
    gate_journal.append_judgement(report(), request(), aws, client=table)
    (entry,) = table.journal.entries()
    assert entry.attempt == "20260131T120000000Z-4f2a9c01"


def test_an_ended_attempt_gets_no_further_verdict(aws: FakeAws, table: MemoryTable) -> None:
    table.journal.append(JournalEntry(attempt="one", kind=EntryKind.FINISHED, at="2026-01-31T12:00:10.000+00:00"))
    gate_journal.append_judgement(report(), request(), aws, client=table)
    assert next(table.journal.entries()).attempt == "20260131T120000000Z-4f2a9c01"


def test_a_large_site_is_told_without_the_files_that_never_change(aws: FakeAws) -> None:
    keys = ["index.html", *(f"_next/static/chunks/{number:0100d}.js" for number in range(3000))]
    versions = [{"Key": key, "VersionId": "v" * 32, "IsLatest": True} for key in keys]
    aws.answers["s3.list_object_versions"] = lambda **_: {"Versions": versions, "IsTruncated": False}
    assert gate_journal.read_state(request(), aws).site == {"index.html": "v" * 32}
