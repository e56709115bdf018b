"""What only a first deployment meets: names that are taken, zones that are not there, channels not set up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from environments.sections import EDGE_REGION
from ops.doctor.findings import Finding, failed, passed
from ops.doctor.names import plain
from ops.doctor.stacks import stacks_of
from ops.doctor.surroundings import Surroundings
from ops.removal.leftover import Leftover, stack_name
from ops.removal.leftovers import leftovers

# What tells of the API of AWS Chatbot; it has no other region.
_CHATBOT = "us-east-2"
_SHOWN = 5


def places(around: Surroundings) -> list[Finding]:
    """Whether the regions are switched on in this account, and the home region has the zones."""
    aws = around.environment.aws
    listed = around.client("ec2", region=EDGE_REGION).describe_regions(AllRegions=True)["Regions"]
    enabled = {item["RegionName"] for item in listed if item.get("OptInStatus") != "not-opted-in"}
    findings = [
        failed(
            f"region {region}",
            f"the account has not switched on {region}",
            f"aws account enable-region --region-name {region}",
        )
        for region in around.environment.regions
        if region not in enabled
    ]
    if findings:
        return findings
    zones = around.client("ec2").describe_availability_zones()["AvailabilityZones"]
    there = sorted(zone["ZoneName"] for zone in zones if zone["State"] == "available")
    missing = [zone for zone in around.environment.availability_zones if zone not in there]
    if missing:
        letters = ", ".join(f'"{zone[-1]}"' for zone in there)
        fix = f"aws.availability_zones in environments/{around.environment.name}.toml: some of {letters}"
        return [failed("zones", f"the account has no zone {', '.join(missing)} in {aws.region}", fix)]
    return [passed("zones", f"{', '.join(around.environment.availability_zones)} are there")]


def names_taken(around: Surroundings) -> list[Finding]:
    """What is left outside the stacks and has a name that a stack would create: CloudFormation takes over nothing."""
    environment = around.environment
    there = {stack.name for stack in stacks_of(around)}
    by_stack: dict[tuple[str, str], list[Leftover]] = {}
    for item in leftovers(around, colliding=True):
        if item.stack and stack_name(environment, item.stack) not in there:
            by_stack.setdefault((item.stack, item.kind), []).append(item)
    findings = [_taken(around, *key, items) for key, items in by_stack.items()]
    if stack_name(environment, "Release") not in there:
        findings += list(_addresses_taken(around))
    return findings or [passed("names", "no name is taken that a stack would create")]


def channels(around: Surroundings) -> list[Finding]:
    """Where alarms go that a person sets up once: Slack's workspace, PagerDuty's secret."""
    alerts, findings = around.environment.alerts, []
    if alerts.slack_workspace:
        found = around.client("chatbot", region=_CHATBOT).describe_slack_workspaces()["SlackWorkspaces"]
        if alerts.slack_workspace not in {workspace["SlackTeamId"] for workspace in found}:
            message = f"Slack's workspace {alerts.slack_workspace} is not authorised in the account"
            fix = 'authorise it once in the console: "Amazon Q Developer in chat applications", Configure new client'
            findings.append(failed("slack", message, fix))
    if alerts.pagerduty_secret:
        try:
            around.client("secretsmanager").describe_secret(SecretId=alerts.pagerduty_secret)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != "ResourceNotFoundException":
                raise
            message = f"the secret {alerts.pagerduty_secret} with PagerDuty's address does not exist"
            fix = (
                f"aws secretsmanager create-secret --name {alerts.pagerduty_secret} --secret-string file://ADDRESS "
                f"--region {around.environment.aws.region}"
            )
            findings.append(failed("pagerduty", message, fix))
    return findings or [passed("channels", "what alarms are sent to is set up")]


def _taken(around: Surroundings, stack: str, kind: str, items: list[Leftover]) -> Finding:
    name = around.environment.name
    shown = ", ".join(item.name for item in items[:_SHOWN]) + (", …" if len(items) > _SHOWN else "")
    message = f"{len(items)} left over ({shown}): the {stack} stack could not be created, because names are taken"
    pending = [item for item in items if item.remove is None]
    if pending:
        return failed(
            f"{kind}s taken", f"{message}; {pending[0].note}", f"end the wait, for each: {pending[0].command}"
        )
    fix = (
        f"take them over as they are: acinaces deploy --env {name} --import-existing-resources; "
        f"or delete them with all that they hold: acinaces destroy --env {name} --with-state"
    )
    return failed(f"{kind}s taken", message, fix)


def _addresses_taken(around: Surroundings) -> Iterator[Finding]:
    """Site and API at somebody else's: records of the zone, a distribution, a domain name of API Gateway."""
    domain, region = around.environment.domain, around.environment.aws.region
    for zone in around.client("route53").list_hosted_zones_by_name(DNSName=domain.zone)["HostedZones"]:
        if plain(zone["Name"]) != domain.zone or zone.get("Config", {}).get("PrivateZone"):
            continue
        for record in _records(around, zone["Id"]):
            owner = plain(record["Name"])
            if owner in (domain.site, domain.api) and record["Type"] in ("A", "AAAA", "CNAME"):
                look = f"aws route53 list-resource-record-sets --hosted-zone-id {zone['Id'].rpartition('/')[2]}"
                message = (
                    f"the record {owner} {record['Type']} is there already, and the Release stack could not make it"
                )
                yield failed(f"record {owner}", message, f"{look}; delete it when nothing needs it any more")
    pages = around.client("cloudfront", region=EDGE_REGION).get_paginator("list_distributions").paginate()
    for found in (item for page in pages for item in page["DistributionList"].get("Items", ())):
        if domain.site in found.get("Aliases", {}).get("Items", ()):
            message = f"the distribution {found['Id']} has the name {domain.site}; CloudFront gives it to one only"
            fix = f"take the name from it: aws cloudfront get-distribution-config --id {found['Id']}, then update it"
            yield failed(f"distribution {found['Id']}", message, fix)
    pages = around.client("apigateway").get_paginator("get_domain_names").paginate()
    if domain.api in {item["domainName"] for page in pages for item in page.get("items", ())}:
        yield failed(
            f"domain name {domain.api}",
            "API Gateway has it already, outside the Release stack",
            f"aws apigateway delete-domain-name --domain-name {domain.api} --region {region}",
        )


def _records(around: Surroundings, zone: str) -> Iterator[dict[str, Any]]:
    pages = around.client("route53").get_paginator("list_resource_record_sets").paginate(HostedZoneId=zone)
    for page in pages:
        yield from page["ResourceRecordSets"]
