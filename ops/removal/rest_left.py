"""Logs, settings and what the account shares, outside the stacks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from botocore.exceptions import ClientError

from ops.removal.leftover import STACKS, Clients, Leftover, aws_command, pages, prefix


def _log_groups(around: Clients) -> Iterator[Leftover]:
    environment = around.environment
    # By our own names, and by those that CloudFormation gives to functions of CDK.
    ours = re.compile(rf".*[/-]{prefix(around)}.*|.*/Acinaces-{environment.name}-({'|'.join(STACKS)})-.*")
    for region in environment.regions:
        client = around.client("logs", region=region)
        for group in pages(client, "describe_log_groups", "logGroups"):
            name = group["logGroupName"]
            if ours.fullmatch(name):
                kept = group.get("retentionInDays")
                # Lambda makes the others by itself.
                own = prefix(around) in name
                yield Leftover(
                    kind="log group",
                    name=name,
                    region=region,
                    note=f"entries go after {kept} days" if kept else "entries never go",
                    command=aws_command(around, f"logs delete-log-group --log-group-name {name}", region),
                    stack=("Operations" if _OPERATIONS.search(name) else "Release") if own else "",
                    remove=partial(client.delete_log_group, logGroupName=name),
                )


_OPERATIONS: Final = re.compile(r"-(scheduled-verification|rollback-worker|rollback|recorder|secret-rotation)$")


def _schedule_groups(around: Clients) -> Iterator[Leftover]:
    client = around.client("scheduler")
    for group in pages(client, "list_schedule_groups", "ScheduleGroups", NamePrefix=prefix(around)):
        name = group["Name"]
        yield Leftover(
            kind="schedule group",
            name=name,
            region=around.environment.aws.region,
            command=aws_command(around, f"scheduler delete-schedule-group --name {name}"),
            stack="Operations",
            remove=partial(client.delete_schedule_group, Name=name),
        )


def _parameters(around: Clients) -> Iterator[Leftover]:
    client, environment = around.client("ssm"), around.environment
    for found in pages(
        client, "get_parameters_by_path", "Parameters", Path=f"/acinaces/{environment.name}", Recursive=True
    ):
        name = found["Name"]
        yield Leftover(
            kind="parameter",
            name=name,
            region=environment.aws.region,
            command=aws_command(around, f"ssm delete-parameter --name {name}"),
            remove=partial(client.delete_parameter, Name=name),
        )


def _zone(around: Clients) -> Iterator[Leftover]:
    """The hosted zone that the Network stack made: its delegation is in other hands, so it stays."""
    environment = around.environment
    if environment.domain.zone_id:
        return
    for zone in around.client("route53").list_hosted_zones_by_name(DNSName=environment.domain.zone)["HostedZones"]:
        if zone["Name"].rstrip(".") == environment.domain.zone:
            yield Leftover(
                kind="hosted zone",
                name=zone["Id"].rpartition("/")[2],
                region="global",
                note=f"{environment.domain.zone}, delegated to by its parent; remove its records first",
                command=f"aws route53 delete-hosted-zone --id {zone['Id'].rpartition('/')[2]}",
            )


def _bootstrap(around: Clients) -> Iterator[Leftover]:
    """CDK's bootstrap, which other environments of the account may use."""
    aws = around.environment.aws
    for region in around.environment.regions:
        client = around.client("cloudformation", region=region)
        try:
            client.describe_stacks(StackName="CDKToolkit")
        except ClientError as error:
            if error.response["Error"]["Code"] != "ValidationError":
                raise
            continue
        bucket = f"cdk-{aws.bootstrap_qualifier}-assets-{aws.account}-{region}"
        yield Leftover(
            kind="CDK bootstrap",
            name="CDKToolkit",
            region=region,
            note="other environments of the account may use it",
            command=aws_command(around, "cloudformation delete-stack --stack-name CDKToolkit", region)
            + f" && aws s3 rb s3://{bucket} --force",
        )


FINDERS: Final[tuple[Callable[[Clients], Iterator[Leftover]], ...]] = (
    _log_groups,
    _schedule_groups,
    _parameters,
    _zone,
    _bootstrap,
)
# Those with names of ours, which a stack would want for itself.
COLLIDING: Final = (_log_groups, _schedule_groups)
