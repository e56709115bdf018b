"""The edge in front of a release: names, certificates and redirects are checked as on AWS, and break as there."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

import dns.message
import dns.query
import pytest

from lambda_src.verification.aws import BotoAws
from lambda_src.verification.building.names import api_door, front_door_hosts, names_checks, site_door
from lambda_src.verification.checks import RUNNERS
from lambda_src.verification.context import CheckContext, Runner
from lambda_src.verification.engine import RunOptions, run_plan
from lambda_src.verification.plan import Plan, Targets
from lambda_src.verification.verdicts import CheckResult, Observation, Report, Verdict
from local.edge.settings import AUTHORITY_FILE, EdgePorts
from local.ports import HOST
from tests.support.release import Deployment, Installation

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

SITE, API = "acinaces.localhost", "api.acinaces.localhost"


@pytest.fixture(scope="module")
def edge(installation: Installation, first: Deployment) -> EdgePorts:
    """Where the edge of the release's cloud listens."""
    assert first.outcome.succeeded, first.log[-4000:]
    assert installation.cloud.edge is not None
    return installation.cloud.edge


class Zone:
    """The hosted zone of the release; what is removed can be put back."""

    def __init__(self, installation: Installation) -> None:
        self._client = installation.cloud.client("route53")
        (found,) = self._client.list_hosted_zones()["HostedZones"]
        self._id = found["Id"]
        records = self._client.list_resource_record_sets(HostedZoneId=self._id)["ResourceRecordSets"]
        self._records = [record for record in records if record["Type"] in ("A", "AAAA")]

    def remove(self, host: str) -> None:
        """Deletes the records of `host`."""
        self._change("DELETE", [record for record in self._records if record["Name"] == f"{host}."])

    def restore(self) -> None:
        """All as it was."""
        self._change("UPSERT", self._records)

    def _change(self, action: str, records: list[Any]) -> None:
        changes = [{"Action": action, "ResourceRecordSet": record} for record in records]
        self._client.change_resource_record_sets(HostedZoneId=self._id, ChangeBatch={"Changes": changes})


@pytest.fixture
def zone(installation: Installation, edge: EdgePorts) -> Iterator[Zone]:
    """The hosted zone, put back behind a test that changes it."""
    found = Zone(installation)
    yield found
    found.restore()


def run(
    installation: Installation,
    *,
    group: str = "",
    names: tuple[str, ...] = (),
    window_s: float = 2,
    runners: Mapping[str, Runner] | None = None,
) -> Report:
    """The checks of names against the installation, found as a plan of its environment would find them."""
    cloud = installation.cloud
    assert cloud.edge is not None
    plan = Plan(
        environment="local",
        targets=Targets(
            api_url=installation.outputs()["ApiUrl"],
            site_url=installation.outputs()["SiteUrl"],
            allow_loopback=True,
            allowed_hosts=front_door_hosts(site=SITE, api=API),
            connect_to=dict.fromkeys((f"{SITE}:443", f"{API}:443"), f"127.0.0.1:{cloud.edge.https}"),
            resolver=f"127.0.0.1:{cloud.edge.dns}",
            authority_pem=(cloud.state.edge / AUTHORITY_FILE).read_text(encoding="ascii"),
        ),
        consistency_window_s=window_s,
        checks=tuple(checks(installation)),
    )
    plan = plan.select(groups=[group] if group else (), names=names)
    with cloud.selected():
        return run_plan(
            plan, aws=BotoAws(), options=RunOptions(run_id="0123456789ab"), runners={**RUNNERS, **(runners or {})}
        )


def checks(installation: Installation) -> list[Any]:
    """The group's checks with what the stacks would give to the builder."""
    cloud = installation.cloud
    (distribution,) = cloud.client("cloudfront").list_distributions()["DistributionList"]["Items"]
    domain = cloud.client("apigateway").get_domain_name(domainName=API)
    return list(
        names_checks(
            zone_name=SITE,
            zone_id=None,
            site=site_door(
                host=SITE,
                distribution_domain=distribution["DomainName"],
                certificate_arn=distribution["ViewerCertificate"]["ACMCertificateArn"],
            ),
            api=api_door(
                host=API,
                regional_domain=domain["regionalDomainName"],
                certificate_arn=domain["regionalCertificateArn"],
            ),
            distribution_id=distribution["Id"],
        )
    )


