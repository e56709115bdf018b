"""`acinaces doctor`: every item by what AWS answers; what cannot be determined never passes."""

from __future__ import annotations

import io
import json
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import dns.resolver
import pytest
from botocore.exceptions import EndpointConnectionError
from rich.console import Console

from environments import Environment, load_environment
from local.edge.zones import Record
from ops.doctor import (
    Diagnosis,
    account,
    before,
    before_deployment,
    first,
    machine,
    names,
    quotas,
    release,
    run,
    settings,
    show,
)
from ops.doctor.findings import Finding, Status, failed, passed, warned
from ops.doctor.run import run_items
from ops.errors import ExitCode, OperatorError
from tests.support.doctor import FakeSurroundings, refusing
from tests.support.names import NameServer

STAGING = load_environment("staging")
NOW = datetime.now(UTC)


def identity(number: str = STAGING.aws.account, *, ahead_s: float = 0) -> Any:
    stamp = format_datetime(datetime.now(UTC) + timedelta(seconds=ahead_s), usegmt=True)
    return lambda **_: {
        "Account": number,
        "Arn": f"arn:aws:sts::{number}:assumed-role/deployer/me",
        "ResponseMetadata": {"HTTPHeaders": {"date": stamp}},
    }


def test_credentials_must_be_there_work_and_be_the_environments() -> None:
    good = account.credentials(FakeSurroundings(sts__get_caller_identity=identity()))
    other = account.credentials(FakeSurroundings(sts__get_caller_identity=identity("999999999999")))
    expired = account.credentials(FakeSurroundings(sts__get_caller_identity=refusing("ExpiredToken")))
    off = account.credentials(FakeSurroundings(sts__get_caller_identity=refusing("SignatureDoesNotMatch")))

    assert [finding.status for finding in (good, other, expired, off)] == ["pass", "fail", "fail", "fail"]
    assert "signed in to account 999999999999; staging is in" in other.message
    assert "timedatectl" in off.fix


def test_no_credentials_fail_with_how_to_sign_in() -> None:
    class SignedOut(FakeSurroundings):
        def has_credentials(self) -> bool:
            return False

    finding = account.credentials(SignedOut())

    assert finding.status is Status.FAIL
    assert "aws sso login" in finding.fix


@pytest.mark.parametrize(
    ("ahead_s", "status"), [(0, "pass"), (-20, "pass"), (60, "warn"), (-60, "warn"), (280, "fail"), (-4000, "fail")]
)
def test_the_clock_is_compared_with_the_one_of_aws(ahead_s: float, status: str) -> None:
    finding = account.clock(FakeSurroundings(sts__get_caller_identity=identity(ahead_s=ahead_s)))

    assert finding.status == status
    assert bool(finding.fix) == (status != "pass")


@pytest.mark.parametrize(("version", "status"), [("5", "fail"), ("20", "warn"), ("21", "pass"), ("30", "pass")])
def test_bootstrap_is_looked_at_in_every_region(version: str, status: str) -> None:
    asked = []

    def parameter(*, region: str, Name: str) -> Any:
        asked.append((region, Name))
        return {"Parameter": {"Value": version}}

    around = FakeSurroundings(
        bounded("acinaces-boundary"),
        ssm__get_parameter=parameter,
        iam__list_attached_role_policies=attached("acinaces-execution"),
    )
    findings = account.bootstrap(around)

    assert {finding.status.value for finding in findings} == {status}
    assert asked == [(region, "/cdk-bootstrap/hnb659fds/version") for region in STAGING.regions]


def attached(policy: str) -> Any:
    return lambda **_: {"AttachedPolicies": [{"PolicyName": policy}]}


@pytest.mark.parametrize(
    ("boundary", "policy", "status", "fix"),
    [
        (None, "AdministratorAccess", "warn", "make bootstrap ENV=staging"),
        ("acinaces-boundary", "AdministratorAccess", "fail", "make bootstrap ENV=staging"),
        ("acinaces-boundary", "acinaces-execution", "pass", ""),
        (None, "acinaces-execution", "fail", "in environments/staging.toml"),
    ],
)
def test_plain_bootstrap_is_enough_unless_the_environment_demands_the_stricter_one(
    boundary: str | None, policy: str, status: str, fix: str
) -> None:
    around = FakeSurroundings(
        bounded(boundary),
        ssm__get_parameter=lambda **_: {"Parameter": {"Value": "30"}},
        iam__list_attached_role_policies=attached(policy),
    )

    findings = account.bootstrap(around)

    assert {finding.status.value for finding in findings} == {status}
    assert all(finding.fix.endswith(fix) for finding in findings)


