"""M17.4 from the files: each category of any set of handlers has a checked endpoint, or there is no plan."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lambda_build.discovery import HandlerSource, discover_handlers
from lambda_src.verification.plan import M10_CATEGORIES, ApiEndpointCheck, Plan, PlanError
from lambda_src.verification.plans import release_plan
from stacks.gate_plan import endpoints_of
from tests.faults.support.fake_aws import SECRET_ARN
from tests.faults.support.platform import BUILD_ID, TABLES, TestPolicy
from tests.support.synthesis import ROOT

NAMES = st.from_regex(r"h[a-z0-9]{0,8}(_[a-z0-9]{1,8}){0,2}", fullmatch=True)
CATEGORIES = st.sampled_from(M10_CATEGORIES) | st.from_regex(r"[a-z][a-z0-9-]{1,15}", fullmatch=True)
COMPLETE = {f"h{number}": (category, False) for number, category in enumerate(M10_CATEGORIES)}


def handlers(declared: Mapping[str, tuple[str, bool]]) -> tuple[HandlerSource, ...]:
    """Handler files: name -> category, and whether it is public."""
    with tempfile.TemporaryDirectory() as folder:
        for name, (category, public) in declared.items():
            route = f"/api/{name.replace('_', '-')}"
            function = {"category": category, "route": route, "check": f"{route}/all", "public": public}
            text = f"FUNCTION = {function!r}\ndef handler(event, context): ..."
            Path(folder, f"{name}.py").write_text(text, encoding="utf-8")
        return discover_handlers(Path(folder))


def plan_for(found: tuple[HandlerSource, ...]) -> Plan:
    return release_plan(
        environment="test",
        api_url="https://api.test.acinaces.com",
        site_url="https://test.acinaces.com",
        endpoints=endpoints_of(found),
        build_id=BUILD_ID,
        smoke_tables=TABLES,
        api_key_secret_arn=SECRET_ARN,
        policy=TestPolicy(allow_loopback=False),
    )


def checked(plan: Plan) -> set[tuple[str, str]]:
    """Categories and the paths that are checked for them."""
    return {(check.category, check.path) for check in plan.checks if isinstance(check, ApiEndpointCheck)}


@settings(deadline=None, max_examples=60)
@given(declared=st.dictionaries(NAMES, st.tuples(CATEGORIES, st.booleans()), min_size=1, max_size=12))
@example(declared=COMPLETE)
@example(declared={**COMPLETE, "h0": ("orders", False)})
def test_every_category_of_any_set_of_handlers_is_checked(declared: dict[str, tuple[str, bool]]) -> None:
    found = handlers(declared)
    missing = [category for category in M10_CATEGORIES if category not in {kind for kind, _ in declared.values()}]
    if missing:
        with pytest.raises(PlanError) as problem:
            plan_for(found)
        assert f"no endpoint is checked for: {', '.join(missing)}" in str(problem.value)
        return

    pairs = checked(plan_for(found))

    assert {(source.spec.category, source.spec.check) for source in found} <= pairs


@settings(deadline=None, max_examples=40)
@given(further=st.dictionaries(NAMES.map(lambda name: f"x{name}"), st.tuples(CATEGORIES, st.booleans()), max_size=8))
def test_a_further_handler_is_checked_from_its_file_alone(further: dict[str, tuple[str, bool]]) -> None:
    found = handlers({**COMPLETE, **further})

    assert {(source.spec.category, source.spec.check) for source in found} <= checked(plan_for(found))


def test_the_platform_s_handlers_cover_every_category_and_authentication() -> None:
    found = discover_handlers(ROOT / "lambda_src" / "handlers")

    assert {category for category, _ in checked(plan_for(found))} >= {*M10_CATEGORIES, "health", "authentication"}