def only(report: Report) -> CheckResult:
    (result,) = report.checks
    return result


def test_every_check_of_names_and_certificates_passes(installation: Installation, edge: EdgePorts) -> None:
    report = run(installation)

    assert {result.name: result.message for result in report.checks if result.verdict != Verdict.PASSED} == {}
    assert len(report.checks) == 14


def becomes(installation: Installation, name: str, verdict: Verdict, *, seconds: float = 30) -> None:
    """Returns when the check ends with `verdict`: the edge keeps what it has read for a moment."""
    ends_at = time.monotonic() + seconds
    while (result := only(run(installation, names=(name,)))).verdict != verdict:
        assert time.monotonic() < ends_at, f"{name} is still {result.verdict} after {seconds} s: {result.message}"


def forgotten(edge: EdgePorts, host: str, *, seconds: float = 30) -> None:
    """Returns when the edge's resolver, which keeps what it has read for a moment, no longer knows `host`."""
    question = dns.message.make_query(host, "A")
    ends_at = time.monotonic() + seconds
    while dns.query.udp(question, HOST, port=edge.dns, timeout=10).answer:
        assert time.monotonic() < ends_at, f"{host} is still known after {seconds} s"
        time.sleep(0.1)


def test_f06_a_record_that_is_gone_is_named_by_the_zone_and_by_the_resolver(
    installation: Installation, edge: EdgePorts, zone: Zone
) -> None:
    zone.remove(API)
    forgotten(edge, API)

    report = run(installation, group="dns")

    found = {result.name: result for result in report.checks if result.verdict != Verdict.PASSED}
    assert set(found) == {"dns/record-api-a", "dns/resolution-api"}
    assert found["dns/record-api-a"].verdict == Verdict.FAILED
    assert found["dns/resolution-api"].verdict == Verdict.ERROR
    # The name itself is still there: the certificate's validation record is below it.
    assert "has no record of this type; expected record: A" in found["dns/resolution-api"].message
    assert found["dns/resolution-api"].attempts >= 2


def test_f06_a_record_that_comes_inside_the_window_is_found(
    installation: Installation, edge: EdgePorts, zone: Zone
) -> None:
    zone.remove(API)
    forgotten(edge, API)
    attempts = 0

    async def resolve(spec: Any, context: CheckContext) -> Observation:
        nonlocal attempts
        attempts += 1
        if attempts == 2:
            zone.restore()
        return await RUNNERS[spec.kind](spec, context)

    report = run(installation, names=("dns/resolution-api",), window_s=20, runners={"dns_resolution": resolve})

    assert only(report).verdict == Verdict.PASSED, only(report).message
    assert attempts >= 2


def test_f05_a_disabled_distribution_is_no_longer_served(installation: Installation, edge: EdgePorts) -> None:
    client = installation.cloud.client("cloudfront")
    (distribution,) = client.list_distributions()["DistributionList"]["Items"]

    def enable(value: bool) -> None:
        found = client.get_distribution_config(Id=distribution["Id"])
        # The emulator leaves an empty comment out, which boto3 asks for.
        config = {"Comment": ""} | found["DistributionConfig"] | {"Enabled": value}
        client.update_distribution(Id=distribution["Id"], DistributionConfig=config, IfMatch=found["ETag"])

    enable(False)
    try:
        becomes(installation, "tls/served-site", Verdict.FAILED)
    finally:
        enable(True)

    becomes(installation, "tls/served-site", Verdict.PASSED)


def test_the_edge_is_found_again_and_not_started_twice(installation: Installation, edge: EdgePorts) -> None:
    processes = installation.cloud.state.processes.read_text(encoding="utf-8")

    installation.cloud.start()

    assert installation.cloud.state.processes.read_text(encoding="utf-8") == processes
    assert installation.cloud.is_running()