def bounded(name: str | None) -> Environment:
    """`staging` with this permissions boundary."""
    values = STAGING.model_dump(exclude_none=True)
    values["aws"]["permissions_boundary"] = name
    return Environment.model_validate(values, strict=False)


def test_a_region_without_bootstrap_names_the_command() -> None:
    around = FakeSurroundings(bounded("acinaces-boundary"), ssm__get_parameter=refusing("ParameterNotFound"))
    findings = account.bootstrap(around)
    plain = account.bootstrap(FakeSurroundings(ssm__get_parameter=refusing("ParameterNotFound")))

    assert {(finding.status.value, finding.fix) for finding in findings} == {("fail", "make bootstrap ENV=staging")}
    assert {finding.fix for finding in plain} == {
        f"cdk bootstrap aws://{STAGING.aws.account}/{region}" for region in STAGING.regions
    }


def test_a_hold_stands_in_the_way_and_an_old_one_is_called_forgotten() -> None:
    def held(age: timedelta) -> Finding:
        value = {"Value": "rolled back by me", "LastModifiedDate": NOW - age}
        return account.hold(FakeSurroundings(ssm__get_parameter=lambda **_: {"Parameter": value}))

    fresh, stale = held(timedelta(hours=2)), held(timedelta(days=3))

    assert (fresh.status, stale.status) == (Status.FAIL, Status.FAIL)
    assert "forgotten" not in fresh.message
    assert "3 days ago: probably forgotten" in stale.message
    assert "acinaces hold clear --env staging" in stale.fix
    none = account.hold(FakeSurroundings(ssm__get_parameter=refusing("ParameterNotFound")))
    assert none.status is Status.PASS


@pytest.mark.parametrize(
    ("certificate", "status", "said"),
    [
        ({"Status": "ISSUED", "NotAfter": NOW + timedelta(days=90, hours=1)}, "pass", "valid for 90 days"),
        ({"Status": "ISSUED", "NotAfter": NOW + timedelta(days=29, hours=1)}, "fail", "29 days more; 30 are needed"),
        ({"Status": "PENDING_VALIDATION"}, "fail", "PENDING_VALIDATION in us-east-1"),
    ],
)
def test_certificates_are_issued_and_valid_for_thirty_days(certificate: dict[str, Any], status: str, said: str) -> None:
    record = {"Name": "_x.staging", "Type": "CNAME", "Value": "_y.acm"}
    described = {**certificate, "CertificateArn": "arn", "DomainValidationOptions": [{"ResourceRecord": record}]}
    names = (STAGING.domain.site, STAGING.domain.api)
    around = FakeSurroundings(
        acm__list_certificates=lambda **_: {
            "CertificateSummaryList": [{"DomainName": name, "CertificateArn": name} for name in names]
        },
        acm__describe_certificate=lambda **_: {"Certificate": described},
    )

    site, api = release.certificates(around)

    assert (site.status, api.status) == (status, status)
    assert said in site.message
    assert ("_x.staging CNAME _y.acm" in site.fix) == (certificate["Status"] != "ISSUED")


@pytest.mark.parametrize(("used", "limit", "status"), [(10, 1000, "pass"), (801, 1000, "warn"), (0, 10, "warn")])
def test_lambdas_limit_against_its_use(used: int, limit: int, status: str) -> None:
    settings = {"AccountLimit": {"ConcurrentExecutions": limit, "UnreservedConcurrentExecutions": limit}}
    points = [{"Maximum": float(used)}] if used else []
    answers: dict[str, Any] = {
        "lambda__get_account_settings": lambda **_: settings,
        "cloudwatch__get_metric_statistics": lambda **_: {"Datapoints": points},
    }

    assert quotas.lambda_concurrency(FakeSurroundings(**answers)).status == status


