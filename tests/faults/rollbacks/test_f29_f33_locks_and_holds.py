"""F29: two changes at once. F33: a deployment that would bring back what was put back. And the emergency stop."""

from __future__ import annotations

import io
import json
import os
import time
from typing import Any

import pytest
from rich.console import Console

from lambda_src.operations import lease
from lambda_src.operations.hold import Hold
from lambda_src.operations.lease import Lease
from ops import cli, deploy, emergency, holds, lock
from ops.errors import ExitCode, OperatorError
from ops.lock import locked
from ops.rollback import diary, operation, targets
from ops.rollback.pruning import plan_pruning, prune
from ops.surroundings import Surroundings, place
from tests.support.rollbacks import BUCKET, NEW, NEW_SITE, OLD, World
from tests.support.rolling_back import Progress

TABLE = "local-crypto-trading-journal"
HELD = Hold(reason="it lost orders", at="2026-01-03T12:00:00+00:00", by="Ada", operation="op")


def taken_by(place_of: str, *, until: float) -> Lease:
    return Lease(owner="other", operation="deploy", by="Ada", place=place_of, since=until - 60, until=until)


def test_f29_who_is_at_it_and_since_when(world: World, around: Surroundings) -> None:
    since = time.time()
    lease.take(world.client("dynamodb"), TABLE, taken_by("another-machine/1", until=since + 60))

    with (
        pytest.raises(OperatorError, match="is being changed: deploy by Ada since") as raised,
        locked(around, "rollback release", by="Bob"),
    ):
        pytest.fail("two at once")

    assert (raised.value.code, raised.value.where) == (ExitCode.PRECONDITION, "another-machine/1")


@pytest.mark.parametrize("command", [["rollback", "backend"], ["deploy"], ["prune"]], ids=" ".join)
def test_f29_every_change_is_refused_beside_another(
    world: World,
    around: Surroundings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: list[str],
) -> None:
    monkeypatch.setattr(deploy, "run", lambda *_: pytest.fail("something was started"))
    before = world.state()
    with locked(around, "deploy", by="Ada"):
        assert ended(monkeypatch, *command, "--env", "local", "--yes") == ExitCode.PRECONDITION
    assert "local is being changed: deploy by Ada since" in capsys.readouterr().err
    assert (world.state(), world.hold()) == (before, None)


def test_nothing_is_changed_in_another_account(
    world: World, around: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        around,
        "client",
        lambda _: type("Sts", (), {"get_caller_identity": lambda _: {"Account": "9" * 12, "Arn": "a"}})(),
    )
    with pytest.raises(OperatorError, match="signed in to account 999999999999, and local is in 000000000000"):
        around.caller()


def test_f29_a_lease_is_given_back_also_by_what_fails(world: World, around: Surroundings) -> None:
    with pytest.raises(RuntimeError), locked(around, "deploy", by="Ada"):
        raise RuntimeError
    assert lease.holder(world.client("dynamodb"), TABLE) is None


@pytest.mark.parametrize("held", ["run out", "dead"])
def test_f29_nobody_is_kept_out_by_who_is_gone(world: World, around: Surroundings, held: str) -> None:
    host = place().rpartition("/")[0]
    # A process of this machine that has ended: the id of a child that was waited for.
    child = os.posix_spawn("/bin/true", ["true"], {})
    os.waitpid(child, 0)
    found = {
        "run out": taken_by("another-machine/1", until=time.time() - 1),
        "dead": taken_by(f"{host}/{child}", until=time.time() + 60),
    }
    lease.take(world.client("dynamodb"), TABLE, found[held])

    with locked(around, "rollback release", by="Bob"):
        holder = lease.holder(world.client("dynamodb"), TABLE)
        assert holder is not None
        assert holder.by == "Bob"


def test_f29_a_long_change_keeps_its_lease(world: World, around: Surroundings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "_PROLONGED_EVERY_S", 0.01)
    with locked(around, "deploy", by="Ada"):
        first = lease.holder(world.client("dynamodb"), TABLE)
        ends_at = time.monotonic() + 20
        while (later := lease.holder(world.client("dynamodb"), TABLE)) == first:
            assert time.monotonic() < ends_at
        assert first is not None
        assert later is not None
        assert later.until > first.until
        assert later.since == first.since


