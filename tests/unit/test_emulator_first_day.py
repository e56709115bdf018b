"""The first and the last day of an environment against a real emulator: what doctor finds, and what destroy leaves."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from environments import Environment, load_environment
from local import ports
from local.cloud import EmbeddedCloud
from local.edge.settings import EdgePorts
from ops.bootstrap.roles import preflight_role, trust
from ops.commands import destroy as command
from ops.doctor import first, names, quotas, run
from ops.doctor.findings import Finding, Status
from ops.doctor.surroundings import Surroundings as Look
from ops.errors import ExitCode, OperatorError
from ops.lock import locked
from ops.recovery.stacks import remove
from ops.removal import work
from ops.removal.leftover import Leftover
from ops.removal.leftovers import leftovers
from ops.removal.protection import set_protection
from ops.surroundings import Surroundings
from tests.support.embedded import put

pytestmark = [pytest.mark.xdist_group("emulator")]
ZONE = "first.acinaces.localhost"
PARENT = "acinaces.localhost"


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedCloud]:
    """One with an edge, whose DNS is asked."""
    found = EmbeddedCloud(port=ports.free_port(), state=tmp_path_factory.mktemp("state"), edge=EdgePorts.free())
    try:
        found.start()
        yield found
    finally:
        found.stop()


@pytest.fixture(autouse=True)
def at_the_cloud(cloud: EmbeddedCloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(work, "_LOOK_EVERY_S", 0.05)
    with cloud.selected():
        yield


def environment(cloud: EmbeddedCloud, **sections: dict[str, Any]) -> Environment:
    """`local` in a zone of its own; `sections` replace settings."""
    assert cloud.edge is not None
    values = load_environment("local").model_dump(exclude_none=True)
    values |= {"name": "first", "verification": {"resolver": f"127.0.0.1:{cloud.edge.dns}"}}
    values["domain"] = {"zone": ZONE, "site": ZONE, "api": f"api.{ZONE}"}
    for section, changes in sections.items():
        values[section] = {**values.get(section, {}), **changes}
    return Environment.model_validate(values, strict=False)


def look(item: Callable[[Look], Any], cloud: EmbeddedCloud, **sections: dict[str, Any]) -> list[Finding]:
    return run.run_items([item], Look(environment(cloud, **sections)))


def becomes(item: Callable[[Look], Any], cloud: EmbeddedCloud, said: str) -> Finding:
    """The finding, once it says so: the edge keeps what it has read for a moment."""
    ends_at = time.monotonic() + 15
    while said not in (found := look(item, cloud)[0]).message:
        assert time.monotonic() < ends_at, found
        time.sleep(0.1)
    return found


def test_delegation_from_no_zone_to_a_delegated_one(cloud: EmbeddedCloud) -> None:
    route53 = cloud.client("route53")
    assert "nothing to delegate" in look(names.delegation, cloud)[0].message
    parent = route53.create_hosted_zone(Name=PARENT, CallerReference="parent")["HostedZone"]["Id"]

    (missing,) = look(names.delegation, cloud)
    (unknown,) = look(names.delegation, cloud, domain={"zone_id": "Z0NOSUCHZONE"})
    made = route53.create_hosted_zone(Name=ZONE, CallerReference="first")
    servers = made["DelegationSet"]["NameServers"]
    undelegated = becomes(names.delegation, cloud, "is not delegated")

    assert missing.fix.startswith(f"aws route53 create-hosted-zone --name {ZONE} --caller-reference first")
    assert "has no hosted zone Z0NOSUCHZONE" in unknown.message
    assert "is not delegated: ACM would not issue the certificates" in undelegated.message
    assert all(f"{ZONE}. 172800 IN NS {server.rstrip('.')}." in undelegated.fix for server in servers)

    delegate(cloud, parent, ["ns-1.elsewhere.example."])
    for sections in ({}, {"domain": {"zone_id": made["HostedZone"]["Id"].rpartition("/")[2]}}):
        ends_at = time.monotonic() + 15
        while (
            "servers of another zone (ns-1.elsewhere.example)"
            not in look(names.delegation, cloud, **sections)[0].message
        ):
            assert time.monotonic() < ends_at
    delegate(cloud, parent, servers[:1])
    becomes(names.delegation, cloud, "some of its servers only")
    delegate(cloud, parent, servers)
    becomes(names.delegation, cloud, "is delegated to 4 servers of its hosted zone")
    (by_id,) = look(names.delegation, cloud, domain={"zone_id": made["HostedZone"]["Id"].rpartition("/")[2]})
    assert by_id.status is Status.PASS


def delegate(cloud: EmbeddedCloud, parent: str, servers: list[str]) -> None:
    """What a registrar does."""
    record = {"Name": ZONE, "Type": "NS", "TTL": 60, "ResourceRecords": [{"Value": server} for server in servers]}
    cloud.client("route53").change_resource_record_sets(
        HostedZoneId=parent, ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]}
    )


def test_a_caa_record_that_forbids_amazon_is_named_and_the_nearest_counts(cloud: EmbeddedCloud) -> None:
    def caa(name: str, *values: str) -> None:
        record = {"Name": name, "Type": "CAA", "TTL": 1, "ResourceRecords": [{"Value": value} for value in values]}
        (zone,) = route53.list_hosted_zones_by_name(DNSName=ZONE, MaxItems="1")["HostedZones"]
        route53.change_resource_record_sets(
            HostedZoneId=zone["Id"], ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]}
        )

    route53 = cloud.client("route53")
    if not any(zone["Name"] == f"{ZONE}." for zone in route53.list_hosted_zones()["HostedZones"]):
        route53.create_hosted_zone(Name=ZONE, CallerReference="first")

    assert {finding.status for finding in look(names.authorities, cloud)} == {Status.PASS}
    caa(ZONE, '0 issue "letsencrypt.org"')
    refused = becomes(names.authorities, cloud, "does not let Amazon")
    assert f"does not let Amazon issue certificates for {ZONE}" in refused.message
    assert '0 issue "amazon.com"' in refused.fix
    caa(ZONE, '0 issue "letsencrypt.org"', '0 issue "amazontrust.com"')
    becomes(names.authorities, cloud, f"the CAA record of {ZONE}. lets Amazon")


def test_quotas_that_are_used_up_stop_a_first_deployment_and_the_fix_helps(cloud: EmbeddedCloud) -> None:
    ec2 = cloud.client("ec2")
    assert look(quotas.quotas, cloud)[0].status is Status.PASS
    addresses = [ec2.allocate_address(Domain="vpc")["AllocationId"] for _ in range(5)]

    (full,) = look(quotas.quotas, cloud)

    assert full.status is Status.FAIL
    assert "5 of 5 in eu-central-1, and 1 more are needed: the Network stack could not be created" in full.message
    _, _, _, *options = full.fix.split()
    asked = dict(zip(options[::2], options[1::2], strict=True))
    cloud.client("service-quotas").request_service_quota_increase(
        ServiceCode=asked["--service-code"],
        QuotaCode=asked["--quota-code"],
        DesiredValue=float(asked["--desired-value"]),
    )
    assert look(quotas.quotas, cloud)[0].status is Status.PASS
    for address in addresses:
        ec2.release_address(AllocationId=address)


def test_reservations_of_all_functions_need_room(cloud: EmbeddedCloud) -> None:
    (found,) = look(quotas.lambda_concurrency, cloud, functions={"reserved_concurrency": 100})

    assert found.status is Status.FAIL
    assert "too few to reserve 1200 and leave 100" in found.message


def test_zones_that_the_account_does_not_have(cloud: EmbeddedCloud) -> None:
    assert look(first.places, cloud)[0].status is Status.PASS

    (found,) = look(first.places, cloud, aws={"availability_zones": ("a", "f")})

    assert "has no zone eu-central-1f in eu-central-1" in found.message


def test_the_pipelines_preflight_may_ask_all_that_doctor_asks(
    cloud: EmbeddedCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = environment(cloud, functions={"reserved_concurrency": 1})
    role = preflight_role(place, trusted=[trust("000000000000")])
    vault = {"Type": "AWS::Backup::BackupVault", "Properties": {"BackupVaultName": "first-crypto-trading-tables"}}
    resources = {"Role": role, "Table": table("orders"), "Vault": vault}
    arn = put(cloud, "Preflight", resources, outputs={"Arn": {"Fn::GetAtt": ["Role", "Arn"]}})["Arn"]
    found = cloud.client("sts").assume_role(RoleArn=arn, RoleSessionName="preflight")["Credentials"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", found["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", found["SecretAccessKey"])
    monkeypatch.setenv("AWS_SESSION_TOKEN", found["SessionToken"])

    findings = run.run_items(run.IN_AWS, Look(place))

    refused = [finding.message for finding in findings if "could not be determined" in finding.message]
    assert refused == []
    # It sees what is there, and changes nothing.
    assert {"tables taken", "backup vaults taken"} <= {finding.name for finding in findings}
    with pytest.raises(ClientError, match="AccessDenied"):
        boto3.client("dynamodb").delete_table(TableName="first-crypto-trading-orders")
    monkeypatch.undo()
    with cloud.selected():
        remove(cloud.client("cloudformation"), "Preflight", silent)


def table(name: str, **properties: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::DynamoDB::Table",
        **properties,
        "Properties": {
            "TableName": f"first-crypto-trading-{name}",
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [
                {"AttributeName": "stream", "AttributeType": "S"},
                {"AttributeName": "id", "AttributeType": "S"},
            ],
            "KeySchema": [
                {"AttributeName": "stream", "KeyType": "HASH"},
                {"AttributeName": "id", "KeyType": "RANGE"},
            ],
        },
    }


RETAINED = {"DeletionPolicy": "RetainExceptOnCreate", "UpdateReplacePolicy": "Retain"}
TAGS = [{"Key": "acinaces:environment", "Value": "first"}]
STACKS: dict[str, dict[str, Any]] = {
    "Network": {"Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.9.0.0/16"}}},
    "Data": {
        "Journal": table("journal", **RETAINED),
        "Orders": table("orders", **RETAINED),
        "Key": {"Type": "AWS::KMS::Key", **RETAINED, "Properties": {"Description": "Data of first", "Tags": TAGS}},
    },
    "Secrets": {
        "Secret": {
            "Type": "AWS::SecretsManager::Secret",
            **RETAINED,
            "Properties": {"Name": "first/exchanges/kraken", "SecretString": "{}"},
        }
    },
    "Edge": {"Topic": {"Type": "AWS::SNS::Topic"}},
    "Release": {
        "Site": {"Type": "AWS::S3::Bucket", **RETAINED},
        # To go with its stack, and full.
        "Full": {"Type": "AWS::S3::Bucket", "Properties": {"VersioningConfiguration": {"Status": "Enabled"}}},
        "Logs": {
            "Type": "AWS::Logs::LogGroup",
            **RETAINED,
            "Properties": {"LogGroupName": "/aws/lambda/first-crypto-trading-orders", "RetentionInDays": 7},
        },
        "Topic": {"Type": "AWS::SNS::Topic"},
    },
    "Operations": {"Topic": {"Type": "AWS::SNS::Topic"}},
}


@pytest.fixture
def deployed(cloud: EmbeddedCloud) -> Surroundings:
    """All six stacks, with a file in each bucket; protected."""
    around = Surroundings(environment(cloud))
    # What another test removed keeps its name for thirty days.
    with suppress(ClientError):
        cloud.client("secretsmanager").delete_secret(SecretId="first/exchanges/kraken", ForceDeleteWithoutRecovery=True)
    for name, resources in STACKS.items():
        put(cloud, f"Acinaces-first-{name}", resources, region="us-east-1" if name == "Edge" else None)
    for bucket in released(cloud, "AWS::S3::Bucket"):
        cloud.client("s3").put_object(Bucket=bucket, Key="index.html", Body=b"x")
    set_protection(around, on=True)
    return around


def released(cloud: EmbeddedCloud, kind: str) -> list[str]:
    resources = cloud.client("cloudformation").describe_stack_resources(StackName="Acinaces-first-Release")
    return [item["PhysicalResourceId"] for item in resources["StackResources"] if item["ResourceType"] == kind]


def there(cloud: EmbeddedCloud) -> list[str]:
    """The environment's stacks that exist."""
    found = []
    for region in ("eu-central-1", "us-east-1"):
        stacks = cloud.client("cloudformation", region=region).describe_stacks()["Stacks"]
        found += [stack["StackName"].rpartition("-")[2] for stack in stacks if "-first-" in stack["StackName"]]
    return sorted(found)


