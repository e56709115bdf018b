"""The report as a page, as Markdown and as JUnit: the answer first, and nothing in it comes alive."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from lambda_src.verification.contents import ReleaseContents
from lambda_src.verification.history import History
from lambda_src.verification.rendering import to_html, to_junit, to_markdown
from lambda_src.verification.rendering.chart import round_up
from lambda_src.verification.rendering.words import duration, headline, next_step, percentile, report_tone
from lambda_src.verification.verdicts import Attempt, CleanupReport, Report, Verdict
from tests.support.reports import report, result

ATTACK = '<script>alert(\'1\')</script>" onload="x" ]]> --> `code` | **bold** [link](https://evil.example) @team\nline'
CONTENTS = ReleaseContents(
    commit="7cb6d37aa90bb8f2c1", changed=("function/orders", "site"), previous_release_id="9f31bc02aa7710de"
)
GOOD = report(result("api/health", Verdict.PASSED), result("site/page", Verdict.PASSED), contents=CONTENTS)
BAD = report(
    result("api/health", Verdict.PASSED),
    result("api/orders", attempts=4, latency_ms=640, evidence={"status": 500}),
    result("monitoring/alarms", Verdict.INCONCLUSIVE, message="2 of 43 alarms have no data"),
    result("security/burst", criticality="advisory"),
    result("data/timestream", Verdict.SKIPPED, message="Timestream is not configured"),
    contents=CONTENTS,
)


class Reader(HTMLParser):
    """Tags in order, and all text that is shown."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def hostile() -> Report:
    """Every text that others may have written is an attack."""
    history = (Attempt(at_ms=0, duration_ms=1, verdict=Verdict.FAILED, message=ATTACK),) * 2
    bad = result("api/orders", message=ATTACK, remedy=ATTACK, evidence={ATTACK: [ATTACK]}, history=history)
    skipped = result("data/x", Verdict.SKIPPED, message=ATTACK)
    return report(
        bad,
        skipped,
        notes=(ATTACK,),
        cleanup=CleanupReport(leftovers=(ATTACK,)),
        release_id=ATTACK,
        contents=ReleaseContents(commit=ATTACK, changed=(ATTACK,), previous_release_id=ATTACK),
    )


def test_the_page_says_first_whether_it_is_good_and_what_to_do() -> None:
    good, bad = Reader(to_html(GOOD)).text, Reader(to_html(BAD)).text

    assert good.index("Released to test and verified") < good.index("Nothing.") < good.index("Latency")
    answer, what = (
        bad.index("The release to test was stopped and put back"),
        bad.index("Look into the log of api/orders"),
    )
    assert answer < what < bad.index("What did not pass") < bad.index("What was released")
    # The critical failure before missing data, and that before what is advisory only.
    order = [bad.rindex(f"{name} {sign}") for name, sign in (("api/orders", "✗"), ("alarms", "?"), ("burst", "✗"))]
    assert order == sorted(order)


def test_the_page_shows_what_was_released_and_the_releases_before() -> None:
    history = History().with_run(GOOD, report_key="1").with_run(BAD, report_key="2")

    text = Reader(to_html(BAD, history=history.entries, location="s3://reports/2.json")).text

    for shown in ("7cb6d37aa90b", "function/orders", "9f31bc02aa7710de", "s3://reports/2.json", "stopped: failed"):
        assert shown in text


def test_nothing_on_the_page_comes_alive_or_from_a_network() -> None:
    history = History().with_run(hostile(), report_key=ATTACK)
    page = to_html(hostile(), history=history.entries, location=ATTACK)
    reader = Reader(page)

    assert not {"script", "link", "img", "iframe", "object", "form", "a"} & set(reader.tags)
    assert not [name for name, _ in reader.attributes if name.startswith("on") or name in ("src", "href")]
    assert "<script>alert" not in page
    assert reader.text.count("alert('1')") >= 8
    assert "default-src 'none'" in page
    assert not re.search(r"url\(|@import", page)


def test_the_page_is_small_and_whole_with_many_checks() -> None:
    many = report(*(result(f"api/check-{number:03}", Verdict.PASSED, latency_ms=number) for number in range(300)))

    page = to_html(many)

    assert len(page) < 200_000
    assert page.count("<rect") == 16
    assert "and 284 more, faster." in page
    assert "api/check-299" in page


def test_a_page_of_nothing_is_a_page() -> None:
    empty = report(kind="rollback", verdict=Verdict.OBSERVED, stops_release=False)

    assert "test was put back to an earlier release; nothing was judged" in Reader(to_html(empty)).text


