"""F20, F21, F30: a site's files and their invalidation, and when there is nothing to go back to."""

from __future__ import annotations

from typing import Any

import pytest

from lambda_src.operations import aliases, releases, site
from lambda_src.operations.distribution import script_hashes
from lambda_src.operations.site import GROUPS
from ops.errors import ExitCode, OperatorError
from ops.rollback import site_work
from ops.rollback.diary import read_chronicle
from ops.rollback.targets import plan
from ops.surroundings import Surroundings
from tests.support.rollbacks import NEW, NEW_SITE, OLD, OLD_SITE, World
from tests.support.rolling_back import NAMES, Progress, refuse, roll_back


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


@pytest.mark.parametrize("wanted", [OLD, "a" * 16, "aaaa"], ids=["attempt", "release id", "commit"])
def test_a_release_is_named_by_its_attempt_its_id_or_its_commit(around: Surroundings, wanted: str) -> None:
    assert plan(around, read_chronicle(around), scope="release", wanted=wanted).target.attempt == OLD
