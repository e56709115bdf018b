"""A function made from a handler's declaration: exactly the environment and permissions that it names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from aws_cdk import Duration, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_stepfunctions as sfn

from constructs import Construct
from constructs.key_access import READ, TABLE, allow_key
from constructs.platform_tables import TABLE_INDEXES
from constructs.secret_access import allow_reading
from constructs.versioned_function import FunctionPlacement, FunctionPlatform, VersionedFunction
from lambda_build.artifacts import HandlerPackage
from lambda_build.discovery import HandlerDefinitionError, HandlerSpec

_TABLE_ACTIONS: Final = {
    "get": ("dynamodb:GetItem",),
    "read": ("dynamodb:GetItem", "dynamodb:Scan"),
    "query": ("dynamodb:Query",),
    "append": ("dynamodb:PutItem",),
    "update": ("dynamodb:UpdateItem",),
    "write": ("dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"),
}
_READING: Final = ("get", "query", "read")


@dataclass(frozen=True, kw_only=True)
class HandlerSurroundings:
    """What handlers may ask for, by the names that their declarations use."""

    tables: Mapping[str, dynamodb.ITable]
    secrets: Mapping[str, secretsmanager.ISecret]
    workflows: Mapping[str, sfn.IStateMachine]
    bus: events.IEventBus
    redis_host: str
    redis_port: str
    redis_tls: bool
    redis_auth: secretsmanager.ISecret
    redis_placement: FunctionPlacement
    timestream_database: str | None
    # Settings that every function has, e.g. ENVIRONMENT.
    settings: Mapping[str, str]


class HandlerFunction(VersionedFunction):
    """One handler of `lambda_src/handlers/` as a versioned function."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        package: HandlerPackage,
        function_name: str,
        platform: FunctionPlatform,
        surroundings: HandlerSurroundings,
    ) -> None:
        self.package = package
        spec = package.source.spec
        _refuse_unknown_names(package, surroundings)
        super().__init__(
            scope,
            id,
            function_name=function_name,
            description=f"{spec.category}: {spec.route}",
            entry=package.source.entry,
            package=package.folder,
            platform=platform,
            environment=handler_environment(spec, name=package.source.name, surroundings=surroundings),
            timeout=Duration.seconds(spec.timeout_s),
            memory_mb=spec.memory_mb,
            placement=surroundings.redis_placement if spec.redis else None,
        )
        self._grant(spec, surroundings)

    def _grant(self, spec: HandlerSpec, surroundings: HandlerSurroundings) -> None:
        for name, access in spec.tables.items():
            table = surroundings.tables[name]
            for kind in access.split("_"):
                indexes = [
                    f"{table.table_arn}/index/{index}" for index in TABLE_INDEXES.get(name, ()) if kind == "query"
                ]
                self.allow(actions=_TABLE_ACTIONS[kind], resources=[table.table_arn, *indexes])
            allow_key(self.role, table.encryption_key, "dynamodb", actions=READ if access in _READING else TABLE)
        for name in spec.secrets:
            allow_reading(self.role, surroundings.secrets[name])
        if spec.redis:
            allow_reading(self.role, surroundings.redis_auth)
        if spec.publishes:
            self.allow(actions=["events:PutEvents"], resources=[surroundings.bus.event_bus_arn])
        for name in spec.workflows:
            self.allow(actions=["states:StartExecution"], resources=[surroundings.workflows[name].state_machine_arn])
        for name in spec.parameters:
            # By its name: the stack that makes it comes after this one.
            parameter = f"acinaces/{surroundings.settings['ENVIRONMENT']}/{name}"
            arn = Stack.of(self).format_arn(service="ssm", resource="parameter", resource_name=parameter)
            self.allow(actions=["ssm:GetParameter"], resources=[arn])
        if spec.timestream and surroundings.timestream_database:
            # Asked for first; takes no resource.
            self.allow(actions=["timestream:DescribeEndpoints"], resources=["*"])
            database = Stack.of(self).format_arn(
                service="timestream", resource="database", resource_name=surroundings.timestream_database
            )
            self.allow(actions=["timestream:DescribeDatabase"], resources=[database])


def handler_environment(spec: HandlerSpec, *, name: str, surroundings: HandlerSurroundings) -> dict[str, str]:
    """The function's environment variables (M17.2): all tables, the cache, and the secrets that it reads."""
    variables = dict(surroundings.settings)
    variables["POWERTOOLS_SERVICE_NAME"] = name
    variables["EVENT_BUS_NAME"] = surroundings.bus.event_bus_name
    variables["REDIS_HOST"] = surroundings.redis_host
    variables["REDIS_PORT"] = surroundings.redis_port
    variables["REDIS_TLS"] = str(surroundings.redis_tls).lower()
    for table_name, table in surroundings.tables.items():
        variables[f"TABLE_{_variable(table_name)}"] = table.table_name
    for secret_name in spec.secrets:
        variables[f"SECRET_{_variable(secret_name)}"] = surroundings.secrets[secret_name].secret_arn
    for workflow in spec.workflows:
        variables[f"WORKFLOW_{_variable(workflow)}"] = surroundings.workflows[workflow].state_machine_arn
    if spec.redis:
        variables["REDIS_AUTH_SECRET_ARN"] = surroundings.redis_auth.secret_arn
    if spec.timestream and surroundings.timestream_database:
        variables["TIMESTREAM_DATABASE"] = surroundings.timestream_database
    return variables


def _variable(name: str) -> str:
    return name.replace("-", "_").upper()


def _refuse_unknown_names(package: HandlerPackage, surroundings: HandlerSurroundings) -> None:
    spec = package.source.spec
    for key, asked, known in (
        ("tables", spec.tables, surroundings.tables),
        ("secrets", spec.secrets, surroundings.secrets),
        ("workflows", spec.workflows, surroundings.workflows),
    ):
        for name in asked:
            if name not in known:
                raise HandlerDefinitionError(
                    f"handlers/{package.source.path.name}: FUNCTION[{key!r}] names {name!r}; there are: "
                    f"{', '.join(sorted(known))}"
                )
