"""What serves after a rollback, what the next deployment makes of it, and by which plan it is checked."""

from __future__ import annotations

from datetime import UTC, datetime

from lambda_src.journal import ReleaseState
from lambda_src.operations import releases
from ops.commands.settle import put_back_again
from ops.errors import ExitCode
from ops.rollback.diary import read_chronicle
from ops.rollback.schedules import PLAN_KEY
from ops.rollback.settling import find_leftover, settle
from ops.surroundings import Surroundings
from tests.support.embedded import function
from tests.support.rollbacks import BUCKET, NEW, NEW_SITE, OLD, OLD_SITE, World
from tests.support.rolling_back import NAMES, Progress, roll_back


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
