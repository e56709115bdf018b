"""F14: a later resource fails, and the gate is called with old properties. F15: the same with an older schema."""

from __future__ import annotations

from typing import Any

import pytest

from tests.faults.support.cloudformation import BUCKET, CloudFormation, properties
from tests.faults.support.fake_aws import FakeAws, refused
from tests.faults.support.platform import FakePlatform
from tests.faults.support.server import answer, hang

ROLLING_BACK = "UPDATE_ROLLBACK_IN_PROGRESS"


def test_f14_a_rollback_is_observed_and_succeeds_whatever_it_sees(
    cloudformation: CloudFormation, platform: FakePlatform, aws: FakeAws, latest: Any
) -> None:
    cloudformation.physical_id = "gate-local"
    platform.server.on("GET", "/health", answer(500))
    aws.status = ROLLING_BACK
    old, new = (properties(platform.plan().to_json(), release_id=release) for release in ("old", "new"))

    outcome = cloudformation.deliver("Update", old, OldResourceProperties=new)

    assert outcome.status == "SUCCESS"
    assert outcome.data["Verdict"] == "observed"
    assert "rollback" in outcome.data["Summary"]
    report = latest("rollback")
    assert (report["kind"], report["verdict"], report["stops_release"]) == ("rollback", "observed", False)
    assert report["release_id"] == "old"
    assert report["counts"]["failed"] == 1, "what it saw is told"
    assert report["notes"] == [f"stack in {ROLLING_BACK}, returning from release new"]


def test_f14_the_judgement_that_caused_a_rollback_stays_readable(
    cloudformation: CloudFormation, platform: FakePlatform, aws: FakeAws, latest: Any
) -> None:
    cloudformation.physical_id = "gate-local"
    plan = platform.plan().to_json()
    platform.server.on("GET", "/health", answer(500))
    cloudformation.deliver("Update", properties(plan, release_id="new"))
    aws.status = ROLLING_BACK
    cloudformation.deliver("Update", properties(plan, release_id="old"))

    assert (latest()["release_id"], latest()["verdict"]) == ("new", "failed")
    assert (latest("rollback")["release_id"], latest("rollback")["verdict"]) == ("old", "observed")


def test_f14_a_rollback_writes_nothing_and_tries_nothing_twice(
    cloudformation: CloudFormation, platform: FakePlatform, aws: FakeAws, latest: Any
) -> None:
    platform.server.on("GET", "/health", answer(500))
    aws.status = ROLLING_BACK

    cloudformation.deliver(
        "Update", properties(platform.plan(consistency_window_s=60).to_json()), PhysicalResourceId="g"
    )

    assert platform.server.asked("GET", "/health") == 1
    assert not [request for request in platform.server.received if request.method != "GET"]
    smoke = next(check for check in latest("rollback")["checks"] if check["kind"] == "smoke_flow")
    assert smoke["verdict"] == "skipped"
    assert smoke["message"], "skipped with the reason"


def test_f14_a_hanging_platform_does_not_hold_up_a_rollback(
    cloudformation: CloudFormation, platform: FakePlatform, aws: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lambda_src.verification.gate_run._OBSERVATION_S", 0.3)
    platform.server.default = hang
    platform.server.routes.clear()
    aws.status = ROLLING_BACK

    outcome = cloudformation.deliver("Update", properties(platform.plan().to_json()), PhysicalResourceId="gate-local")

    assert outcome.status == "SUCCESS"
    assert outcome.took_s < 1.5


def test_f14_a_report_that_cannot_be_stored_does_not_fail_a_rollback(
    cloudformation: CloudFormation, platform: FakePlatform, aws: FakeAws
) -> None:
    aws.status = ROLLING_BACK
    aws.faults = {"put_object": refused("NoSuchBucket"), "get_object": refused("NoSuchBucket"), "secret": refused()}

    outcome = cloudformation.deliver("Update", properties(platform.plan().to_json()), PhysicalResourceId="gate-local")

    assert outcome.status == "SUCCESS"
    assert outcome.data["Verdict"] == "observed"


def test_f14_a_release_after_a_finished_rollback_is_judged_again(
    cloudformation: CloudFormation, platform: FakePlatform, aws: FakeAws
) -> None:
    platform.server.on("GET", "/health", answer(500))
    aws.status = "UPDATE_IN_PROGRESS"

    outcome = cloudformation.deliver("Update", properties(platform.plan().to_json()), PhysicalResourceId="gate-local")

    assert outcome.status == "FAILED"


def test_f14_an_unknown_status_does_not_let_a_broken_release_through(
    cloudformation: CloudFormation, platform: FakePlatform, aws: FakeAws
) -> None:
    aws.faults["stack_status"] = refused()
    good = cloudformation.deliver("Update", properties(platform.plan().to_json()), PhysicalResourceId="gate-local")
    platform.server.on("GET", "/health", answer(500))
    bad = cloudformation.deliver("Update", properties(platform.plan().to_json()), PhysicalResourceId="gate-local")

    assert (good.status, bad.status) == ("SUCCESS", "FAILED")
    assert "status is unknown" in good.data["Summary"]


@pytest.mark.parametrize(
    "old",
    [
        {"SchemaVersion": "0", "Checks": ["GET /health"], "Environment": "local"},
        {},
        {"SchemaVersion": "1", "Plan": "{not json", "ReportBucket": BUCKET},
        {"SchemaVersion": "1", "Plan": '{"checks": []}', "ReportBucket": BUCKET, "ReportPrefix": "releases/"},
        {"SchemaVersion": "99", "Plan": {"a": "structure"}, "ReleaseId": ["a list"], "ReportBucket": 7},
    ],
)
def test_f15_a_rollback_to_properties_of_another_schema_succeeds(
    cloudformation: CloudFormation, aws: FakeAws, old: dict[str, Any]
) -> None:
    cloudformation.physical_id = "gate-local"
    aws.status = ROLLING_BACK

    outcome = cloudformation.deliver("Update", old)

    assert outcome.status == "SUCCESS"
    assert outcome.data["Verdict"] == "observed"
    assert outcome.physical_id == "gate-local"


def test_f15_the_report_says_why_nothing_was_looked_at(
    cloudformation: CloudFormation, aws: FakeAws, latest: Any
) -> None:
    aws.status = ROLLING_BACK

    cloudformation.deliver("Update", properties("{}", SchemaVersion="0"), PhysicalResourceId="gate-local")

    assert any("schema '0'" in note for note in latest("rollback")["notes"])