def test_markdown_of_a_failure() -> None:
    assert to_markdown(BAD).split("<details>")[0] == (
        "## ✗ The release to test was stopped and put back\n"
        "\n"
        "**To do:** api/orders: Look into the log of api/orders. Then the other 2 below.\n"
        "\n"
        "Release `b71e2c9d00ffe812` · commit `7cb6d37aa90b` · 1 passed, 2 failed, 1 inconclusive, 1 skipped · 13.2 s"
        " · 2026-11-23 06:28 UTC\n"
        "\n"
        "Changed: `function/orders`, `site`\n"
        "\n"
        "### What did not pass\n"
        "\n"
        "- ✗ **api/orders** (failed, 4 attempts): GET /api/orders: HTTP 500\n"
        "  - **To do:** Look into the log of api/orders.\n"
        "- ? **monitoring/alarms** (inconclusive, 1 attempt): 2 of 43 alarms have no data\n"
        "  - **To do:** Look into the log of monitoring/alarms.\n"
        "- ✗ **security/burst** (failed, advisory, 1 attempt): GET /security/burst: HTTP 500\n"
        "  - **To do:** Look into the log of security/burst.\n"
        "\n"
        "| group | passed | p50 | p95 |\n"
        "|---|---:|---:|---:|\n"
        "| ✗ api | 1 of 2 | 120 ms | 640 ms |\n"
        "| ? monitoring | 0 of 1 | \u2013 | \u2013 |\n"
        "| ✗ security | 0 of 1 | \u2013 | \u2013 |\n"
        "| \u2013 data | 0 of 1 | \u2013 | \u2013 |\n"
        "\n"
    )


def test_nothing_in_markdown_is_markup_or_a_mention() -> None:
    text = to_markdown(hostile(), history=History().with_run(hostile(), report_key="1").entries)
    # What is inside backticks is shown as it is.
    outside = re.sub(r"`[^`\n]*`", "", text)

    assert "alert" in outside
    for markup in ("<script>", "](", "://", "@team", "**bold", "`"):
        assert markup not in outside
    # One line for each check: a text cannot add rows or cells.
    assert len([line for line in text.splitlines() if line.startswith("| api/orders")]) == 1


def test_markdown_fits_a_comment() -> None:
    many = report(*(result(f"api/check-{number}", message="long " * 120) for number in range(200)))

    text = to_markdown(many)

    assert len(text) < 65_536
    assert text.endswith("… cut; the report has the rest.\n")


def test_junit_is_read_by_a_parser_with_a_suite_for_each_group() -> None:
    root = ElementTree.fromstring(to_junit(BAD))  # noqa: S314 - our own text

    assert {key: root.get(key) for key in ("tests", "failures", "errors", "skipped", "time")} == {
        "tests": "5",
        "failures": "2",
        "errors": "1",
        "skipped": "1",
        "time": "13.211",
    }
    assert [suite.get("name") for suite in root] == ["api", "data", "monitoring", "security"]
    outcomes = {case.get("name"): [child.tag for child in case] for case in root.iter("testcase")}
    assert outcomes == {
        "api/health": [],
        "api/orders": ["failure"],
        "data/timestream": ["skipped"],
        "monitoring/alarms": ["error"],
        "security/burst": ["failure"],
    }
    failure = root.find(".//testcase[@name='api/orders']/failure")
    assert failure is not None
    assert failure.text is not None
    assert "To do: Look into the log of api/orders." in failure.text


def test_junit_takes_any_text() -> None:
    message = ATTACK + "\x00\x1b[31m\ud800\uffff"

    root = ElementTree.fromstring(to_junit(report(result("api/x", message=message))))  # noqa: S314

    assert "alert('1')" in str(root.find(".//failure[@message]").get("message"))  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("shown", "expected", "tone"),
    [
        (GOOD, "Released to test and verified", "good"),
        (BAD, "The release to test was stopped and put back", "bad"),
        (
            report(result("a/b", Verdict.PASSED), result("a/c", criticality="advisory")),
            "Released to test; 1 thing to look at",
            "warning",
        ),
        (
            report(result("a/b", Verdict.ERROR), stops_release=False),
            "Released to test, though not everything could be judged",
            "warning",
        ),
        (report(result("a/b", Verdict.PASSED), kind="validate"), "test is in order", "good"),
        (report(result("a/b"), result("a/c"), kind="validate"), "test fails 2 checks", "bad"),
        (
            report(result("a/b", Verdict.ERROR), kind="validate"),
            "test could not be judged: 1 check could not be measured",
            "bad",
        ),
        (
            report(result("a/b", Verdict.INCONCLUSIVE), kind="validate"),
            "test could not be judged yet: there is no data",
            "warning",
        ),
    ],
)
def test_the_answer_in_one_sentence(shown: Report, expected: str, tone: str) -> None:
    assert headline(shown) == expected
    assert report_tone(shown) == tone


def test_what_to_do_when_nothing_passed_is_not_nothing() -> None:
    skipped = report(result("a/b", Verdict.SKIPPED), kind="validate")

    assert next_step(skipped).startswith("No check has passed.")


def test_numbers_as_people_read_them() -> None:
    assert [duration(value) for value in (0, 999, 1200, 125_000)] == ["0 ms", "999 ms", "1.2 s", "2 min 5 s"]
    assert [percentile([5, 1, 9, 3], share) for share in (0.5, 0.95)] == [3, 9]
    assert percentile([], 0.5) is None
    assert [round_up(value) for value in (0, 5, 85, 640, 1001)] == [4, 6, 100, 800, 2000]
