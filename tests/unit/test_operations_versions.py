"""Which version a function goes back to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from lambda_src.operations.versions import Deployed, Move, Published, Stays, explain, judge

RELEASE = datetime(2026, 1, 31, 12, tzinfo=UTC)
BEFORE, AFTER = RELEASE - timedelta(days=1), RELEASE + timedelta(seconds=5)


def deployed(current: int, *versions: tuple[int, datetime]) -> Deployed:
    published = tuple(Published(number=number, at=at) for number, at in versions)
    return Deployed(function="f", current=current, versions=published)


def test_what_the_release_changed_goes_to_the_highest_version_below() -> None:
    judged = judge(deployed(7, (7, AFTER), (2, BEFORE), (5, BEFORE), (9, AFTER)), released_at=RELEASE)

    assert judged == Move(function="f", from_version=7, to_version=5)


def test_what_the_release_left_alone_stays() -> None:
    judged = judge(deployed(2, (1, BEFORE), (2, BEFORE)), released_at=RELEASE)

    assert judged == Stays(function="f", version=2, reason="the last release did not change it")


def test_a_single_version_stays() -> None:
    """F30: nothing to go back to."""
    judged = judge(deployed(1, (1, AFTER)), released_at=RELEASE)

    assert judged == Stays(function="f", version=1, reason="there is no version before this one")


def test_a_version_that_is_gone_is_not_guessed_at() -> None:
    judged = judge(deployed(3, (1, BEFORE), (2, BEFORE)), released_at=RELEASE)

    assert isinstance(judged, Stays)


def test_nothing_eligible_says_why() -> None:
    stays = [Stays(function=name, version=1, reason=reason) for name, reason in (("a", "x"), ("b", "y"), ("c", "x"))]

    assert explain(stays) == "2 of 3: x; 1 of 3: y"


@given(
    versions=st.lists(st.tuples(st.integers(1, 50), st.booleans()), min_size=1, unique_by=lambda version: version[0]),
    data=st.data(),
)
def test_it_never_goes_forward_nor_to_a_version_that_is_not_there(
    versions: list[tuple[int, bool]], data: st.DataObject
) -> None:
    current = data.draw(st.sampled_from([number for number, _new in versions]))
    listed = [(number, AFTER if new else BEFORE) for number, new in versions]

    judged = judge(deployed(current, *listed), released_at=RELEASE)

    if isinstance(judged, Move):
        assert judged.from_version == current > judged.to_version
        assert judged.to_version in {number for number, _new in versions}
        assert dict(versions)[current]


@given(numbers=st.sets(st.integers(1, 50), min_size=2))
def test_going_back_twice_is_going_back_once(numbers: set[int]) -> None:
    """A release makes one version of a function: what it goes back to is older than the release."""
    *older, newest = sorted(numbers)
    listed = [*((number, BEFORE) for number in older), (newest, AFTER)]
    first = judge(deployed(newest, *listed), released_at=RELEASE)
    assert isinstance(first, Move)

    assert isinstance(judge(deployed(first.to_version, *listed), released_at=RELEASE), Stays)