def left_by_kind(around: Surroundings) -> dict[str, Leftover]:
    """One of each kind; the zone of the tests above is not the stacks'."""
    return {item.kind: item for item in leftovers(around) if item.kind != "hosted zone"}


def silent(_line: str) -> None:
    """Nobody reads it."""


def test_an_environment_goes_in_two_steps_and_says_what_is_left(cloud: EmbeddedCloud, deployed: Surroundings) -> None:
    plan = work.plan_removal(deployed, with_state=False)
    assert plan.protected == ["Acinaces-first-Operations", "Acinaces-first-Release", "Acinaces-first-Edge"]
    assert [stack.name.rpartition("-")[2] for stack in plan.kept] == ["Secrets", "Data", "Network"]
    refused = work.remove(deployed, plan, by="me", say=silent)
    assert len(refused.problems) == 3
    assert all("TerminationProtection" in problem for problem in refused.problems)
    assert len(there(cloud)) == 6

    changed = set_protection(deployed, on=False)
    assert {"first-crypto-trading-orders", "Acinaces-first-Data"} < set(changed)
    done = work.remove(deployed, work.plan_removal(deployed, with_state=False), by="me", say=silent)

    assert (done.problems, there(cloud)) == ([], ["Data", "Network", "Secrets"])
    left = left_by_kind(deployed)
    assert set(left) == {"bucket", "log group"}
    assert len(cloud.client("s3").list_buckets()["Buckets"]) == 2
    assert left["log group"].command == (
        "aws logs delete-log-group --log-group-name /aws/lambda/first-crypto-trading-orders --region eu-central-1"
    )
    taken = {finding.name: finding for finding in look(first.names_taken, cloud)}
    assert "the Release stack could not be created, because names are taken" in taken["log groups taken"].message
    assert "acinaces deploy --env first --import-existing-resources" in taken["log groups taken"].fix

    lasting = Surroundings(environment(cloud, data={"removal": "retain"}))
    done = work.remove(lasting, work.plan_removal(lasting, with_state=True), by="me", say=silent)

    assert (done.problems, there(cloud)) == ([], [])
    left = left_by_kind(deployed)
    assert {kind: item.remove for kind, item in left.items()} == {"key": None, "secret": None}
    assert "pending deletion, gone on" in left["key"].note
    assert "can be restored until" in left["secret"].note
    (taken_still,) = look(first.names_taken, cloud)
    assert "keeps its name until then" in taken_still.message
    assert taken_still.fix.endswith("--force-delete-without-recovery --region eu-central-1")
    cloud.client("secretsmanager").delete_secret(SecretId=left["secret"].name, ForceDeleteWithoutRecovery=True)


