"""F10: the gate raises or cannot import. F11: its time runs out. F12: its process dies. F13: answers too large."""

from __future__ import annotations

import builtins
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lambda_src import verification
from lambda_src.verification import gate_run, gate_store
from lambda_src.verification.plan import Plan
from tests.faults.support import killed_gate
from tests.faults.support.cloudformation import CloudFormation, properties
from tests.faults.support.fake_aws import FakeAws
from tests.faults.support.platform import FakePlatform
from tests.faults.support.server import answer, hang

REPOSITORY = Path(__file__).resolve().parents[2]


def test_f10_an_exception_is_a_failure_with_the_right_log_group(
    cloudformation: CloudFormation, platform: FakePlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("disk on fire, apiKey='Sup3rS3cret'")

    monkeypatch.setattr(gate_run, "run_plan", broken)

    outcome = cloudformation.deliver("Create", properties(platform.plan().to_json()))

    assert outcome.status == "FAILED"
    assert "the gate itself failed with RuntimeError: disk on fire" in outcome.reason
    assert "Log: /acinaces/local/gate" in outcome.reason, "and not only the Provider's guess"
    assert "Sup3rS3cret" not in outcome.reason


@pytest.fixture
def missing_layer(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From the call on, the layer with the dependencies cannot be imported."""
    real = builtins.__import__

    def without_layer(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.partition(".")[0] in ("pydantic", "aiohttp"):
            raise ImportError(f"No module named {name!r}")
        return real(name, *args, **kwargs)

    def take_away() -> None:
        monkeypatch.delitem(sys.modules, "lambda_src.verification.gate_run", raising=False)
        monkeypatch.delattr(verification, "gate_run", raising=False)
        monkeypatch.setattr(builtins, "__import__", without_layer)

    return take_away


def test_f10_a_gate_that_cannot_import_its_layer_fails_a_release_and_says_so(
    cloudformation: CloudFormation, platform: FakePlatform, missing_layer: Callable[[], None]
) -> None:
    wanted = properties(platform.plan().to_json())
    missing_layer()

    outcome = cloudformation.deliver("Create", wanted)

    assert outcome.status == "FAILED"
    assert "ImportError" in outcome.reason
    assert "Log: /acinaces/local/gate" in outcome.reason


@pytest.mark.parametrize("request_type", ["Update", "Delete"])
def test_f10_a_gate_that_cannot_import_its_layer_lets_rollback_and_delete_through(
    cloudformation: CloudFormation,
    platform: FakePlatform,
    aws: FakeAws,
    missing_layer: Callable[[], None],
    request_type: str,
) -> None:
    wanted = properties(platform.plan().to_json())
    aws.status = "UPDATE_ROLLBACK_IN_PROGRESS"
    cloudformation.physical_id = "gate-local"
    missing_layer()

    outcome = cloudformation.deliver(request_type, wanted)

    assert outcome.status == "SUCCESS"
    if request_type == "Update":
        assert "ImportError" in outcome.data["Summary"]


def test_f10_the_gates_module_itself_needs_the_standard_library_only() -> None:
    program = (
        "import sys; before = set(sys.modules); import lambda_src.verification.gate; "
        "print([n for n in sys.modules if n.partition('.')[0] in ('pydantic', 'aiohttp', 'boto3', 'botocore')])"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_f11_the_engines_deadline_comes_before_lambdas(
    cloudformation: CloudFormation, platform: FakePlatform, aws: FakeAws
) -> None:
    platform.server.default = hang
    cloudformation.timeout_s = 20.3
    # Clean-up and report take part of the reserve; both hang as long as they may.
    outcome = cloudformation.deliver("Create", properties(platform.plan().to_json()))

    assert outcome.status == "FAILED"
    assert outcome.took_s < cloudformation.timeout_s - 15


def test_f11_an_event_that_comes_too_late_is_answered_all_the_same(
    cloudformation: CloudFormation, platform: FakePlatform
) -> None:
    cloudformation.timeout_s = 5

    outcome = cloudformation.deliver("Create", properties(platform.plan().to_json()))

    assert outcome.status == "FAILED"
    assert "did not start before the run's end" in outcome.reason
    assert outcome.took_s < 4


def test_f11_clean_up_and_report_that_hang_stay_inside_the_reserve(
    cloudformation: CloudFormation, platform: FakePlatform, aws: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hanging(_subject: str) -> None:
        time.sleep(5)

    monkeypatch.setattr("lambda_src.verification.engine.CLEANUP_S", 0.2)
    for limit in ("_STORE_S", "_KEEP_S", "_LOOK_UP_S", "_SURROUNDINGS_S"):
        monkeypatch.setattr(gate_store, limit, 0.2)
    aws.faults = dict.fromkeys(("delete_row", "put_object", "get_object"), hanging)

    outcome = cloudformation.deliver("Create", properties(platform.plan().to_json()))

    assert outcome.status == "SUCCESS", "clean-up and storage never change a verdict"
    assert outcome.took_s < 2
    assert "report not stored (S3 did not answer within 0.2 s)" in outcome.data["Summary"]


def test_f12_a_gate_whose_process_dies_is_made_good_by_the_next_delivery(
    cloudformation: CloudFormation, platform: FakePlatform, aws: FakeAws
) -> None:
    """Lambda kills the process after two writes; nobody answers, until the same request is delivered again."""
    wanted = properties(platform.plan().to_json())
    event = {"RequestType": "Create", "RequestId": "request-1", "StackId": "s", "ResourceProperties": wanted}
    died = subprocess.run(
        [sys.executable, "-m", "tests.faults.support.killed_gate"],
        cwd=REPOSITORY,
        input=json.dumps(event),
        text=True,
        capture_output=True,
        check=False,
    )
    assert died.returncode == killed_gate.EXIT_CODE, died.stderr
    assert aws.left, "the dead run left rows behind"

    outcome = cloudformation.deliver("Create", wanted, request_id="request-1")

    assert outcome.status == "SUCCESS", outcome.reason
    assert aws.left == [], "the same request has the same keys, so its second run removes the first one's rows"


@pytest.mark.parametrize("filler", ["x", "ü", "漢", "🙂", '"\\\n'])
def test_f13_a_reason_too_large_is_cut_by_bytes_and_keeps_where_the_report_is(
    cloudformation: CloudFormation, platform: FakePlatform, latest: Any, filler: str
) -> None:
    for path in ("/health", "/api/templates", "/api/strategies", "/api/exchanges", "/api/audit", "/api/market-data"):
        platform.server.on("GET", path, answer(400, filler * 3000))

    outcome = cloudformation.deliver("Create", properties(platform.plan().to_json()))

    # The simulator refuses answers above 4096 bytes.
    assert outcome.status == "FAILED"
    assert "Report: s3://reports/releases/a1b2c3d4/" in outcome.reason
    assert "Log: /acinaces/local/gate" in outcome.reason
    assert latest()["counts"]["failed"] >= 6, "the whole of it is in the report"


@pytest.mark.parametrize(("criticality", "status"), [("advisory", "SUCCESS"), ("critical", "FAILED")])
def test_f13_an_answer_with_many_words_stays_below_the_limit(
    cloudformation: CloudFormation, platform: FakePlatform, latest: Any, criticality: str, status: str
) -> None:
    plan = platform.plan()
    endpoints = [check for check in plan.checks if check.kind == "api_endpoint"]
    many = tuple(
        endpoints[0].model_copy(
            update={"name": f"api/{number:03}-{'n' * 80}", "criticality": criticality, "path": "/no"}
        )
        for number in range(100)
    )
    big: Plan = plan.model_copy(update={"checks": (*plan.checks, *many)})

    outcome = cloudformation.deliver("Create", properties(big.to_json(), release_id="r" * 3000))

    assert outcome.status == status, outcome.reason
    assert latest()["counts"]["failed"] == 100
