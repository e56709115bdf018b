"""M17.4: every category has a checked endpoint, or there is no plan. And: plans are the same text again and again."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambda_src.verification.addresses import refusal
from lambda_src.verification.plan import M10_CATEGORIES, ApiEndpointCheck, Plan, PlanError
from lambda_src.verification.plans import Endpoint, release_plan
from tests.faults.support.fake_aws import SECRET_ARN
from tests.faults.support.platform import BUILD_ID, TABLES, TestPolicy

slugs = st.from_regex(r"[a-z][a-z0-9-]{0,20}", fullmatch=True)
endpoints = st.builds(
    Endpoint,
    function=slugs,
    category=st.sampled_from([*M10_CATEGORIES, "health", "orders"]),
    path=slugs.map(lambda slug: f"/api/{slug}"),
    critical=st.booleans(),
    public=st.booleans(),
)


def build(given_endpoints: list[Endpoint]) -> Plan:
    return release_plan(
        environment="test",
        api_url="https://api.test.acinaces.com",
        site_url="https://test.acinaces.com",
        endpoints=given_endpoints,
        build_id=BUILD_ID,
        smoke_tables=TABLES,
        api_key_secret_arn=SECRET_ARN,
        policy=TestPolicy(allow_loopback=False),
    )


@given(st.lists(endpoints, max_size=12, unique_by=lambda endpoint: endpoint.function))
def test_a_plan_covers_every_category_or_is_refused_with_the_missing_ones(some: list[Endpoint]) -> None:
    missing = [category for category in M10_CATEGORIES if category not in {endpoint.category for endpoint in some}]
    if missing:
        with pytest.raises(PlanError) as problem:
            build(some)
        assert all(category in str(problem.value) for category in missing)
    else:
        plan = build(some)
        checked = {check.category for check in plan.checks if isinstance(check, ApiEndpointCheck)}
        assert checked >= set(M10_CATEGORIES)


@given(st.lists(endpoints, min_size=1, max_size=8, unique_by=lambda endpoint: endpoint.function))
def test_every_endpoint_is_checked_as_it_was_declared(some: list[Endpoint]) -> None:
    covering = [
        *some,
        *(Endpoint(function=f"must-{category}", category=category, path="/api/x") for category in M10_CATEGORIES),
    ]
    unique = list({endpoint.function: endpoint for endpoint in covering}.values())
    plan = build(unique)

    by_name = {check.name: check for check in plan.checks if isinstance(check, ApiEndpointCheck)}
    assert len(by_name) == len(unique)
    for endpoint in unique:
        check = by_name[f"api/{endpoint.function}"]
        assert (check.path, check.category, check.public) == (endpoint.path, endpoint.category, endpoint.public)
        assert (check.criticality == "critical") == endpoint.critical
    assert Plan.from_json(plan.to_json()) == plan
    assert Plan.from_json(plan.to_json()).to_json() == build(unique).to_json()


@given(st.text(max_size=300) | st.binary(max_size=300))
def test_whatever_is_not_a_plan_is_refused_in_one_line(text: str | bytes) -> None:
    with pytest.raises(PlanError) as problem:
        Plan.from_json(text)
    assert "\n" not in str(problem.value)


@given(st.ip_addresses(), st.booleans())
def test_only_public_addresses_and_permitted_loopback_pass(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address, allow_loopback: bool
) -> None:
    if refusal(address, allow_loopback=allow_loopback) is None:
        assert address.is_global or (address.is_loopback and allow_loopback) or _carries_public(address)
        assert not address.is_link_local
        assert not address.is_multicast


@given(st.ip_addresses(v=4))
def test_ipv4_inside_ipv6_is_judged_as_what_it_is(address: ipaddress.IPv4Address) -> None:
    alone = refusal(address, allow_loopback=False)

    for spelled in (f"::ffff:{address}", f"64:ff9b::{address}"):
        inside = refusal(ipaddress.ip_address(spelled), allow_loopback=True)
        assert (inside is None) == (alone is None)


def _carries_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    last = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return isinstance(address, ipaddress.IPv6Address) and last.is_global
