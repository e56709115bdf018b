"""Release: everything that a release changes, and the gate that puts all of it back when a check fails."""

from __future__ import annotations

from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_route53_targets as targets

from constructs import Construct
from constructs.activation_workflow import ActivationWorkflow
from constructs.event_bus import PlatformBus
from constructs.function_layers import FunctionLayers
from constructs.handler_function import HandlerFunction, HandlerSurroundings
from constructs.invalidation import Invalidation
from constructs.manifest import Manifest
from constructs.platform_api import STAGE, ApiLimits, PlatformApi
from constructs.published_site import PublishedSite, SiteAddress
from constructs.verification_access import VerificationAccess
from constructs.verification_gate import GatePlan, Served, VerificationGate
from constructs.versioned_function import ALIAS, FunctionPlacement, FunctionPlatform
from environments import Environment
from stacks.artifacts import Artifacts
from stacks.data import DataStack
from stacks.edge import EdgeStack
from stacks.gate_plan import SMOKE_TABLES, gate_plan
from stacks.manifest_sections import CONTENTS, JUDGEMENT, judgement, manifest_sections
from stacks.monitoring import add_monitoring, add_web_acl
from stacks.network import NetworkStack
from stacks.policies import log_retention, removal_policy
from stacks.record import add_record
from stacks.secrets import SecretsStack

WORKFLOW = "strategy-activation"
_ARCHITECTURES = {"arm64": lambda_.Architecture.ARM_64, "x86_64": lambda_.Architecture.X86_64}


@dataclass(frozen=True, kw_only=True)
class ReleaseInputs:
    """What a release is made of: the environment, what was built, and the stacks that hold state."""

    environment: Environment
    artifacts: Artifacts
    network: NetworkStack
    data: DataStack
    secrets: SecretsStack
    edge: EdgeStack
    force_gate: str | None = None


