"""Certificates of the embedded cloud wait for a zone that somebody delegates, as on AWS."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from local import ports
from local.cloud import EmbeddedCloud
from tests.support.embedded import settled, started

pytestmark = [pytest.mark.xdist_group("emulator")]


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedCloud]:
    with started(tmp_path_factory.mktemp("cloud")) as cloud:
        yield cloud


def create(cloud: EmbeddedCloud, name: str, zone: str) -> str:
    """A stack with a zone and a certificate in it begins; returns its ARN."""
    options = [{"DomainName": f"api.{zone}", "HostedZoneId": {"Ref": "Zone"}}]
    properties = {"DomainName": f"api.{zone}", "ValidationMethod": "DNS", "DomainValidationOptions": options}
    resources = {
        "Zone": {"Type": "AWS::Route53::HostedZone", "Properties": {"Name": zone}},
        "Certificate": {"Type": "AWS::CertificateManager::Certificate", "Properties": properties},
    }
    client = cloud.client("cloudformation")
    return str(client.create_stack(StackName=name, TemplateBody=json.dumps({"Resources": resources}))["StackId"])


def certificate(cloud: EmbeddedCloud, domain: str) -> dict[str, Any]:
    client = cloud.client("acm")
    (arn,) = (
        one["CertificateArn"]
        for one in client.list_certificates()["CertificateSummaryList"]
        if one["DomainName"] == domain
    )
    found: dict[str, Any] = client.describe_certificate(CertificateArn=arn)["Certificate"]
    return found


def zone_id(cloud: EmbeddedCloud, name: str) -> str:
    zones = cloud.client("route53").list_hosted_zones()["HostedZones"]
    return next(str(zone["Id"]) for zone in zones if zone["Name"] == f"{name}.")


def becomes(cloud: EmbeddedCloud, stack: str, is_so: Callable[[dict[str, Any]], bool]) -> None:
    """Waits until the stack's resources, status by logical id, are so."""
    client, ends_at = cloud.client("cloudformation"), time.monotonic() + 20
    while True:
        found = client.describe_stack_events(StackName=stack)["StackEvents"]
        if is_so({event["LogicalResourceId"]: event["ResourceStatus"] for event in reversed(found)}):
            return
        assert time.monotonic() < ends_at, found
        time.sleep(0.05)


def delegate(cloud: EmbeddedCloud, parent: str, child: str) -> None:
    route53 = cloud.client("route53")
    servers = route53.get_hosted_zone(Id=zone_id(cloud, child))["DelegationSet"]["NameServers"]
    record = {"Name": child, "Type": "NS", "TTL": 60, "ResourceRecords": [{"Value": server} for server in servers]}
    changes = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]}
    route53.change_resource_record_sets(HostedZoneId=zone_id(cloud, parent), ChangeBatch=changes)


def test_where_nobody_hosts_the_parent_a_certificate_is_issued_at_once(cloud: EmbeddedCloud) -> None:
    create(cloud, "free", "free.test")

    assert settled(cloud.client("cloudformation"), "free")["StackStatus"] == "CREATE_COMPLETE"
    found = certificate(cloud, "api.free.test")
    (option,) = found["DomainValidationOptions"]
    assert (found["Status"], option["ValidationStatus"]) == ("ISSUED", "SUCCESS")
    records = cloud.client("route53").list_resource_record_sets(HostedZoneId=zone_id(cloud, "free.test"))
    assert option["ResourceRecord"]["Name"] in {record["Name"] for record in records["ResourceRecordSets"]}


def test_the_stack_waits_until_the_zone_is_delegated(cloud: EmbeddedCloud) -> None:
    cloud.client("route53").create_hosted_zone(Name="hosted.test", CallerReference="hosted")
    create(cloud, "waits", "waits.hosted.test")
    becomes(cloud, "waits", lambda status: status.get("Certificate") == "CREATE_IN_PROGRESS")
    assert certificate(cloud, "api.waits.hosted.test")["Status"] == "PENDING_VALIDATION"
    stacks = cloud.client("cloudformation").describe_stacks(StackName="waits")["Stacks"]
    assert stacks[0]["StackStatus"] == "CREATE_IN_PROGRESS"

    delegate(cloud, "hosted.test", "waits.hosted.test")

    assert settled(cloud.client("cloudformation"), "waits")["StackStatus"] == "CREATE_COMPLETE"
    assert certificate(cloud, "api.waits.hosted.test")["Status"] == "ISSUED"


def test_a_stack_that_waits_can_be_deleted(cloud: EmbeddedCloud) -> None:
    cloud.client("route53").create_hosted_zone(Name="parent.test", CallerReference="parent")
    stack = create(cloud, "given-up", "given-up.parent.test")
    becomes(cloud, "given-up", lambda status: status.get("Certificate") == "CREATE_IN_PROGRESS")

    client = cloud.client("cloudformation")
    client.delete_stack(StackName="given-up")

    deleted = {"Delay": 0.05, "MaxAttempts": 400}
    client.get_waiter("stack_delete_complete").wait(StackName=stack, WaiterConfig=deleted)


def test_a_certificate_that_was_asked_for_by_hand_needs_its_record(cloud: EmbeddedCloud) -> None:
    client, route53 = cloud.client("acm"), cloud.client("route53")
    route53.create_hosted_zone(Name="hand.test", CallerReference="hand")
    client.request_certificate(DomainName="hand.test", ValidationMethod="DNS")
    found = certificate(cloud, "hand.test")
    assert found["Status"] == "PENDING_VALIDATION"

    record = found["DomainValidationOptions"][0]["ResourceRecord"]
    row = {"Name": record["Name"], "Type": "CNAME", "TTL": 60, "ResourceRecords": [{"Value": record["Value"]}]}
    changes = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": row}]}
    route53.change_resource_record_sets(HostedZoneId=zone_id(cloud, "hand.test"), ChangeBatch=changes)

    assert certificate(cloud, "hand.test")["Status"] == "ISSUED"


def test_patience_ends(tmp_path_factory: pytest.TempPathFactory) -> None:
    impatient = EmbeddedCloud(port=ports.free_port(), state=tmp_path_factory.mktemp("s"), certificate_patience_s=0.3)
    try:
        impatient.start()
        impatient.client("route53").create_hosted_zone(Name="hosted.test", CallerReference="hosted")
        create(impatient, "late", "late.hosted.test")

        assert settled(impatient.client("cloudformation"), "late")["StackStatus"] == "ROLLBACK_COMPLETE"
        becomes(impatient, "late", lambda status: status.get("Zone") == "DELETE_COMPLETE")
    finally:
        impatient.stop()
