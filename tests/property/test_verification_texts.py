"""Whatever checks saw: answers fit into CloudFormation's 4096 bytes, and no secret is in them (F13)."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lambda_src.verification.plan import Policy
from lambda_src.verification.redaction import Redactor
from lambda_src.verification.report import (
    ANSWER_LIMIT_BYTES,
    REASON_LIMIT_BYTES,
    SUMMARY_LIMIT_BYTES,
    cut_bytes,
    encoded_length,
    failure_reason,
    summary,
)
from lambda_src.verification.verdicts import CheckResult, CleanupReport, Report, Verdict, count, overall, stops
from tests.faults.support.cloudformation import CloudFormation

# Also lone surrogates and control characters: what a broken server sends may end up here.
anything = st.text(alphabet=st.characters(exclude_categories=()), max_size=2000)
# Without what ends a value in JSON, forms and headers.
printable = st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="\"'\\,;&{}[]")
CHECK_VERDICTS = [verdict for verdict in Verdict if verdict is not Verdict.OBSERVED]

results = st.builds(
    CheckResult,
    name=st.text(min_size=1, max_size=100),
    group=st.just("api"),
    kind=st.just("api_endpoint"),
    criticality=st.sampled_from(["critical", "advisory"]),
    verdict=st.sampled_from(CHECK_VERDICTS),
    message=st.text(max_size=700),
    remedy=st.just(""),
    attempts=st.integers(0, 10_000),
    latency_ms=st.none(),
    started=st.just("2030-01-01T00:00:00.000+00:00"),
    duration_ms=st.integers(0, 1_000_000),
    evidence=st.just({}),
    history=st.just(()),
)


@st.composite
def reports(draw: st.DrawFn) -> Report:
    checks = tuple(draw(st.lists(results, max_size=40)))
    return Report(
        kind="update",
        environment="test",
        release_id="r",
        run_id="0123456789ab",
        verdict=overall(checks),
        stops_release=stops(checks, Policy()),
        started="2030-01-01T00:00:00.000+00:00",
        finished="2030-01-01T00:00:00.000+00:00",
        duration_ms=draw(st.integers(0, 900_000)),
        counts=count(checks),
        checks=checks,
        cleanup=CleanupReport(leftovers=tuple(draw(st.lists(st.text(), max_size=3)))),
        notes=tuple(draw(st.lists(st.text(max_size=500), max_size=3))),
    )


@given(text=anything, limit=st.integers(0, 3000))
def test_a_cut_text_fits_is_a_beginning_and_says_that_it_was_cut(text: str, limit: int) -> None:
    cut = cut_bytes(text, limit)

    assert len(json.dumps(cut, ensure_ascii=False).encode()) - 2 <= limit
    clean = text.encode("utf-8", errors="replace").decode()
    assert cut == clean or cut == "" or (cut.endswith("…") and clean.startswith(cut[:-1]))
    if encoded_length(text) <= limit:
        assert cut == clean
    elif limit >= 20:
        # As long as possible: one more character would not have fitted.
        assert encoded_length(clean[: len(cut)]) + encoded_length("…") > limit


@given(report=reports(), location=st.text(max_size=900), log_group=st.text(max_size=500))
def test_every_answer_fits(report: Report, location: str, log_group: str) -> None:
    reason = failure_reason(report, location=location, log_group=log_group)

    assert encoded_length(reason) <= REASON_LIMIT_BYTES
    assert encoded_length(summary(report)) <= SUMMARY_LIMIT_BYTES

    def failing(_event: Any, _context: Any) -> dict[str, Any]:
        raise RuntimeError(reason)

    # With the Provider's additions and CloudFormation's envelope; the simulator asserts the limit.
    assert CloudFormation(failing).deliver("Create", {}).size <= ANSWER_LIMIT_BYTES


@given(report=reports(), key=st.text(alphabet="abc/-", min_size=1, max_size=400))
def test_where_the_report_is_survives_every_cut(report: Report, key: str) -> None:
    reason = failure_reason(report, location=f"s3://reports/{key}", log_group="/acinaces/test/gate")

    assert f"Report: s3://reports/{key}. Log: /acinaces/test/gate" in reason


@given(report=reports())
def test_a_report_reads_back_as_it_was_written(report: Report) -> None:
    assert Report.model_validate_json(report.model_dump_json()) == report


@given(
    secret=st.text(alphabet=st.characters(categories=("L", "N")), min_size=8, max_size=60),
    before=st.text(max_size=300),
    after=st.text(max_size=300),
)
def test_a_known_secret_never_leaves(secret: str, before: str, after: str) -> None:
    redactor = Redactor()
    redactor.learn(secret)
    text = f"{before}{secret}{after}"

    assert secret not in redactor.text(text)
    excerpt = redactor.excerpt(text.encode("utf-8", errors="replace"))
    assert secret not in excerpt
    assert len(excerpt) <= 200
    assert "\n" not in excerpt


@given(
    name=st.sampled_from(["apiKey", "api_key", "apiSecret", "password", "secret", "accessToken", "x-api-key"]),
    value=st.text(alphabet=printable, min_size=8),
)
def test_what_is_named_like_a_secret_never_leaves(name: str, value: str) -> None:
    for text in (
        json.dumps({name: value}),
        json.dumps(json.dumps({name: value})),
        f"{name}={value}",
        f"{name}: {value}",
    ):
        assert value not in Redactor().text(text)