class ReleaseStack(cdk.Stack):
    """Record, functions, workflow, API, site, monitoring, manifest, gate; each a construct of its own."""

    def __init__(self, scope: Construct, id: str, *, env: cdk.Environment, inputs: ReleaseInputs) -> None:
        self.inputs = inputs
        self.settings = inputs.environment
        super().__init__(
            scope,
            id,
            env=env,
            description=f"Acinaces {inputs.environment.name}: the release and its gate",
            # The certificate and the web ACL live in us-east-1.
            cross_region_references=True,
        )
        self.function_platform = self._build_function_platform()
        self.release_id = inputs.artifacts.release_id(inputs.environment)
        self.bus = PlatformBus(
            self,
            "Bus",
            name=inputs.environment.resource_name("events"),
            log_retention=log_retention(inputs.environment),
            log_key=inputs.network.log_key,
            removal_policy=removal_policy(inputs.environment),
        ).bus
        self.workflow = self._build_workflow()
        self.handlers = self._build_handlers()
        self.api = self._build_api()
        self.site = self._build_site()
        self.invalidation = self._build_invalidation()
        records = self._add_records()
        self.monitoring = add_monitoring(self)
        self.alerting = self.monitoring.alerting
        web_acl = add_web_acl(self)
        self.manifest = Manifest(
            self, "Manifest", environment_name=inputs.environment.name, sections=manifest_sections(self)
        )
        self.record = add_record(self)
        self.gate = self._build_gate(after=[*self.handlers, self.api, self.site, self.invalidation, web_acl, *records])
        self.manifest.add_section(JUDGEMENT, judgement(self))
        self._add_outputs()

    def _build_function_platform(self) -> FunctionPlatform:
        functions, backend = self.settings.functions, self.inputs.artifacts.backend
        runtime = lambda_.Runtime(functions.lambda_runtime, lambda_.RuntimeFamily.PYTHON)
        architecture = _ARCHITECTURES[functions.lambda_architecture]
        layers = FunctionLayers(
            self,
            "Layers",
            dependencies=backend.dependencies_layer,
            dependencies_digest=backend.dependencies_digest,
            shared=backend.shared_layer,
            runtime=runtime,
            architecture=architecture,
        )
        return FunctionPlatform(
            runtime=runtime,
            architecture=architecture,
            layers=layers.versions,
            memory_mb=self.settings.capacity.memory_mb,
            log_retention=log_retention(self.settings),
            log_key=self.inputs.network.log_key,
            removal_policy=removal_policy(self.settings),
            reserved_concurrency=functions.reserved_concurrency,
        )

    def _build_workflow(self) -> ActivationWorkflow:
        tables = self.inputs.data.tables
        return ActivationWorkflow(
            self,
            "Workflow",
            name=self.settings.resource_name(WORKFLOW),
            environment_name=self.settings.name,
            strategies=tables["strategies"],
            audit=tables["audit"],
            bus=self.bus,
            log_retention=log_retention(self.settings),
            log_key=self.inputs.network.log_key,
            removal_policy=removal_policy(self.settings),
        )

    def _build_handlers(self) -> list[HandlerFunction]:
        surroundings = self._build_surroundings()
        return [
            HandlerFunction(
                self,
                package.source.name,
                package=package,
                function_name=self.settings.resource_name(package.source.name),
                platform=self.function_platform,
                surroundings=surroundings,
            )
            for package in self.inputs.artifacts.backend.handlers
        ]

    def _build_surroundings(self) -> HandlerSurroundings:
        data, network, settings = self.inputs.data, self.inputs.network, self.settings
        return HandlerSurroundings(
            tables=data.tables,
            secrets=self.inputs.secrets.placeholders,
            workflows={WORKFLOW: self.workflow.state_machine},
            bus=self.bus,
            redis_host=data.redis.host,
            redis_port=data.redis.port,
            redis_tls=data.redis.tls,
            redis_auth=data.redis.auth_secret,
            redis_placement=FunctionPlacement(vpc=network.vpc, security_group=network.functions_security_group),
            timestream_database=data.timestream_database_name,
            settings={
                "ENVIRONMENT": settings.name,
                "CORS_ALLOW_ORIGIN": settings.site_url,
                "PAPER_TRADING_MODE": str(settings.trading.paper_trading_mode).lower(),
                "ALLOW_REAL_TRADES": str(settings.trading.allow_real_trades).lower(),
                "POWERTOOLS_METRICS_NAMESPACE": "Acinaces",
                "POWERTOOLS_LOG_LEVEL": settings.functions.log_level,
            },
        )

    def _build_api(self) -> PlatformApi:
        settings = self.settings
        return PlatformApi(
            self,
            "Api",
            api_name=settings.resource_name("api"),
            domain_name=settings.domain.api,
            certificate=self.inputs.network.api_certificate,
            allowed_origin=settings.site_url,
            api_key=self.inputs.secrets.api_key,
            limits=ApiLimits(rate=settings.api.rate_limit, burst=settings.api.burst_limit),
            log_retention=log_retention(settings),
            log_key=self.inputs.network.log_key,
            removal_policy=removal_policy(settings),
            handlers=self.handlers,
        )

    def _build_site(self) -> PublishedSite:
        settings, edge = self.settings, self.inputs.edge
        artifacts = self.inputs.artifacts
        return PublishedSite(
            self,
            "Site",
            publication=artifacts.publication,
            clean_urls_code=artifacts.clean_urls_code,
            address=SiteAddress(
                domain_name=settings.domain.site,
                certificate=edge.certificate,
                web_acl_arn=edge.web_acl_arn,
                connect_origins=(settings.api_url,),
            ),
            access_logs=self.inputs.data.logs_bucket.as_target(self, "AccessLogs"),
            removal_policy=removal_policy(settings),
            log_retention=log_retention(settings),
            log_key=self.inputs.network.log_key,
        )

    def _build_invalidation(self) -> Invalidation:
        invalidation = Invalidation(
            self,
            "Invalidation",
            distribution=self.site.distribution,
            publication_digest=self.inputs.artifacts.publication.digest,
            package=self.inputs.artifacts.backend.invalidation,
            platform=self.function_platform,
        )
        invalidation.resource.node.add_dependency(*self.site.deployments)
        return invalidation

    def _add_records(self) -> list[route53.ARecord | route53.AaaaRecord]:
        zone, names = self.inputs.network.zone, self.settings.domain
        site = route53.RecordTarget.from_alias(targets.CloudFrontTarget(self.site.distribution))
        api = route53.RecordTarget.from_alias(targets.ApiGatewayDomain(self.api.domain))
        return [
            route53.ARecord(self, "SiteRecord", zone=zone, record_name=names.site, target=site),
            route53.AaaaRecord(self, "SiteRecordIpv6", zone=zone, record_name=names.site, target=site),
            route53.ARecord(self, "ApiRecord", zone=zone, record_name=names.api, target=api),
        ]

    def _build_gate(self, *, after: list[Construct]) -> VerificationGate:
        settings, artifacts, data = self.settings, self.inputs.artifacts, self.inputs.data
        gate = VerificationGate(
            self,
            "Gate",
            plan=GatePlan(
                environment=settings.name,
                release_id=self.release_id,
                plan=gate_plan(self),
                force=self.inputs.force_gate,
            ),
            package=artifacts.backend.gate,
            platform=self.function_platform,
            timeout=cdk.Duration.seconds(settings.gate.timeout_s),
            reports=data.reports_bucket,
            api_key=self.inputs.secrets.api_key,
            contents=self.manifest.parameters[CONTENTS],
            served=Served(
                journal=data.journal,
                functions=[settings.resource_name(handler.package.source.name) for handler in self.handlers],
                alias=ALIAS,
                site=self.site.bucket,
            ),
            smoke_tables={name: data.tables[name] for name in (*SMOKE_TABLES.values(), "orders")},
            after=after,
        )
        access = VerificationAccess(gate.role)
        access.api(key=self.inputs.secrets.api_key, api_id=self.api.rest_api.rest_api_id, stage=STAGE)
        access.site(
            distribution_id=self.site.distribution.distribution_id,
            buckets=[self.site.bucket, data.reports_bucket, data.logs_bucket],
        )
        return gate

    def _add_outputs(self) -> None:
        for name, value in {
            "SiteUrl": self.settings.site_url,
            "ApiUrl": self.settings.api_url,
            "ReleaseId": self.release_id,
            "GateVerdict": self.gate.verdict,
            "GateSummary": self.gate.summary,
            "GateReport": f"s3://{self.inputs.data.reports_bucket.bucket_name}/{self.gate.report_key}",
            "CdnInvalidation": self.invalidation.outcome,
        }.items():
            cdk.CfnOutput(self, name, value=value)