def test_tools_that_are_missing_or_old_name_make_setup(monkeypatch: pytest.MonkeyPatch) -> None:
    around = FakeSurroundings()
    for version, expected in ((None, "fail"), ("3.0.0", "fail")):
        monkeypatch.setattr(machine, "version_of", lambda _, version=version: version)
        assert (machine.cdk(around).status, machine.cdk(around).fix) == (expected, "make setup")
        assert (machine.node(around).status, machine.node(around).fix) == (expected, "make setup")
    monkeypatch.setattr(machine, "version_of", lambda _: None)
    assert machine.git(around).status is Status.WARN


def test_what_cannot_be_determined_never_passes() -> None:
    def denied(_: Any) -> Finding:
        raise refused.value

    def unreachable(_: Any) -> Finding:
        raise EndpointConnectionError(endpoint_url="https://sts")

    def defective(_: Any) -> Finding:
        raise KeyError("x")

    with pytest.raises(Exception, match="AccessDenied") as refused:
        refusing(operation="DescribeAlarms")()
    for environment, status in (("dev", Status.WARN), ("production", Status.FAIL)):
        findings = run_items((denied, unreachable, defective), FakeSurroundings(environment))
        assert [finding.status for finding in findings] == [status] * 3
        assert all("could not be determined" in finding.message and finding.fix for finding in findings)
    assert findings[0].fix == "use a role that may call DescribeAlarms"


def test_items_run_at_the_same_time_and_one_that_hangs_is_left_behind() -> None:
    def slow(_: Any) -> Finding:
        time.sleep(0.2)
        return passed("slow", "")

    def hanging(_: Any) -> Finding:
        time.sleep(30)
        return passed("hanging", "")

    began = time.monotonic()
    findings = run_items((slow, hanging, slow, slow), FakeSurroundings("dev"), limit_s=0.8)

    assert time.monotonic() - began < 2
    assert [finding.status for finding in findings] == ["pass", "warn", "pass", "pass"]
    assert "no answer within" in findings[1].message


def test_without_credentials_what_is_in_aws_is_named_and_the_exit_code_is_5(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "MACHINE", ())
    monkeypatch.setattr(account, "credentials", lambda _: failed("credentials", "none", "sign in"))

    diagnosis = run.examine(STAGING)

    assert diagnosis.exit_code is ExitCode.PRECONDITION
    assert [finding.name for finding in diagnosis.findings] == ["credentials", "everything in AWS"]
    assert "stacks" in diagnosis.findings[1].message


def diagnosis(*findings: Finding, environment: str = "production") -> Diagnosis:
    return Diagnosis(environment=environment, findings=findings)


def test_production_does_not_start_on_a_failure_and_others_are_warned(monkeypatch: pytest.MonkeyPatch) -> None:
    bad = (passed("a", ""), warned("b", "old", "mend b"), failed("c", "gone", "mend c"))
    monkeypatch.setattr(before, "examine", lambda environment: diagnosis(*bad, environment=environment.name))
    output = io.StringIO()

    with pytest.raises(OperatorError, match="production is not ready, and nothing was started: c") as raised:
        before_deployment(load_environment("production"), Console(file=io.StringIO()))

    assert (raised.value.code, raised.value.next_step) == (ExitCode.PRECONDITION, "mend c")
    assert before_deployment(load_environment("dev"), Console(file=output)) == "doctor: 1 pass, 1 warn, 1 fail"
    assert "fix: mend c" in output.getvalue()


