"""Checks of zones, records and assigned certificates against AWS in memory; the builder of their group."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lambda_src.verification.aws import AwsProblem
from lambda_src.verification.building.names import api_door, front_door_hosts, names_checks, site_door
from lambda_src.verification.client_hello import client_hello, read_answer
from lambda_src.verification.plan import Plan, PlanError
from lambda_src.verification.verdicts import CheckResult, Verdict
from tests.faults.support.fake_aws import FakeAws
from tests.faults.support.runs import plan_of, run

SITE, API = "acinaces.example", "api.acinaces.example"
SITE_ARN = "arn:aws:acm:us-east-1:000000000000:certificate/site"
API_ARN = "arn:aws:acm:eu-central-1:000000000000:certificate/api"
TARGETS = {SITE: "d1.cloudfront.net", API: "r1.execute-api.example"}


def checks(zone_id: str | None = "Z1") -> list[Any]:
    return list(
        names_checks(
            zone_name=SITE,
            zone_id=zone_id,
            site=site_door(host=SITE, distribution_domain=TARGETS[SITE], certificate_arn=SITE_ARN),
            api=api_door(host=API, regional_domain=TARGETS[API], certificate_arn=API_ARN),
            distribution_id="E1",
        )
    )


def plan() -> Plan:
    return plan_of(f"https://{API}", *checks(), targets={"allowed_hosts": front_door_hosts(site=SITE, api=API)})


@pytest.fixture
def aws() -> FakeAws:
    """An account in which everything is as it should be."""
    fake = FakeAws()
    zone = {"Id": "/hostedzone/Z1", "Name": f"{SITE}.", "Config": {"PrivateZone": False}}
    fake.answers = {
        "route53.get_hosted_zone": lambda **_: {"HostedZone": zone, "DelegationSet": {"NameServers": ["ns-1"]}},
        "route53.list_hosted_zones_by_name": lambda **_: {"HostedZones": [zone]},
        "route53.list_resource_record_sets": records,
        "cloudfront.get_distribution": lambda **_: {"Distribution": {"DistributionConfig": distribution()}},
        "apigateway.get_domain_name": lambda **_: domain(),
    }
    return fake


def records(*, StartRecordName: str, StartRecordType: str, **_: str) -> dict[str, Any]:
    """The record that was asked for and the one behind it, as Route 53 answers."""
    target = {"DNSName": f"{TARGETS[StartRecordName].upper()}."}
    return {
        "ResourceRecordSets": [
            {"Name": f"{StartRecordName}.", "Type": StartRecordType, "AliasTarget": target},
            {"Name": f"z.{SITE}.", "Type": "A", "ResourceRecords": [{"Value": "192.0.2.1"}]},
        ]
    }


def distribution(**changes: Any) -> dict[str, Any]:
    viewer = {"ACMCertificateArn": SITE_ARN, "MinimumProtocolVersion": "TLSv1.2_2021"} | changes.pop("viewer", {})
    return {"Aliases": {"Items": [SITE]}, "ViewerCertificate": viewer} | changes


def domain(**changes: Any) -> dict[str, Any]:
    return {"regionalCertificateArn": API_ARN, "securityPolicy": "TLS_1_2"} | changes


def result(name: str, aws: FakeAws, **changes: Any) -> CheckResult:
    (check,) = [check for check in checks(**changes) if check.name == name]
    (found,) = run(plan_of(f"https://{API}", check), aws=aws).checks
    return found


def gone(code: str) -> Callable[..., Any]:
    def answer(**_: str) -> Any:
        raise AwsProblem(f"{code}: it is gone", code=code)

    return answer


FROM_AWS = (
    "dns/zone",
    "dns/record-site-a",
    "dns/record-site-aaaa",
    "dns/record-api-a",
    "tls/distribution",
    "tls/api-domain",
)


@pytest.mark.parametrize("name", FROM_AWS)
def test_what_is_as_it_should_be_passes(aws: FakeAws, name: str) -> None:
    assert result(name, aws).verdict == Verdict.PASSED


@pytest.mark.parametrize("name", FROM_AWS)
def test_what_may_not_be_asked_is_not_passed(aws: FakeAws, name: str) -> None:
    aws.answers = dict.fromkeys(aws.answers, gone("AccessDenied"))

    assert result(name, aws).verdict == Verdict.ERROR


@pytest.mark.parametrize(
    ("name", "call", "answer", "told"),
    [
        ("dns/zone", "route53.get_hosted_zone", gone("NoSuchHostedZone"), "NoSuchHostedZone"),
        (
            "dns/zone",
            "route53.get_hosted_zone",
            lambda **_: {"HostedZone": {"Name": "other.example."}},
            "is called 'other.example', expected 'acinaces.example'",
        ),
        (
            "dns/zone",
            "route53.get_hosted_zone",
            lambda **_: {"HostedZone": {"Name": f"{SITE}.", "Config": {"PrivateZone": True}}},
            "is private",
        ),
        ("dns/record-site-a", "route53.list_resource_record_sets", gone("NoSuchHostedZone"), "NoSuchHostedZone"),
        (
            "dns/record-site-aaaa",
            "route53.list_resource_record_sets",
            lambda **_: {"ResourceRecordSets": [{"Name": f"{SITE}.", "Type": "A"}]},
            f"missing: AAAA record for {SITE} in the zone {SITE} (Z1), an alias to d1.cloudfront.net",
        ),
        (
            "dns/record-api-a",
            "route53.list_resource_record_sets",
            lambda **_: {
                "ResourceRecordSets": [{"Name": f"{API}.", "Type": "A", "ResourceRecords": [{"Value": "192.0.2.9"}]}]
            },
            "points to 192.0.2.9; expected: an alias to r1.execute-api.example",
        ),
        ("tls/distribution", "cloudfront.get_distribution", gone("NoSuchDistribution"), "NoSuchDistribution"),
        (
            "tls/distribution",
            "cloudfront.get_distribution",
            lambda **_: {"Distribution": {"DistributionConfig": distribution(viewer={"ACMCertificateArn": API_ARN})}},
            f"carries {API_ARN}; expected: {SITE_ARN}",
        ),
        (
            "tls/distribution",
            "cloudfront.get_distribution",
            lambda **_: {"Distribution": {"DistributionConfig": distribution(ViewerCertificate={})}},
            "no certificate of ours",
        ),
        (
            "tls/distribution",
            "cloudfront.get_distribution",
            lambda **_: {
                "Distribution": {"DistributionConfig": distribution(viewer={"MinimumProtocolVersion": "TLSv1.1_2016"})}
            },
            "lets clients in from TLSv1.1_2016 on",
        ),
        (
            "tls/distribution",
            "cloudfront.get_distribution",
            lambda **_: {"Distribution": {"DistributionConfig": distribution(Aliases={"Quantity": 0})}},
            "answers for no name of ours, and not for acinaces.example",
        ),
        ("tls/api-domain", "apigateway.get_domain_name", gone("NotFoundException"), "NotFoundException"),
        (
            "tls/api-domain",
            "apigateway.get_domain_name",
            lambda **_: domain(regionalCertificateArn=SITE_ARN),
            f"carries {SITE_ARN}; expected: {API_ARN}",
        ),
        (
            "tls/api-domain",
            "apigateway.get_domain_name",
            lambda **_: domain(securityPolicy="TLS_1_0"),
            "from TLS_1_0 on",
        ),
        (
            "tls/api-domain",
            "apigateway.get_domain_name",
            lambda **_: domain(domainNameStatus="UPDATING", domainNameStatusMessage="soon"),
            "is UPDATING: soon",
        ),
    ],
)
def test_what_is_wrong_fails_and_is_named(
    aws: FakeAws, name: str, call: str, answer: Callable[..., Any], told: str
) -> None:
    aws.answers[call] = answer

    found = result(name, aws)

    assert found.verdict == Verdict.FAILED, found.message
    assert told in found.message
    assert found.remedy


def test_a_zone_is_found_by_its_name(aws: FakeAws) -> None:
    found = result("dns/zone", aws, zone_id=None)

    assert found.verdict == Verdict.PASSED
    assert found.evidence["zone"] == "Z1"


@pytest.mark.parametrize(
    ("zones", "told"),
    [
        ([], "there is no public hosted zone"),
        ([{"Id": "Z1", "Name": "other.example."}], "there is no public hosted zone"),
        ([{"Id": "Z1", "Name": f"{SITE}.", "Config": {"PrivateZone": True}}], "there is no public hosted zone"),
        ([{"Id": "Z1", "Name": f"{SITE}."}, {"Id": "Z2", "Name": f"{SITE}."}], "2 public hosted zones"),
    ],
)
def test_a_zone_that_is_not_the_only_one_of_its_name_is_not_taken(
    aws: FakeAws, zones: list[dict[str, Any]], told: str
) -> None:
    aws.answers["route53.list_hosted_zones_by_name"] = lambda **_: {"HostedZones": zones}

    found = result("dns/record-site-a", aws, zone_id=None)

    assert found.verdict == Verdict.FAILED
    assert told in found.message


def test_the_plan_survives_json_and_leaves_names_out_of_releases() -> None:
    made = plan()

    assert Plan.from_json(made.to_json()) == made
    assert {check.group for check in made.checks} == {"dns", "tls"}
    assert len(made.select(stage="schedule").checks) == len(made.checks) == 14
    with pytest.raises(PlanError):
        made.select(stage="gate")


def test_both_names_are_checked_for_the_same_things() -> None:
    names = {check.name for check in plan().checks}

    for kind in ("dns/record-{}-a", "dns/resolution-{}", "tls/served-{}", "tls/weak-protocols-{}", "tls/issued-{}"):
        assert {kind.format("site"), kind.format("api")} <= names


@pytest.mark.parametrize(
    ("data", "accepted", "refused"),
    [
        (b"", False, True),
        (bytes.fromhex("15030100020228"), False, True),
        (bytes.fromhex("160301003d0200003903 02".replace(" ", "")), True, False),
        (b"HTTP/1.1 400", False, False),
        (bytes.fromhex("1603"), False, False),
    ],
)
def test_what_a_server_answers_to_an_old_client(data: bytes, accepted: bool, refused: bool) -> None:
    answer = read_answer(data)

    assert (answer.accepted, answer.refused) == (accepted, refused)


def test_the_hello_says_how_long_it_is() -> None:
    hello = client_hello("acinaces.example", "TLSv1.1")

    assert int.from_bytes(hello[3:5], "big") == len(hello) - 5
    assert int.from_bytes(hello[6:9], "big") == len(hello) - 9
    assert hello[9:11] == b"\x03\x02"
    assert b"acinaces.example" in hello
