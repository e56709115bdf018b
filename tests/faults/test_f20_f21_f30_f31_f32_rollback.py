"""F20, F21, F30, F31, F32: what a rollback meets, on a small environment of its own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from lambda_src.journal import ReleaseState
from lambda_src.operations import aliases, releases, site
from lambda_src.operations.distribution import script_hashes
from lambda_src.operations.site import GROUPS
from ops import surroundings
from ops.commands.settle import put_back_again
from ops.errors import ExitCode, OperatorError
from ops.rollback import site_work
from ops.rollback.diary import read_chronicle
from ops.rollback.operation import Result, Rollback
from ops.rollback.schedules import PLAN_KEY
from ops.rollback.settling import find_leftover, settle
from ops.rollback.shifts import stop_shifts
from ops.rollback.targets import plan
from ops.surroundings import Surroundings
from tests.support import emulator
from tests.support.embedded import function
from tests.support.rollbacks import BUCKET, NEW, NEW_SITE, OLD, OLD_SITE, World

NAMES = ("local-crypto-trading-one", "local-crypto-trading-two", "local-crypto-trading-three")


class Progress:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.steps: list[str] = []
        self.warnings: list[str] = []

    def step(self, name: str, outcome: str, problem: str = "") -> None:
        self.steps.append(f"{name} {outcome} {problem}".strip())

    def warn(self, message: str) -> None:
        self.warnings.append(message)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with emulator.running(tmp_path_factory.mktemp("emulator")) as url:
        world = World(url, functions=NAMES)
        world.build()
        yield world


@pytest.fixture
def world(built: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    for name, value in built.variables().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(surroundings, "session", lambda _: built.session)
    yield built
    built.reset()


@pytest.fixture
def around(world: World) -> Surroundings:
    return Surroundings(world.environment)


@pytest.fixture
def progress() -> Progress:
    return Progress()


def roll_back(
    around: Surroundings,
    progress: Progress,
    scope: str = "release",
    *,
    wanted: str | None = None,
    verdict: tuple[str, ExitCode] = ("passed", ExitCode.OK),
) -> Result:
    chronicle = read_chronicle(around)
    work = Rollback(around, by="Ada", progress=progress, verify=lambda *_: verdict)
    return work.begin(plan(around, chronicle, scope=scope, wanted=wanted), chronicle, reason="a test")


class Refusing:
    """A client that refuses one operation, as often as it is told, and counts the calls."""

    def __init__(self, client: Any, operation: str, *, times: int) -> None:
        self._client = client
        self._operation = operation
        self._left = times
        self.calls = 0

    def __getattr__(self, name: str) -> Any:
        if name != self._operation:
            return getattr(self._client, name)

        def call(**parameters: Any) -> Any:
            self.calls += 1
            if self._left:
                self._left -= 1
                raise ClientError({"Error": {"Code": "Throttling", "Message": "Rate exceeded"}}, name)
            return getattr(self._client, name)(**parameters)

        return call


def refuse(
    around: Surroundings, monkeypatch: pytest.MonkeyPatch, service: str, operation: str, *, times: int
) -> Refusing:
    refusing, client = Refusing(around.client(service), operation, times=times), around.client
    monkeypatch.setattr(around, "client", lambda name: refusing if name == service else client(name))
    return refusing


@pytest.mark.parametrize(("times", "warned"), [(2, False), (99, True)])
def test_f20_an_invalidation_is_tried_again_and_never_stops_a_rollback(
    world: World,
    around: Surroundings,
    progress: Progress,
    monkeypatch: pytest.MonkeyPatch,
    times: int,
    warned: bool,
) -> None:
    cloudfront = refuse(around, monkeypatch, "cloudfront", "create_invalidation", times=times)
    monkeypatch.setattr(site_work, "PAUSES_S", (0, 0, 0))

    result = roll_back(around, progress, "frontend")

    assert (result.code, result.outcome) == (ExitCode.OK, releases.ROLLED_BACK)
    assert cloudfront.calls == (4 if warned else 3)
    assert [warning for warning in result.done.warnings if "the CDN was not told" in warning] == progress.warnings
    assert bool(progress.warnings) is warned
    assert world.site().items() >= OLD_SITE.items()


def test_f21_pages_come_last_and_what_fails_keeps_them_as_they_were(
    world: World, around: Surroundings, progress: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first group that cannot be restored ends it: pages never ask for what is not there."""
    refuse(around, monkeypatch, "s3", "copy_object", times=1)

    result = roll_back(around, progress, "frontend")

    assert (result.code, result.outcome) == (ExitCode.PARTIAL, releases.PARTIAL)
    assert world.site()["index.html"] == NEW_SITE["index.html"]
    assert [step for step in progress.steps if step.startswith("pages")] == []


