"""Between releases, on the embedded cloud: a schedule's run, and an alarm that puts a release back by itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import pytest

from environments import load_environment
from lambda_src.journal import journal_table_name
from lambda_src.operations.entries import recent
from lambda_src.operations.releases import chronicle
from local.state import ROOT
from ops.recovery.application import plan, recover
from ops.recovery.stacks import remove
from ops.status.judge import judge
from ops.status.look import look
from tests.support.credentials import MARKER, VALUES
from tests.support.release import PREFIX, STACK, Deployment, Installation

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

HANDLER = "lambda_src/handlers/exchanges.py"
FUTURE = "from __future__ import annotations\n"
CHANGED = f"{FUTURE}# A second release.\n"
HOLD = "/acinaces/local/hold"
STOP = "/acinaces/local/emergency-stop"
REASON = "a person tried it"
T = TypeVar("T")


@pytest.fixture(scope="module")
def second(installation: Installation, first: Deployment) -> Iterator[dict[str, str]]:
    """A second release, of one handler; yields the aliases from before it."""
    before = installation.aliases()
    installation.edit(HANDLER, FUTURE, CHANGED)
    release = installation.deploy()
    assert release.outcome.succeeded, release.log[-4000:]
    assert moved(before, installation.aliases()) == {"exchanges"}
    yield before
    # What comes after finds the sources, aliases and parameters as they were.
    installation.edit(HANDLER, CHANGED, FUTURE)
    emergency_stop(installation, "off")
    calm(installation)
    installation.cloud.client("ssm").delete_parameters(Names=[HOLD])


@pytest.fixture(scope="module")
def put_back(installation: Installation, second: dict[str, str]) -> dict[str, Any]:
    """The rollback that the emergency stop starts: seen by a schedule's run, whose metric raises the alarm (M36).

    Nobody sets an alarm, and nobody calls the state machine.
    """
    earlier = set(executions(installation))
    emergency_stop(installation, REASON)
    assert verify(installation, "health", ["api"])["verdict"] == "passed"
    started = eventually(lambda: next(iter(set(executions(installation)) - earlier), None))
    return finished(installation, started)


def test_health_is_verified_on_schedule(installation: Installation, first: Deployment) -> None:
    answer = verify(installation, "health", ["api", "data"])

    assert answer["verdict"] == "passed", answer
    report = stored(installation, "continuous/health/latest.json")
    assert report == stored(installation, answer["report"])
    assert report["kind"] == "schedule"
    assert {check["group"] for check in report["checks"]} <= {"api", "data"}
    assert "api/health" in {check["name"] for check in report["checks"]}


def test_a_schedule_without_checks_is_an_error_and_no_crash(installation: Installation, first: Deployment) -> None:
    answer = verify(installation, "nothing", ["no-such-group"])

    assert answer["verdict"] == "error"
    assert "no-such-group" in answer["summary"]


def test_no_schedule_runs_by_itself_on_a_laptop(installation: Installation, first: Deployment) -> None:
    schedules = installation.cloud.client("scheduler").list_schedules()["Schedules"]

    assert {schedule["State"] for schedule in schedules} == {"DISABLED"}
    assert {schedule["Name"] for schedule in schedules} == {
        "health",
        "trading",
        "monitoring",
        "performance",
        "security",
        "restore",
    }


def test_the_emergency_stop_is_off_after_a_deployment(installation: Installation, first: Deployment) -> None:
    assert installation.cloud.client("ssm").get_parameter(Name=STOP)["Parameter"]["Value"] == "off"


def test_an_alarm_puts_back_what_the_last_release_changed(
    installation: Installation, second: dict[str, str], put_back: dict[str, Any]
) -> None:
    assert put_back["status"] == "SUCCEEDED", put_back
    assert json.loads(put_back["output"])["moved"] == 1
    assert installation.aliases() == second
    assert installation.api("/api/exchanges").status == 200


def test_a_rollback_holds_and_says_what_it_did(installation: Installation, put_back: dict[str, Any]) -> None:
    hold = json.loads(installation.cloud.client("ssm").get_parameter(Name=HOLD)["Parameter"]["Value"])
    record = stored(installation, "rollbacks/latest.json")

    assert f"{PREFIX}rollback" in hold["reason"]
    assert hold["by"] == record["execution"] == put_back["name"]
    assert hold["operation"] == f"rollback-{put_back['name']}"
    assert record["outcome"] == "rolled back"
    assert [move["function"] for move in record["moves"]] == [f"{PREFIX}exchanges"]
    assert record["stays"] == []


def test_the_journal_knows_the_rollback_and_what_serves(installation: Installation, put_back: dict[str, Any]) -> None:
    told = chronicle(recent(installation.cloud.client("dynamodb"), journal_table_name("local")))
    left, serves = told.releases[0], told.live()

    assert told.in_force is not None
    assert told.in_force.id == f"rollback-{put_back['name']}"
    assert [step["step"] for step in told.in_force.steps] == [f"alias {PREFIX}exchanges"]
    assert serves is not None
    assert (left.outcome, serves.attempt) == ("rolled-back", told.releases[1].attempt)


def test_a_second_rollback_finds_nothing_and_changes_nothing(
    installation: Installation, second: dict[str, str], put_back: dict[str, Any]
) -> None:
    client = installation.cloud.client("stepfunctions")
    arn = client.start_execution(stateMachineArn=machine(installation), input=json.dumps({"reason": REASON}))

    again = finished(installation, arn["executionArn"])

    assert (again["status"], again.get("error")) == ("FAILED", "NothingEligible")
    assert installation.aliases() == second
    record = stored(installation, "rollbacks/latest.json")
    assert (record["outcome"], record["reason"], record["moves"]) == ("nothing eligible", REASON, [])
    assert "has put the release back already" in record["found"]


def test_a_function_proves_that_it_has_what_was_entered(installation: Installation, first: Deployment) -> None:
    entered = json.dumps({"kraken": VALUES["kraken"]})

    done = acinaces(installation, "populate", "--from", "-", "--overwrite", "--yes", "--json", stdin=entered)

    assert done.returncode == 0, done.stderr
    (seen,) = json.loads(done.stdout)["seen"]
    assert (seen["secret"], seen["function"], seen["problem"]) == ("kraken", f"{PREFIX}exchanges", None)
    connection = installation.api("/api/exchanges/kraken/connection")
    assert (connection.status, json.loads(connection.body)["credentialsVersion"]) == (200, seen["version"])
    assert MARKER not in done.stdout + done.stderr


def test_a_rotated_api_key_works_beside_the_former_one(installation: Installation, first: Deployment) -> None:
    former = installation.api_key()

    done = acinaces(installation, "rotate", "api-key", "--yes")

    assert done.returncode == 0, done.stderr
    new = installation.api_key()
    assert new != former
    answers = {key: installation.api("/api/templates", key=key).status for key in (former, new, "x" * len(new))}
    assert list(answers.values()) == [200, 200, 403]
    assert verify(installation, "health", ["api"])["verdict"] == "passed"


def test_a_key_that_leaked_ends_at_once(installation: Installation, first: Deployment) -> None:
    leaked = installation.api_key()

    done = acinaces(installation, "rotate", "api-key", "--end-former", "--yes")

    assert done.returncode == 0, done.stderr
    assert installation.api("/api/templates", key=leaked).status == 403
    assert installation.api("/api/templates").status == 200


def test_a_rotated_token_is_tried_by_those_that_use_it(installation: Installation, first: Deployment) -> None:
    done = acinaces(installation, "rotate", "redis-auth", "--yes", "--json")

    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)["seen"]
    assert {one["function"] for one in seen} == {f"{PREFIX}health", f"{PREFIX}market-data"}
    assert {one["problem"] for one in seen} == {None}


def test_the_application_is_made_again_when_its_stack_is_gone(
    installation: Installation, second: dict[str, str], put_back: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """M40: from the journal and from what the recorder kept; no source, no build, and the data as it was."""
    for name, value in installation.cloud.variables().items():
        monkeypatch.setenv(name, value)
    installation.cloud.client("ssm").delete_parameters(Names=[HOLD])
    local, page, key = load_environment("local"), installation.site("/").body, installation.api_key()
    lost = installation.records()[0]
    remove(installation.cloud.client("cloudformation"), STACK, say)
    assert "the Release stack is gone" in judge("local", look(local)).problems

    done = recover(local, plan(local, lost.release_id), say)

    assert (done.release_id, done.verdict, done.operations) == (lost.release_id, "passed", "made"), done
    assert installation.site("/").body == page
    assert installation.api("/api/exchanges", key=key).status == 200
    made = installation.records()[0]
    assert (made.release_id, made.attempt != lost.attempt, made.outcome.value) == (lost.release_id, True, "released")
    assert judge("local", look(local)).drift == ()


def acinaces(installation: Installation, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """`acinaces secrets …`, as a pipeline runs it."""
    variables = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **installation.cloud.variables()}
    command = [sys.executable, "-m", "ops", "secrets", *arguments, "--env", "local"]
    return subprocess.run(
        command, cwd=ROOT, env=variables, input=stdin, capture_output=True, text=True, check=False, timeout=300
    )


def say(_line: str) -> None:
    """Nobody looks."""


def moved(before: dict[str, str], after: dict[str, str]) -> set[str]:
    return {name for name in after if after[name] != before[name]}


def verify(installation: Installation, schedule: str, groups: list[str]) -> Any:
    """One run of the scheduled function, by its alias, as a schedule calls it."""
    event = {"schedule": schedule, "groups": groups, "deadline_s": 45, "emergency_stop": STOP}
    answer = installation.cloud.client("lambda").invoke(
        FunctionName=f"{PREFIX}scheduled-verification", Qualifier="live", Payload=json.dumps(event).encode()
    )
    body = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, body
    return body


def stored(installation: Installation, key: str) -> Any:
    bucket = installation.outputs()["GateReport"].removeprefix("s3://").split("/")[0]
    return json.loads(installation.cloud.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())


def emergency_stop(installation: Installation, value: str) -> None:
    installation.cloud.client("ssm").put_parameter(Name=STOP, Value=value, Type="String", Overwrite=True)


def calm(installation: Installation) -> None:
    """Ends the alarm at once; by itself it would end a minute after the last run that saw the stop."""
    installation.cloud.client("cloudwatch").set_alarm_state(
        AlarmName=f"{PREFIX}emergency-stop", StateValue="OK", StateReason="the test is over"
    )


def machine(installation: Installation) -> str:
    machines = installation.cloud.client("stepfunctions").list_state_machines()["stateMachines"]
    (arn,) = (item["stateMachineArn"] for item in machines if item["name"] == f"{PREFIX}rollback")
    return str(arn)


def executions(installation: Installation) -> list[str]:
    found = installation.cloud.client("stepfunctions").list_executions(stateMachineArn=machine(installation))
    return [item["executionArn"] for item in found["executions"]]


def finished(installation: Installation, arn: str) -> dict[str, Any]:
    """The execution once it is over."""
    client = installation.cloud.client("stepfunctions")

    def over() -> dict[str, Any] | None:
        execution: dict[str, Any] = dict(client.describe_execution(executionArn=arn))
        return None if execution["status"] == "RUNNING" else execution

    return eventually(over)


def eventually(look: Callable[[], T | None], *, seconds: float = 90) -> T:
    """What `look` finds, as soon as it finds something."""
    ends_at = time.monotonic() + seconds
    while time.monotonic() < ends_at:
        found = look()
        if found is not None:
            return found
        time.sleep(0.1)
    raise AssertionError(f"nothing within {seconds} s")
