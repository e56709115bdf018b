"""The last releases: which one serves, and what changed since."""

from __future__ import annotations

from lambda_src.verification.contents import ReleaseContents, changed_assets
from lambda_src.verification.history import History
from lambda_src.verification.verdicts import Report, Verdict
from tests.support.reports import report, result


def run(release_id: str, *, good: bool = True, **assets: str) -> Report:
    outcome = result("api/x", Verdict.PASSED if good else Verdict.FAILED)
    return report(outcome, release_id=release_id, contents=ReleaseContents(assets=assets))


def rollback(release_id: str) -> Report:
    return report(kind="rollback", verdict=Verdict.OBSERVED, stops_release=False, release_id=release_id)


def test_the_live_release_is_the_last_one_that_was_not_stopped() -> None:
    history = History().with_run(run("one", site="1"), report_key="1").with_run(run("two", good=False), report_key="2")

    assert history.live is not None
    assert history.live.release_id == "one"


def test_after_a_rollback_the_release_returned_to_is_live_with_its_assets() -> None:
    history = History().with_run(run("one", site="1"), report_key="1")
    # Passed its gate, and was put back because of a later resource.
    history = history.with_run(run("two", site="2"), report_key="2").with_run(rollback("one"), report_key="3")

    compared = history.compared(ReleaseContents(assets={"site": "3", "layer": "1"}))

    assert compared.previous_release_id == "one"
    assert compared.changed == ("layer", "site")


def test_the_first_release_has_nothing_to_be_compared_with() -> None:
    assert History().compared(ReleaseContents(assets={"site": "1"})).changed is None


def test_changed_names_new_different_and_gone() -> None:
    assert changed_assets({"a": "1", "b": "1", "c": "1"}, {"a": "1", "b": "2", "d": "1"}) == ("b", "c (removed)", "d")


def test_a_run_delivered_twice_is_there_once_and_old_ones_go() -> None:
    history = History()
    for number in range(25):
        history = history.with_run(run(str(number)), report_key=str(number)).with_run(run("x"), report_key=str(number))

    assert len(history.entries) == 20
    assert history.entries[0].report_key == "24"
    assert History.from_json(history.model_dump_json()) == history


def test_what_cannot_be_read_is_empty() -> None:
    assert History.from_json(b"{not json") == History.from_json(None) == History()