def test_f21_the_order_is_that_of_a_publication(world: World, around: Surroundings, progress: Progress) -> None:
    roll_back(around, progress, "frontend")

    groups = [step.split(":")[0] for step in progress.steps if step.split(":")[0] in GROUPS]
    assert groups == [group for group in GROUPS if group != "assets"], "the old assets are there still"
    (script,) = script_hashes(OLD_SITE["index.html"])
    assert f"'{script}'" in world.policy(), "browsers would refuse the old pages' scripts"
    assert "extra.html" not in world.site()


def test_f30_a_single_release_is_nothing_to_go_back_to(world: World, around: Surroundings, progress: Progress) -> None:
    roll_back(around, progress)

    with pytest.raises(OperatorError, match="it is the first that did; nothing was changed") as raised:
        plan(around, read_chronicle(around), scope="release", wanted=None)
    assert (raised.value.code, raised.value.error) == (ExitCode.PRECONDITION, "nothing-eligible")


@pytest.mark.parametrize("scope", ["backend", "release"])
def test_f30_a_deleted_version_is_named_and_nothing_is_changed(
    world: World, around: Surroundings, monkeypatch: pytest.MonkeyPatch, scope: str
) -> None:
    exists = aliases.version_exists
    monkeypatch.setattr(
        aliases, "version_exists", lambda client, name, number: name != NAMES[1] and exists(client, name, number)
    )
    before = world.state()

    with pytest.raises(OperatorError, match=f"versions that are deleted: {NAMES[1]}:1") as raised:
        plan(around, read_chronicle(around), scope=scope, wanted=None)

    assert raised.value.code == ExitCode.PRECONDITION
    assert (world.state(), world.hold()) == (before, None)


