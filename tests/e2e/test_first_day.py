"""The first day of a platform engineer, from an empty account to its removal. The tests build on each other, in order.

docs/first-deployment.md tells the same story; a step that changes here changes there.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest

from local import ports
from local.cloud import EmbeddedCloud
from local.edge.settings import EdgePorts
from local.loopback import request
from ops.errors import ExitCode
from tests.support.credentials import VALUES
from tests.support.first_day import ACCOUNT, NAME, PARENT, Ended, FirstDay, check_out

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

HANDLER = "lambda_src/handlers/templates.py"
ANSWER = "    return api.resolve(event, context)\n"
SECOND = f"    # The second release.\n{ANSWER}"
BROKEN = '    return {"statusCode": 500, "body": "{}"}\n'


OUTPUTS = "        self._add_outputs()\n"
# A custom resource of a function that does not exist, after the gate.
LATE = """        cdk.CfnResource(
            self,
            "Late",
            type="Custom::Late",
            properties={
                "ServiceToken": f"arn:aws:lambda:{self.region}:{self.account}:function:nope",
                "ServiceTimeout": 60,
            },
        ).node.add_dependency(self.gate.resource)
"""
STATE = {"Network", "Data", "Secrets"}


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FirstDay]:
    """An account with nothing in it, and a fresh checkout."""
    folder = tmp_path_factory.mktemp("first-day")
    cloud = EmbeddedCloud(port=ports.free_port(), state=folder / "state", account=ACCOUNT, edge=EdgePorts.free())
    try:
        cloud.start()
        yield check_out(cloud, folder / "project")
    finally:
        cloud.stop()


def doctor(day: FirstDay) -> tuple[Ended, dict[str, dict[str, str]]]:
    """What doctor says, and its findings by name."""
    ended = day.acinaces("doctor", "--env", NAME, "--json")
    return ended, {finding["name"]: finding for finding in ended.data["findings"]}


def failing(findings: dict[str, dict[str, str]]) -> set[str]:
    return {name for name, finding in findings.items() if finding["status"] == "fail"}


def test_doctor_names_what_an_empty_account_lacks(day: FirstDay) -> None:
    route53 = day.cloud.client("route53")
    # Somebody else's: the zone above, in the place of a registrar.
    route53.create_hosted_zone(Name=PARENT, CallerReference="registrar")

    ended, findings = doctor(day)

    assert ended.code == ExitCode.PRECONDITION
    assert failing(findings) == {"bootstrap eu-central-1", "bootstrap us-east-1", "delegation"}
    assert findings["delegation"]["fix"].startswith("aws route53 create-hosted-zone --name ")


def test_plain_cdk_bootstrap_prepares_the_account(day: FirstDay) -> None:
    done = day.bootstrap()

    assert done.succeeded, done.log.read_text(encoding="utf-8")[-4000:]
    _, findings = doctor(day)
    assert failing(findings) == {"delegation"}


def test_an_undelegated_zone_stops_and_its_certificate_would_wait(day: FirstDay) -> None:
    zone = day.cloud.client("route53").create_hosted_zone(Name=day.environment.domain.zone, CallerReference=NAME)
    day.configure("domain", zone_id=zone["HostedZone"]["Id"].rpartition("/")[2])

    ended, findings = doctor(day)

    assert (ended.code, failing(findings)) == (ExitCode.PRECONDITION, {"delegation"})
    told = findings["delegation"]
    assert "is not delegated: ACM would not issue the certificates" in told["message"]
    assert all(f"IN NS {server.rstrip('.')}." in told["fix"] for server in zone["DelegationSet"]["NameServers"])
    ask_for_certificate(day)
    assert certificates(day) == {day.environment.domain.api: "PENDING_VALIDATION"}


def test_once_the_zone_is_delegated_doctor_lets_the_deployment_begin(day: FirstDay) -> None:
    route53 = day.cloud.client("route53")
    servers = route53.get_hosted_zone(Id=day.environment.domain.zone_id)["DelegationSet"]["NameServers"]
    (parent,) = route53.list_hosted_zones_by_name(DNSName=PARENT, MaxItems="1")["HostedZones"]
    delegation = {
        "Name": day.environment.domain.zone,
        "Type": "NS",
        "TTL": 300,
        "ResourceRecords": [{"Value": server} for server in servers],
    }
    route53.change_resource_record_sets(
        HostedZoneId=parent["Id"], ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": delegation}]}
    )

    ends_at = time.monotonic() + 60
    while set(certificates(day).values()) != {"ISSUED"}:
        assert time.monotonic() < ends_at, certificates(day)
        time.sleep(0.1)
    while (found := doctor(day))[0].code != ExitCode.OK:
        assert time.monotonic() < ends_at, failing(found[1])


def test_a_first_release_that_fails_its_gate_is_put_back(day: FirstDay) -> None:
    day.edit(HANDLER, ANSWER, BROKEN)

    failed = day.cdk_deploy()

    assert not failed.succeeded
    # cdk breaks the lines of reasons.
    log = " ".join(failed.log.read_text(encoding="utf-8").split())
    assert "GET /api/templates: HTTP 500, expected 200" in log, log[-4000:]
    assert day.stacks()["Release"] == "ROLLBACK_COMPLETE"
    _, findings = doctor(day)
    assert (
        f"aws cloudformation delete-stack --stack-name Acinaces-{NAME}-Release"
        in (findings[f"stack Acinaces-{NAME}-Release"]["fix"])
    )


def test_the_next_attempt_succeeds_without_a_hand_on_the_console(day: FirstDay) -> None:
    day.edit(HANDLER, BROKEN, ANSWER)

    done = day.cdk_deploy()

    assert done.succeeded, done.log.read_text(encoding="utf-8")[-4000:]
    assert day.outputs()["GateVerdict"] == "passed"
    assert set(day.stacks().values()) == {"CREATE_COMPLETE"}
    assert request(f"{day.outputs()['SiteUrl']}/").status == 200
    assert request(f"{day.outputs()['ApiUrl']}/health").status == 200


def test_credentials_are_entered_before_the_second_release(day: FirstDay) -> None:
    assert failing(doctor(day)[1]) == {"secrets"}

    done = day.acinaces(
        "secrets", "populate", "--env", NAME, "--from", "-", "--yes", "--json", stdin=json.dumps(VALUES)
    )

    assert done.code == ExitCode.OK, done.shown
    ended, findings = doctor(day)
    assert ended.code == ExitCode.OK, failing(findings)


def test_a_second_release_that_fails_late_is_put_back(day: FirstDay) -> None:
    before = live(day)
    day.edit(HANDLER, ANSWER, SECOND)
    day.edit("stacks/release.py", OUTPUTS, OUTPUTS + LATE)

    failed = day.cdk_deploy("--exclusively", release_stack())

    day.edit("stacks/release.py", LATE, "")
    assert not failed.succeeded
    assert day.stacks()["Release"] == "UPDATE_ROLLBACK_COMPLETE"
    assert live(day) == before


def test_the_same_code_is_released_again(day: FirstDay) -> None:
    before = live(day)

    done = day.cdk_deploy("--exclusively", release_stack())

    assert done.succeeded, done.log.read_text(encoding="utf-8")[-4000:]
    assert day.outputs()["GateVerdict"] == "passed"
    assert live(day) != before


def test_a_release_is_rolled_back_by_hand(day: FirstDay) -> None:
    second = live(day)

    back = day.acinaces("rollback", "release", "--env", NAME, "--yes", "--json")

    assert back.code == ExitCode.OK, back.shown
    assert live(day) != second
    assert "on hold" in doctor(day)[1]["hold"]["message"]


def test_a_protected_environment_is_not_removed(day: FirstDay) -> None:
    on = day.acinaces("protect", "--env", NAME, "on", "--json")
    assert on.code == ExitCode.OK, on.shown

    script = day.acinaces("destroy", "--env", NAME, "--yes")
    person = day.at_terminal("destroy", "--env", NAME, typed=NAME)

    assert (script.code, person.code) == (ExitCode.USAGE, ExitCode.PRECONDITION)
    assert "--yes is refused" in script.shown
    assert f"acinaces protect --env {NAME} off" in person.shown
    assert len(day.stacks()) == 6


def test_without_protection_it_goes_and_its_state_stays(day: FirstDay) -> None:
    off = day.at_terminal("protect", "--env", NAME, "off", typed=NAME)
    assert off.code == ExitCode.OK, off.shown
    mistyped = day.at_terminal("destroy", "--env", NAME, typed="production")
    assert mistyped.code == ExitCode.PRECONDITION

    gone = day.at_terminal("destroy", "--env", NAME, "--json", typed=NAME)

    assert gone.code == ExitCode.OK, gone.shown
    assert set(day.stacks()) == STATE
    assert {"CDK bootstrap"} < {item["kind"] for item in gone.data["left"]}
    rows = day.cloud.client("dynamodb").scan(TableName=f"{NAME}-crypto-trading-journal")["Items"]
    assert any("destroy" in json.dumps(row) for row in rows)


def test_with_its_state_nothing_is_left_but_what_is_named(day: FirstDay) -> None:
    gone = day.at_terminal("destroy", "--env", NAME, "--with-state", "--json", typed=NAME)

    assert gone.code == ExitCode.OK, gone.shown
    assert day.stacks() == {}
    left = {item["kind"]: item for item in gone.data["left"]}
    assert set(left) <= {"CDK bootstrap", "key", "secret"}
    assert "pending deletion, gone on" in left["key"]["note"]
    assert day.cloud.client("dynamodb").list_tables()["TableNames"] == []


def ask_for_certificate(day: FirstDay) -> None:
    """What CloudFormation does for a certificate: asks for it, and writes its record into the zone."""
    client, domain = day.cloud.client("acm"), day.environment.domain
    arn = client.request_certificate(DomainName=domain.api, ValidationMethod="DNS")["CertificateArn"]
    (option,) = client.describe_certificate(CertificateArn=arn)["Certificate"]["DomainValidationOptions"]
    wanted = option["ResourceRecord"]
    record = {key: wanted[key] for key in ("Name", "Type")}
    day.cloud.client("route53").change_resource_record_sets(
        HostedZoneId=domain.zone_id,
        ChangeBatch={
            "Changes": [
                {
                    "Action": "UPSERT",
                    "ResourceRecordSet": {**record, "TTL": 300, "ResourceRecords": [{"Value": wanted["Value"]}]},
                }
            ]
        },
    )


def certificates(day: FirstDay) -> dict[str, str]:
    """The status of each certificate of the home region, by name."""
    client = day.cloud.client("acm")
    found = client.list_certificates(CertificateStatuses=["PENDING_VALIDATION", "ISSUED"])["CertificateSummaryList"]
    described = [client.describe_certificate(CertificateArn=item["CertificateArn"])["Certificate"] for item in found]
    return {certificate["DomainName"]: certificate["Status"] for certificate in described}


NO_TESTS = {"SKIP_TESTS": "1"}


def release_stack() -> str:
    return f"Acinaces-{NAME}-Release"


def live(day: FirstDay) -> str:
    """The version of the changed function that serves."""
    client = day.cloud.client("lambda")
    alias = client.get_alias(FunctionName=f"{NAME}-crypto-trading-templates", Name="live")
    return str(alias["FunctionVersion"])