def test_warnings_do_not_stop_production(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(before, "examine", lambda _: diagnosis(warned("b", "old", "mend b")))

    assert before_deployment(load_environment("production"), Console(file=io.StringIO())) == "doctor: 1 warn"


def test_the_screen_ends_with_what_is_worst_and_json_has_everything() -> None:
    output = io.StringIO()
    found = diagnosis(failed("c", "gone [bold]", "mend c"), passed("a", "fine"), warned("b", "old", "mend b"))

    show(found, Console(file=output))

    text = output.getvalue()
    assert text.index("fine") < text.index("mend b") < text.index("gone [bold]") < text.index("should not be deployed")
    assert json.loads(found.to_json())["status"] == "fail"
    assert [finding["name"] for finding in json.loads(found.to_json())["findings"]] == ["c", "a", "b"]


@pytest.mark.parametrize("name", ["dev", "test", "staging", "production"])
def test_the_files_as_they_come_have_placeholders(name: str) -> None:
    environment = load_environment(name)

    findings = settings.placeholders(FakeSurroundings(environment))

    assert {finding.name.split()[1] for finding in findings} == {"aws.account", "pipeline.account", "domain.zone_id"}
    assert {finding.status for finding in findings} == {Status.FAIL}
    assert f"environments/{name}.toml" in findings[0].fix


def test_an_account_and_a_zone_of_ones_own_are_none() -> None:
    values = STAGING.model_dump(exclude_none=True)
    values["aws"]["account"] = values["pipeline"]["account"] = "718203947561"
    values["domain"]["zone_id"] = "Z08173521J7GXAMPLEQ3"
    environment = Environment.model_validate(values, strict=False)

    (found,) = settings.placeholders(FakeSurroundings(environment))

    assert found.status is Status.PASS


def delegation_of(records: dict[tuple[str, str], Record]) -> Finding:
    """What doctor finds where the public DNS has `records`; all servers of it are one, on loopback."""
    with NameServer({("acinaces.com", "SOA"): SOA, **records}) as server:

        class OnLoopback(FakeSurroundings):
            def resolver(self) -> dns.resolver.Resolver:
                resolver = dns.resolver.Resolver(configure=False)
                resolver.nameservers, resolver.port, resolver.lifetime = ["127.0.0.1"], server.port, 3
                return resolver

        zone = {"HostedZone": {"Name": "staging.acinaces.com."}, "DelegationSet": {"NameServers": ["ns-1.awsdns.org"]}}
        (found,) = run_items([names.delegation], OnLoopback(route53__get_hosted_zone=lambda **_: zone))
    return found


SOA = Record(ttl=1, values=("ns.acinaces.com. admin.acinaces.com. 1 2 3 4 5",))
PARENT = {
    ("acinaces.com", "NS"): Record(ttl=1, values=("ns.acinaces.com.",)),
    ("ns.acinaces.com", "A"): Record(ttl=1, values=("127.0.0.1",)),
}


@pytest.mark.parametrize(
    ("child", "status", "said"),
    [
        ((), "fail", "staging.acinaces.com is not delegated"),
        (("ns-1.awsdns.org.",), "pass", "delegated to 1 servers"),
        (("ns-9.awsdns.org.",), "fail", "servers of another zone (ns-9.awsdns.org)"),
    ],
)
def test_the_servers_of_the_parent_are_asked_for_the_delegation(child: tuple[str, ...], status: str, said: str) -> None:
    told = {("staging.acinaces.com", "NS"): Record(ttl=1, values=child)} if child else {}

    found = delegation_of({**PARENT, **told})

    assert (found.status.value, said in found.message) == (status, True), found
    if not child:
        assert "in the zone acinaces.com (or at the registrar of staging.acinaces.com) set exactly:" in found.fix
        assert "staging.acinaces.com. 172800 IN NS ns-1.awsdns.org." in found.fix


def test_a_parent_that_is_not_found_never_passes() -> None:
    found = delegation_of({})

    assert "could not be determined: the servers above staging.acinaces.com. are not found" in found.message


def test_channels_that_a_person_sets_up_once() -> None:
    values = STAGING.model_dump(exclude_none=True)
    values["alerts"] |= {"slack_workspace": "T0AAAAAAA", "slack_channel": "C0AAAAAAA", "pagerduty_secret": "pager"}
    environment = Environment.model_validate(values, strict=False)
    around = FakeSurroundings(
        environment,
        chatbot__describe_slack_workspaces=lambda **_: {"SlackWorkspaces": [{"SlackTeamId": "T0BBBBBBB"}]},
        secretsmanager__describe_secret=refusing("ResourceNotFoundException"),
    )

    slack, pagerduty = first.channels(around)

    assert "T0AAAAAAA is not authorised" in slack.message
    assert pagerduty.fix.startswith("aws secretsmanager create-secret --name pager ")
