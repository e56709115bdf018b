"""The state machine that activates strategies: role, log, tracing."""

from __future__ import annotations

from aws_cdk import Aws, Duration, RemovalPolicy, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as sfn

from constructs import Construct
from constructs.acknowledge import SECURITY, acknowledge, wildcards
from constructs.activation_definition import activation_definition
from constructs.key_access import TABLE, allow_key

_TIMEOUT = Duration.minutes(5)


class ActivationWorkflow(Construct):
    """`state_machine` takes `{"strategyId": …}`; see `activation_definition`."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        environment_name: str,
        strategies: dynamodb.ITable,
        audit: dynamodb.ITable,
        bus: events.IEventBus,
        log_retention: logs.RetentionDays,
        log_key: kms.IKey,
        removal_policy: RemovalPolicy,
    ) -> None:
        super().__init__(scope, id)
        self.log_group = logs.LogGroup(
            self,
            "Logs",
            # Under this prefix Step Functions' resource policy does not grow with every state machine.
            log_group_name=f"/aws/vendedlogs/states/{name}",
            retention=log_retention,
            encryption_key=log_key,
            removal_policy=removal_policy,
        )
        self.role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("states.amazonaws.com"))
        definition = activation_definition(
            partition=Aws.PARTITION,
            strategies=strategies.table_name,
            audit=audit.table_name,
            bus=bus.event_bus_name,
            environment=environment_name,
            timeout_s=int(_TIMEOUT.to_seconds()),
        )
        self.state_machine = sfn.StateMachine(
            self,
            "StateMachine",
            state_machine_name=name,
            definition_body=sfn.DefinitionBody.from_string(Stack.of(self).to_json_string(definition)),
            role=self.role,
            tracing_enabled=True,
            logs=sfn.LogOptions(destination=self.log_group, level=sfn.LogLevel.ALL, include_execution_data=True),
            removal_policy=RemovalPolicy.DESTROY,
        )
        acknowledge(
            self.role,
            "Tracing and log delivery, which AWS grants on no narrower resource; a test lists the calls",
            SECURITY,
            *wildcards("Resource::*"),
        )
        self._allow("dynamodb:GetItem", "dynamodb:UpdateItem", resource=strategies.table_arn)
        self._allow("dynamodb:PutItem", resource=audit.table_arn)
        self._allow("events:PutEvents", resource=bus.event_bus_arn)
        for key in {table.encryption_key for table in (strategies, audit)}:
            allow_key(self.role, key, "dynamodb", actions=TABLE)

    def _allow(self, *actions: str, resource: str) -> None:
        self.role.add_to_policy(iam.PolicyStatement(actions=list(actions), resources=[resource]))
