"""A Lambda function as every function here is: own role, log group, tracing, retained versions, alias `live`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aws_cdk import ArnFormat, Duration, RemovalPolicy, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs

from constructs import Construct
from constructs.function_findings import acknowledge_function
from constructs.package_code import package_code

ALIAS = "live"
# Calls made before the interface has a name, so they take no narrower resource.
_ENI_ACTIONS = (
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
)
_PRIVATE = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS)


@dataclass(frozen=True, kw_only=True)
class FunctionPlatform:
    """What all functions of an environment share. Memory in MiB."""

    runtime: lambda_.Runtime
    architecture: lambda_.Architecture
    layers: Sequence[lambda_.ILayerVersion]
    memory_mb: int
    log_retention: logs.RetentionDays
    removal_policy: RemovalPolicy
    log_key: kms.IKey | None = None
    reserved_concurrency: int | None = None


@dataclass(frozen=True, kw_only=True)
class FunctionPlacement:
    """The VPC part of a function that needs the cache."""

    vpc: ec2.IVpc
    security_group: ec2.ISecurityGroup


class VersionedFunction(Construct):
    """Publishes a version whenever code or configuration changes and points `live` at it.

    Versions are retained: without them there would be nothing to roll back to. That of a release that was rolled back
    is deleted again: Lambda publishes no second version of the same code, so it would stand in the next release's way.

    dead_letter_queue: for events that an asynchronous call could not deal with. failures: who sees them without it.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        function_name: str,
        description: str,
        entry: str,
        package: Path,
        platform: FunctionPlatform,
        environment: Mapping[str, str],
        timeout: Duration,
        memory_mb: int | None = None,
        placement: FunctionPlacement | None = None,
        dead_letter_queue: sqs.IQueue | None = None,
        failures: str = "Called synchronously only: a failure is the caller's to see",
    ) -> None:
        super().__init__(scope, id)
        acknowledge_function(
            self,
            failures=None if dead_letter_queue else failures,
            in_vpc=placement is not None,
            reserved=platform.reserved_concurrency is not None,
        )
        self.log_group = logs.LogGroup(
            self,
            "Logs",
            log_group_name=f"/aws/lambda/{function_name}",
            retention=platform.log_retention,
            encryption_key=platform.log_key,
            removal_policy=platform.removal_policy,
        )
        self.role = self._build_role(function_name, in_vpc=placement is not None)
        self.function = lambda_.Function(
            self,
            "Function",
            function_name=function_name,
            description=description,
            runtime=platform.runtime,
            architecture=platform.architecture,
            handler=entry,
            code=package_code(package),
            layers=list(platform.layers),
            role=self.role,
            environment=dict(environment),
            timeout=timeout,
            memory_size=memory_mb or platform.memory_mb,
            reserved_concurrent_executions=platform.reserved_concurrency,
            tracing=lambda_.Tracing.ACTIVE,
            dead_letter_queue=dead_letter_queue,
            log_group=self.log_group,
            current_version_options=lambda_.VersionOptions(removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE),
            vpc=placement.vpc if placement else None,
            vpc_subnets=_PRIVATE if placement else None,
            security_groups=[placement.security_group] if placement else None,
        )
        self.version = self.function.current_version
        self.alias = lambda_.Alias(self, "Alias", alias_name=ALIAS, version=self.version)

    def allow(self, *, actions: Sequence[str], resources: Sequence[str]) -> None:
        """Adds one statement to the function's role."""
        self.role.add_to_policy(iam.PolicyStatement(actions=list(actions), resources=list(resources)))

    def _build_role(self, function_name: str, *, in_vpc: bool) -> iam.Role:
        # Own statements instead of AWS's managed policies, which allow writing to every log group.
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        self.log_group.grant_write(role)
        if in_vpc:
            # Lambda makes these calls with the function's role; the function's own code may not.
            function = Stack.of(self).format_arn(
                service="lambda",
                resource="function",
                resource_name=function_name,
                arn_format=ArnFormat.COLON_RESOURCE_NAME,
            )
            role.add_to_policy(iam.PolicyStatement(actions=list(_ENI_ACTIONS), resources=["*"]))
            role.add_to_policy(
                iam.PolicyStatement(
                    sid="NotFromCode",
                    effect=iam.Effect.DENY,
                    actions=list(_ENI_ACTIONS),
                    resources=["*"],
                    conditions={"ArnLike": {"lambda:SourceFunctionArn": [function, f"{function}:*"]}},
                )
            )
        return role
