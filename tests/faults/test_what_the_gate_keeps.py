"""Beside the report the gate keeps a page, the plan and the history; none of it can change or delay its answer."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from lambda_src.verification import gate_store
from lambda_src.verification.history import History
from lambda_src.verification.plan import Plan
from tests.faults.support.cloudformation import BUCKET, CloudFormation, properties
from tests.faults.support.fake_aws import FakeAws
from tests.faults.support.platform import FakePlatform
from tests.faults.support.server import answer

PARAMETER = "/acinaces/local/manifest/contents"


def stored(aws: FakeAws, key: str) -> str:
    return aws.objects[f"{BUCKET}/releases/{key}"].decode()


def says(aws: FakeAws, release_id: str, **assets: str) -> None:
    """The stack's description of what is being released."""
    value = json.dumps({"release_id": release_id, "git_commit": "7cb6d37a", "asset_hashes": assets})
    aws.answers["ssm.get_parameter"] = lambda **_: {"Parameter": {"Value": value}}


@pytest.fixture
def release(cloudformation: CloudFormation, platform: FakePlatform, aws: FakeAws) -> Any:
    """Releases `release_id`; with `status`, while the stack is in it."""

    def run(release_id: str, *, status: str = "UPDATE_IN_PROGRESS", **assets: str) -> Any:
        aws.status = status
        if assets:
            says(aws, release_id, **assets)
        plan = platform.plan().model_copy(update={"release_id": release_id})
        wanted = properties(plan.to_json(), release_id=release_id, ContentsParameter=PARAMETER)
        return cloudformation.deliver("Update" if cloudformation.physical_id else "Create", wanted)

    return run


def test_page_plan_and_history_are_beside_the_report(release: Any, aws: FakeAws, latest: Any) -> None:
    release("one", site="1", layer="1")
    outcome = release("two", site="2", layer="1")

    page = stored(aws, outcome.data["ReportKey"].removeprefix("releases/").replace(".json", ".html"))
    assert page == stored(aws, "latest.html")
    assert "Released to local and verified" in page
    assert aws.content_types[f"{BUCKET}/releases/latest.html"] == "text/html; charset=utf-8"
    assert aws.content_types[f"{BUCKET}/releases/latest.json"] == "application/json"
    assert Plan.from_json(stored(aws, "plan.json")) == Plan.from_json(stored(aws, "two/plan.json"))
    assert [entry.release_id for entry in History.from_json(stored(aws, "history.json")).entries] == ["two", "one"]
    assert latest()["contents"] == {
        "commit": "7cb6d37a",
        "assets": {"site": "2", "layer": "1"},
        "changed": ["site"],
        "previous_release_id": "one",
    }


def test_the_plan_is_always_the_serving_releases(
    release: Any, aws: FakeAws, platform: FakePlatform, cloudformation: CloudFormation
) -> None:
    release("one", site="1")
    first = stored(aws, "plan.json")
    platform.server.on("GET", "/health", answer(500))

    assert release("two", site="2").status == "FAILED"
    assert stored(aws, "plan.json") == first
    assert "two/plan.json" in " ".join(aws.objects)

    # A later resource failed after the gate had accepted: the old plan comes back with the old release.
    aws.objects[f"{BUCKET}/releases/plan.json"] = b"{}"
    assert release("one", status="UPDATE_ROLLBACK_IN_PROGRESS").status == "SUCCESS"
    assert stored(aws, "plan.json") == first


def test_a_stopped_release_has_its_page_also_after_the_rollback(
    release: Any, aws: FakeAws, platform: FakePlatform
) -> None:
    release("one", site="1")
    platform.server.on("GET", "/health", answer(500))
    release("two", site="2")
    release("one", status="UPDATE_ROLLBACK_IN_PROGRESS")

    assert "The release to local was stopped and put back" in stored(aws, "latest.html")


def test_what_another_release_consists_of_is_not_told(release: Any, aws: FakeAws, latest: Any) -> None:
    says(aws, "another", site="9")
    release("one")

    assert latest()["contents"] is None


def test_a_page_that_cannot_be_stored_changes_nothing(
    release: Any, aws: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow_but_for_reports(subject: str) -> None:
        if not subject.endswith(".json") or "plan" in subject:
            time.sleep(5)

    monkeypatch.setattr(gate_store, "_STORE_S", 0.2)
    monkeypatch.setattr(gate_store, "_KEEP_S", 0.4)
    aws.faults["put_object"] = slow_but_for_reports

    outcome = release("one", site="1")

    assert outcome.status == "SUCCESS"
    assert outcome.data["ReportKey"], "the report itself was stored"
    assert outcome.took_s < 3


def test_a_history_that_cannot_be_read_is_not_written_over(release: Any, aws: FakeAws) -> None:
    release("one", site="1")
    before = stored(aws, "history.json")

    def refused_history(subject: str) -> None:
        if "history" in subject:
            raise OSError("no network")

    aws.faults["get_object"] = refused_history
    release("two", site="2")

    assert stored(aws, "history.json") == before


def test_only_the_gates_part_of_the_plan_runs_and_the_whole_is_kept(
    cloudformation: CloudFormation, platform: FakePlatform, aws: FakeAws, latest: Any
) -> None:
    plan = platform.plan()
    late, *others = plan.checks
    whole = plan.model_copy(update={"checks": (late.model_copy(update={"stages": ("validate",)}), *others)})

    cloudformation.deliver("Create", properties(whole.to_json(), release_id="one"))

    assert late.name not in {check["name"] for check in latest()["checks"]}
    assert Plan.from_json(stored(aws, "plan.json")) == whole
