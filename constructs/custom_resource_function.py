"""A function behind a custom resource: role, logs, provider and the bound on how long CloudFormation waits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from aws_cdk import CustomResource, Duration, Stack, custom_resources
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs

from constructs import Construct
from constructs.acknowledge import SECURITY, acknowledge, wildcards
from constructs.function_findings import acknowledge_function, acknowledge_function_of_cdk
from constructs.package_code import package_code
from constructs.versioned_function import FunctionPlatform


class CustomResourceFunction(Construct):
    """Calls `entry` with CloudFormation's event by way of CDK's Provider, which answers for it when it crashes."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        entry: str,
        description: str,
        package: Path,
        platform: FunctionPlatform,
        timeout: Duration,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(scope, id)
        self._timeout = timeout
        acknowledge_function(
            self, failures="Called by CloudFormation, which sees a failure", in_vpc=False, reserved=False
        )
        self.log_group = self._build_log_group("Logs", platform)
        self.role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        self.log_group.grant_write(self.role)
        self.function = lambda_.Function(
            self,
            "Function",
            description=description,
            runtime=platform.runtime,
            architecture=platform.architecture,
            handler=entry,
            code=package_code(package),
            layers=list(platform.layers),
            role=self.role,
            environment=dict(environment or {}),
            timeout=timeout,
            memory_size=platform.memory_mb,
            tracing=lambda_.Tracing.ACTIVE,
            log_group=self.log_group,
        )
        self.provider = custom_resources.Provider(
            self,
            "Provider",
            on_event_handler=self.function,
            log_group=self._build_log_group("ProviderLogs", platform),
            # The framework logs whole events at INFO, ResponseURL included.
            framework_lambda_logging_level=lambda_.ApplicationLogLevel.FATAL,
        )
        acknowledge_function_of_cdk(self.provider, "Resource::<....Arn>:*")

    def allow(
        self, *, actions: Sequence[str], resources: Sequence[str], conditions: Mapping[str, Any] | None = None
    ) -> None:
        """Adds one statement to the function's role."""
        self.role.add_to_policy(
            iam.PolicyStatement(actions=list(actions), resources=list(resources), conditions=dict(conditions or {}))
        )

    def resource(
        self, scope: Construct, id: str, *, resource_type: str, properties: Mapping[str, Any]
    ) -> CustomResource:
        """A resource that calls the function when a property changes.

        CloudFormation's default would wait an hour for a function that never answers (FAULTS F12).
        """
        return CustomResource(
            scope,
            id,
            service_token=self.provider.service_token,
            resource_type=resource_type,
            properties=dict(properties),
            service_timeout=self._timeout.plus(Duration.seconds(60)),
        )

    def _build_log_group(self, id: str, platform: FunctionPlatform) -> logs.LogGroup:
        return logs.LogGroup(
            self,
            id,
            retention=platform.log_retention,
            encryption_key=platform.log_key,
            removal_policy=platform.removal_policy,
        )

    def allow_describing_own_stack(self) -> None:
        """To tell a release from a rollback."""
        stack = Stack.of(self)
        arn = stack.format_arn(service="cloudformation", resource="stack", resource_name=f"{stack.stack_name}/*")
        self.allow(actions=["cloudformation:DescribeStacks"], resources=[arn])
        acknowledge(
            self.role,
            "The function's own stack; the end of its ARN is known only once it exists",
            SECURITY,
            *wildcards("Resource::...:stack/.../*"),
        )