def test_f30_a_file_that_is_not_kept_any_more_is_named(
    world: World, around: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = world.version_ids[OLD]["index.html"]
    read = site.read_objects

    def without(client: Any, bucket: str) -> site.Objects:
        found = read(client, bucket)
        etags = {key: etag for key, etag in found.etags.items() if key != ("index.html", lost)}
        return site.Objects(current=found.current, etags=etags)

    monkeypatch.setattr(site, "read_objects", without)

    with pytest.raises(OperatorError, match=r"are not kept any more: index\.html"):
        plan(around, read_chronicle(around), scope="frontend", wanted=None)


@pytest.mark.parametrize(
    ("wanted", "code", "said"),
    [
        ("20251231T120000Z-0000", ExitCode.PRECONDITION, "did not pass its gate"),
        ("20260102T120000Z-bbbc", ExitCode.USAGE, "did you mean '20260102T120000Z-bbbb'"),
        (NEW, ExitCode.PRECONDITION, "the release is the same"),
    ],
)
def test_f30_what_is_asked_for_must_have_passed_and_be_another(
    around: Surroundings, wanted: str, code: ExitCode, said: str
) -> None:
    with pytest.raises(OperatorError, match=said) as raised:
        plan(around, read_chronicle(around), scope="release", wanted=wanted)
    assert raised.value.code == code


def test_the_schedules_check_by_the_plan_of_what_serves(world: World, around: Surroundings, progress: Progress) -> None:
    ssm, s3, name = world.client("ssm"), world.client("s3"), "/acinaces/local/manifest/release"
    location = {"LocationConstraint": "eu-central-1"}
    s3.create_bucket(Bucket="reports", CreateBucketConfiguration=location)
    for key, text in {"plan.json": "new", f"{'a' * 16}/plan.json": "old"}.items():
        s3.put_object(Bucket="reports", Key=f"releases/{key}", Body=text.encode())
    ssm.put_parameter(Name=name, Value='{"report": "s3://reports/releases/x.json"}', Type="String")
    try:
        assert roll_back(around, progress).done.warnings == []
    finally:
        ssm.delete_parameter(Name=name)

    assert s3.get_object(Bucket="reports", Key=PLAN_KEY)["Body"].read() == b"old"


@pytest.mark.parametrize("wanted", [OLD, "a" * 16, "aaaa"], ids=["attempt", "release id", "commit"])
def test_a_release_is_named_by_its_attempt_its_id_or_its_commit(around: Surroundings, wanted: str) -> None:
    assert plan(around, read_chronicle(around), scope="release", wanted=wanted).target.attempt == OLD


def test_f31_an_alias_that_cannot_be_moved_does_not_keep_the_others(
    world: World, around: Surroundings, progress: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(around, monkeypatch, "lambda", "update_alias", times=1)

    result = roll_back(around, progress, "backend")

    assert (result.code, result.outcome, result.done.moved) == (ExitCode.PARTIAL, releases.PARTIAL, 2)
    unfinished = read_chronicle(around).unfinished
    assert unfinished is not None
    assert sorted(step["outcome"] for step in unfinished.steps) == ["done", "done", "failed"]
    assert world.hold() is not None

    again = Rollback(around, by="Ada", progress=progress, verify=lambda *_: ("passed", ExitCode.OK))
    assert again.go_on(unfinished, read_chronicle(around), back=False).code == ExitCode.OK
    assert set(world.state().functions.values()) == {1}


def test_an_alias_that_somebody_else_moves_meanwhile_is_left_alone(
    world: World, around: Surroundings, progress: Progress
) -> None:
    chronicle = read_chronicle(around)
    chosen = plan(around, chronicle, scope="backend", wanted=None)
    third = world.client("lambda").publish_version(FunctionName=NAMES[0])["Version"]
    if third == "2":
        pytest.fail("the emulator published nothing new: the test says nothing")
    world.serve(NAMES[0], int(third))

    result = Rollback(around, by="Ada", progress=progress, verify=lambda *_: ("", ExitCode.OK)).begin(
        chosen, chronicle, reason=""
    )

    assert result.code == ExitCode.PARTIAL
    assert "somebody else has moved it" in result.done.problems[0]
    assert world.client("lambda").get_alias(FunctionName=NAMES[0], Name="live")["FunctionVersion"] == third


def test_f32_a_shift_of_traffic_is_ended_and_the_weights_are_read_again(
    world: World, around: Surroundings, progress: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.serve(NAMES[0], 1, {"2": 0.1})
    codedeploy, client = CodeDeploy(), around.client
    monkeypatch.setattr(around, "client", lambda name: codedeploy if name == "codedeploy" else client(name))

    result = roll_back(around, progress, "backend")

    assert result.code == ExitCode.OK
    assert codedeploy.stopped == ["d-ours"]
    # `state` asserts that no alias sends a share elsewhere.
    assert set(world.state().functions.values()) == {1}
    assert progress.steps[0] == "traffic shift d-ours stopped"


def test_f32_only_shifts_of_the_functions_are_stopped() -> None:
    codedeploy = CodeDeploy()

    assert stop_shifts(codedeploy, {"local-crypto-trading-o"}) == []
    assert stop_shifts(codedeploy, {NAMES[0]}) == ["d-ours"]


@pytest.mark.parametrize(
    ("verdict", "code"), [("failed", ExitCode.CHECK_FAILED), ("not verified", ExitCode.COULD_NOT_RUN)]
)
def test_what_serves_afterwards_is_verified_and_its_verdict_is_the_exit_code(
    world: World, around: Surroundings, progress: Progress, verdict: str, code: ExitCode
) -> None:
    result = roll_back(around, progress, "backend", verdict=(verdict, code))

    assert (result.code, result.outcome, result.verdict) == (code, releases.ROLLED_BACK, verdict)
    assert set(world.state().functions.values()) == {1}


def test_a_rollback_of_the_backend_then_of_the_site_is_one_of_the_release(
    world: World, around: Surroundings, progress: Progress
) -> None:
    roll_back(around, progress, "backend")
    assert read_chronicle(around).serving == {"functions": OLD, "site": NEW}
    assert world.site() == NEW_SITE

    roll_back(around, progress, "frontend")

    assert read_chronicle(around).serving == {"functions": OLD, "site": OLD}
    assert world.site().items() >= OLD_SITE.items()
    assert world.client("s3").get_bucket_versioning(Bucket=BUCKET)["Status"] == "Enabled"


def test_what_the_next_release_does_not_touch_is_settled(
    world: World, around: Surroundings, progress: Progress
) -> None:
    """After a rollback a release changes one function and one page; the rest gets back what it had (ADR 0021)."""
    roll_back(around, progress)
    fixed = world.client("lambda").update_function_code(
        FunctionName=NAMES[0], ZipFile=function("def handler(e, c): return 3"), Publish=True
    )["Version"]
    world.serve(NAMES[0], int(fixed))
    began = datetime.now(UTC).isoformat(timespec="milliseconds")
    files = world.publish({"index.html": "<p>mended", "config.json": NEW_SITE["config.json"]})
    state = ReleaseState(functions={NAMES[0]: int(fixed), NAMES[1]: 1, NAMES[2]: 1}, site=files)
    world.release("20260103T120000Z-cccc", began, "c" * 16, state=state)
    try:
        leftover = find_leftover(around, read_chronicle(around))
        assert leftover is not None
        result = settle(around, leftover, by="Ada", progress=progress, verify=lambda *_: ("passed", ExitCode.OK))

        assert (result.code, result.outcome, result.done.problems) == (ExitCode.OK, releases.SETTLED, [])
        assert world.state().functions == {NAMES[0]: int(fixed), NAMES[1]: 2, NAMES[2]: 2}
        assert world.site() == {**NEW_SITE, "index.html": "<p>mended"}
        live = read_chronicle(around).live()
        assert live is not None
        assert (live.release_id, dict(live.functions)) == ("c" * 16, world.state().functions)
        assert live.site.keys() == NEW_SITE.keys()
        assert find_leftover(around, read_chronicle(around)) is None
    finally:
        world.forget("20260103T120000Z-cccc")


def test_a_deployment_that_fails_after_a_rollback_leaves_what_served(
    world: World, around: Surroundings, progress: Progress
) -> None:
    """CloudFormation goes back to the release that it knows, which is the one that was rolled back."""
    roll_back(around, progress)
    world.serve(NAMES[1], 2)
    world.publish({"index.html": NEW_SITE["index.html"]})

    result = put_back_again(world.environment, around, by="Ada")

    assert result is not None
    assert (result.outcome, result.done.moved, result.done.restored) == (releases.ROLLED_BACK, 1, 1)
    assert set(world.state().functions.values()) == {1}
    assert world.site().items() >= OLD_SITE.items()
    assert set(read_chronicle(around).serving.values()) == {OLD}


def test_without_a_rollback_a_failed_deployment_is_cloudformations_own_matter(
    world: World, around: Surroundings
) -> None:
    assert put_back_again(world.environment, around, by="Ada") is None


class CodeDeploy:
    """Two deployments under way: ours, and one of somebody else's function."""

    def __init__(self) -> None:
        self.stopped: list[str] = []

    def get_paginator(self, operation: str) -> Any:
        answers = {
            "list_applications": {"applications": ["app"]},
            "list_deployment_groups": {"deploymentGroups": ["group"]},
            "list_deployments": {"deployments": ["d-ours", "d-other"]},
        }

        class Pages:
            def paginate(self, **_: Any) -> Any:
                return [answers[operation]]

        return Pages()

    def get_deployment(self, *, deploymentId: str) -> Any:
        name = NAMES[0] if deploymentId == "d-ours" else f"{NAMES[0]}-2"
        content = f"Resources:\n- f:\n    Properties:\n      Name: {name}\n      Alias: live\n"
        return {"deploymentInfo": {"computePlatform": "Lambda", "revision": {"string": {"content": content}}}}

    def stop_deployment(self, *, deploymentId: str, autoRollbackEnabled: bool) -> None:
        assert autoRollbackEnabled is False
        self.stopped.append(deploymentId)