def test_ctrl_c_says_how_to_go_on_and_the_next_run_does(
    cloud: EmbeddedCloud, deployed: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_protection(deployed, on=False)
    # As if it were pressed while the first stack went.
    seen: list[Any] = []

    def pressed(client: Any, stack: Any, interrupts: Any, say: Any) -> str:
        status = _wait(client, stack, interrupts, say)
        seen.append(stack)
        interrupts.pressed = True
        return status

    _wait = work._wait
    monkeypatch.setattr(work, "_wait", pressed)
    with pytest.raises(OperatorError) as stopped:
        work.remove(deployed, work.plan_removal(deployed, with_state=True), by="me", say=silent)
    monkeypatch.undo()

    assert (stopped.value.code, stopped.value.error) == (ExitCode.INTERRUPTED, "removal-interrupted")
    assert stopped.value.next_step == "acinaces destroy --env first --with-state"
    assert "1 of 6 stacks are removed; to go: Acinaces-first-Release" in str(stopped.value)
    assert [stack.name for stack in seen] == ["Acinaces-first-Operations"]
    rows = cloud.client("dynamodb").scan(TableName="first-crypto-trading-journal")["Items"]
    told = [json.loads(row["body"]["S"]) for row in rows if row.get("kind", {}).get("S") == "operation"]
    assert {body["event"] for body in told} == {"intent", "step", "ended"}
    with cloud.selected():
        done = work.remove(deployed, work.plan_removal(deployed, with_state=True), by="me", say=silent)
    assert (done.problems, there(cloud)) == ([], [])


def test_f29_it_does_not_go_while_somebody_deploys(
    cloud: EmbeddedCloud, deployed: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_protection(deployed, on=False)
    monkeypatch.setattr(command, "environment_of", lambda _name: deployed.environment)

    with locked(deployed, "deploy", by="another person"), pytest.raises(OperatorError) as refused:
        command.destroy(env="first", with_state=True, yes=True)

    assert "first is being changed: deploy by another person since" in str(refused.value)
    assert (refused.value.error, len(there(cloud))) == ("environment-busy", 6)
    command.destroy(env="first", with_state=True, yes=True)
    assert there(cloud) == []