def test_f33_a_deployment_on_hold_is_refused_before_anything_starts(
    world: World, around: Surroundings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(deploy, "run", lambda *_: pytest.fail("something was started"))
    put(around, HELD)

    assert ended(monkeypatch, "deploy", "--env", "local", "--yes") == ExitCode.PRECONDITION

    said = capsys.readouterr().err
    assert "local is on hold since 2026-01-03T12:00:00+00:00 by Ada; nothing was started" in said
    assert "why: it lost orders" in said
    assert "acinaces deploy --env local --clear-hold" in said


def test_f33_the_hold_is_lifted_for_one_deployment_and_back_when_it_fails(world: World, around: Surroundings) -> None:
    put(around, HELD)
    console = Console(file=io.StringIO())
    with pytest.raises(RuntimeError), holds.lifted(around, console):
        raise RuntimeError
    assert world.hold() == HELD

    with holds.lifted(around, console):
        assert world.hold() is None
    assert world.hold() is None


def test_a_hold_is_set_shown_and_cleared(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(monkeypatch, "hold", "set", "--env", "local", "--reason", "a freeze", "--yes") == ExitCode.OK
    capsys.readouterr()
    assert ended(monkeypatch, "hold", "show", "--env", "local", "--json") == ExitCode.OK
    assert json.loads(capsys.readouterr().out)["reason"] == "a freeze"
    assert ended(monkeypatch, "hold", "clear", "--env", "local", "--yes") == ExitCode.OK
    assert world.hold() is None


@pytest.mark.parametrize(("value", "reason"), [("off", None), ("because", "because"), ('{"reason": "r"}', "r")])
def test_a_hold_that_somebody_wrote_by_hand_counts(world: World, value: str, reason: str | None) -> None:
    world.client("ssm").put_parameter(Name="/acinaces/local/hold", Value=value, Type="String", Overwrite=True)

    found = world.hold()

    assert (found.reason if found else None) == reason


class Cloud:
    """SNS and Step Functions, of which `refused` do not answer."""

    def __init__(self, *refused: str) -> None:
        self.refused = refused
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def _call(self, name: str, parameters: dict[str, Any]) -> None:
        self.calls.append((name, parameters))
        if name in self.refused:
            from botocore.exceptions import ClientError

            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, name)

    def start_execution(self, **parameters: Any) -> Any:
        self._call("start_execution", parameters)
        return {"executionArn": "arn:execution"}

    def publish(self, **parameters: Any) -> Any:
        self._call("publish", parameters)
        return {"MessageId": "m"}


def calling(around: Surroundings, monkeypatch: pytest.MonkeyPatch, cloud: Cloud) -> None:
    client = around.client
    monkeypatch.setattr(around, "client", lambda name: cloud if name in ("sns", "stepfunctions") else client(name))


def test_an_emergency_stop_stops_orders_starts_the_rollback_and_tells_people(
    world: World, around: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud = Cloud()
    calling(around, monkeypatch, cloud)

    stopped = emergency.pull(around, reason="it lost orders", by="Ada", rollback=True)

    assert json.loads(emergency.why_stopped(around))["reason"] == "it lost orders"
    assert stopped.execution == "arn:execution"
    (_, started), (_, told) = cloud.calls
    assert started["stateMachineArn"].endswith(":000000000000:stateMachine:local-crypto-trading-rollback")
    assert told["TopicArn"] == "arn:aws:sns:eu-central-1:000000000000:local-crypto-trading-alerts-critical"
    assert "it lost orders" in told["Message"]
    emergency.resume(around, by="Ada")
    assert emergency.why_stopped(around) == ""


@pytest.mark.parametrize(
    ("refused", "said"), [("start_execution", "the rollback was not started"), ("publish", "nobody was told")]
)
def test_orders_are_stopped_whatever_else_fails(
    world: World, around: Surroundings, monkeypatch: pytest.MonkeyPatch, refused: str, said: str
) -> None:
    cloud = Cloud(refused)
    calling(around, monkeypatch, cloud)

    with pytest.raises(OperatorError, match=f"orders are refused in local, but {said}") as raised:
        emergency.pull(around, reason="r", by="Ada", rollback=True)

    assert raised.value.code == ExitCode.PARTIAL
    assert emergency.why_stopped(around)
    assert [name for name, _ in cloud.calls] == ["start_execution", "publish"]


def test_pruning_leaves_what_a_rollback_needs(world: World, around: Surroundings) -> None:
    """A version that no kept release served goes; those of the live release and of the one before stay."""
    files = {**NEW_SITE, "lists.html": "<p>never released"}
    never = world.publish(files)["lists.html"]
    world.publish(NEW_SITE)

    chosen = plan_pruning(around, diary.read_chronicle(around), keep=1)

    assert {release.attempt for release in chosen.kept} == {OLD, NEW}
    assert chosen.versions == ()
    assert ("lists.html", never) in chosen.objects
    assert ("lists.html", world.version_ids[OLD]["lists.html"]) not in chosen.objects
    assert prune(around, chosen) == []
    chronicle = diary.read_chronicle(around)
    plan = targets.plan(around, chronicle, scope="release", wanted=None)
    work = operation.Rollback(around, by="Ada", progress=Progress(), verify=lambda *_: ("passed", ExitCode.OK))
    assert work.begin(plan, chronicle, reason="").code == ExitCode.OK
    left = world.client("s3").list_object_versions(Bucket=BUCKET)["Versions"]
    assert never not in {item["VersionId"] for item in left}


def put(around: Surroundings, hold: Hold) -> None:
    from lambda_src.operations.hold import put as put_hold

    put_hold(around.client("ssm"), around.name, hold)


def ended(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """The exit code of one command."""
    monkeypatch.setattr("sys.argv", ["acinaces", *arguments])
    with pytest.raises(SystemExit) as raised:
        cli.main()
    return int(raised.value.code or 0)
