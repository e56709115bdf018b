"""Constructs of the backend and the gate: function, handler, API, custom resources, manifest, site."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_events as events
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_ssm as ssm
from syrupy.assertion import SnapshotAssertion

from constructs import Construct
from constructs.function_layers import FunctionLayers
from constructs.handler_function import HandlerFunction, HandlerSurroundings
from constructs.invalidation import Invalidation
from constructs.journal_table import JournalTable
from constructs.manifest import Manifest
from constructs.platform_api import ApiLimits, PlatformApi
from constructs.published_site import PublishedSite, SiteAddress
from constructs.release_record import Attempt, ReleaseRecord
from constructs.verification_gate import GatePlan, Served, VerificationGate
from constructs.versioned_function import FunctionPlacement, FunctionPlatform, VersionedFunction
from frontend_deploy import ContentGroup, Publication
from lambda_build.artifacts import HandlerPackage
from lambda_build.discovery import HandlerDefinitionError, HandlerSource, HandlerSpec
from tests.support.snapshots import log_key, template_of

GO = RemovalPolicy.DESTROY
KEEP = logs.RetentionDays.ONE_MONTH
PLATFORM = FunctionPlatform(
    runtime=lambda_.Runtime.PYTHON_3_13,
    architecture=lambda_.Architecture.ARM_64,
    layers=[],
    memory_mb=512,
    log_retention=KEEP,
    removal_policy=GO,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What stands in for a package, a layer, a group of files."""
    (tmp_path / "file.py").write_text("pass\n", encoding="utf-8")
    return tmp_path


def secret(scope: Construct, name: str = "Secret") -> secretsmanager.ISecret:
    return secretsmanager.Secret(scope, name, encryption_key=kms.Key(scope, f"{name}Key"))


def table(scope: Construct, name: str, key: kms.IKey) -> dynamodb.Table:
    attribute = dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING)
    return dynamodb.Table(scope, name, partition_key=attribute, encryption_key=key, removal_policy=GO)


def handler_package(folder: Path, **declared: object) -> HandlerPackage:
    spec = {"category": "orders", "route": "/api/orders", "check": "/api/orders", **declared}
    source = HandlerSource(name="orders", path=folder / "orders.py", spec=HandlerSpec.model_validate(spec))
    return HandlerPackage(source=source, folder=folder)


def surroundings(scope: Construct) -> HandlerSurroundings:
    key = kms.Key(scope, "DataKey")
    vpc = ec2.Vpc.from_vpc_attributes(
        scope,
        "Vpc",
        vpc_id="vpc-0123456789abcdef0",
        availability_zones=["eu-central-1a"],
        private_subnet_ids=["subnet-0123456789abcdef0"],
        private_subnet_route_table_ids=["rtb-0123456789abcdef0"],
    )
    return HandlerSurroundings(
        tables={name: table(scope, f"Table-{name}", key) for name in ("orders", "audit", "templates")},
        secrets={"kraken": secret(scope, "Kraken"), "okx": secret(scope, "Okx")},
        workflows={},
        bus=events.EventBus.from_event_bus_arn(scope, "Bus", "arn:aws:events:eu-central-1:111111111111:event-bus/bus"),
        redis_host="redis",
        redis_port="6380",
        redis_tls=True,
        redis_auth=secret(scope, "Redis"),
        redis_placement=FunctionPlacement(
            vpc=vpc, security_group=ec2.SecurityGroup.from_security_group_id(scope, "Group", "sg-0123456789abcdef0")
        ),
        timestream_database=None,
        settings={"ENVIRONMENT": "demo"},
    )


def handler(scope: Construct, folder: Path, **declared: object) -> HandlerFunction:
    return HandlerFunction(
        scope,
        "orders",
        package=handler_package(folder, **declared),
        function_name="demo-orders",
        platform=PLATFORM,
        surroundings=surroundings(scope),
    )


def test_versioned_function(snapshot: SnapshotAssertion, folder: Path) -> None:
    def build(scope: Construct) -> None:
        VersionedFunction(
            scope,
            "Demo",
            function_name="demo",
            description="A function",
            entry="lambda_src.handlers.demo.handler",
            package=folder,
            platform=PLATFORM,
            environment={"ENVIRONMENT": "demo"},
            timeout=Duration.seconds(10),
        )

    assert template_of(build) == snapshot


def test_handler_with_tables_and_a_secret(snapshot: SnapshotAssertion, folder: Path) -> None:
    def build(scope: Construct) -> None:
        handler(scope, folder, tables={"orders": "read_write", "audit": "query"}, secrets=["kraken"], publishes=True)

    assert only(template_of(build), "orders") == snapshot


def test_handler_with_the_cache_lives_in_the_vpc(snapshot: SnapshotAssertion, folder: Path) -> None:
    def build(scope: Construct) -> None:
        handler(scope, folder, redis=True)

    assert only(template_of(build), "orders") == snapshot


@pytest.mark.parametrize("key", ["tables", "secrets", "workflows"])
def test_a_name_that_does_not_exist_is_refused_with_those_that_do(folder: Path, key: str) -> None:
    asked: object = {"nope": "read"} if key == "tables" else ["nope"]

    with pytest.raises(HandlerDefinitionError) as raised:
        template_of(lambda scope: handler(scope, folder, **{key: asked}))

    assert str(raised.value).startswith(f"handlers/orders.py: FUNCTION['{key}'] names 'nope'; there are: ")


def test_layers(snapshot: SnapshotAssertion, folder: Path) -> None:
    def build(scope: Construct) -> None:
        FunctionLayers(
            scope,
            "Layers",
            dependencies=folder,
            dependencies_digest="0123456789abcdef",
            shared=folder,
            runtime=PLATFORM.runtime,
            architecture=PLATFORM.architecture,
        )

    assert template_of(build) == snapshot


def test_platform_api(snapshot: SnapshotAssertion, folder: Path) -> None:
    def build(scope: Construct) -> None:
        PlatformApi(
            scope,
            "Api",
            api_name="demo-api",
            domain_name="api.demo.example.com",
            certificate=acm.Certificate.from_certificate_arn(
                scope, "Certificate", "arn:aws:acm:eu-central-1:111111111111:certificate/1"
            ),
            allowed_origin="https://demo.example.com",
            api_key=secret(scope, "ApiKey"),
            limits=ApiLimits(rate=10, burst=20),
            log_retention=KEEP,
            log_key=log_key(scope),
            removal_policy=GO,
            handlers=[handler(scope, folder)],
        )

    resources = only(template_of(build), "Api", "ordersInvocation")
    # One preflight shows what all are like.
    assert {name: each for name, each in resources.items() if "proxyOPTIONS" not in name} == snapshot


def test_published_site(snapshot: SnapshotAssertion, folder: Path) -> None:
    def build(scope: Construct) -> None:
        PublishedSite(
            scope,
            "Site",
            publication=publication(folder),
            clean_urls_code="function handler(event) { return event.request; }",
            address=SiteAddress(
                domain_name="demo.example.com",
                certificate=acm.Certificate.from_certificate_arn(
                    scope, "Certificate", "arn:aws:acm:us-east-1:111111111111:certificate/1"
                ),
                web_acl_arn="arn:aws:wafv2:us-east-1:111111111111:global/webacl/demo/1",
                connect_origins=("https://api.demo.example.com",),
            ),
            access_logs=s3.Bucket.from_bucket_name(scope, "Logs", "logs"),
            removal_policy=GO,
            log_retention=KEEP,
            log_key=log_key(scope),
        )

    assert only(template_of(build), "Site") == snapshot


def test_invalidation(snapshot: SnapshotAssertion, folder: Path) -> None:
    def build(scope: Construct) -> None:
        Invalidation(
            scope,
            "Invalidation",
            distribution=cloudfront.Distribution.from_distribution_attributes(
                scope, "Distribution", distribution_id="E1", domain_name="d1.cloudfront.net"
            ),
            publication_digest="abc",
            package=folder,
            platform=PLATFORM,
        )

    assert only(template_of(build), "InvalidationResource", "InvalidationFunctionRole") == snapshot


def journal(scope: Construct, key: kms.IKey) -> JournalTable:
    return JournalTable(
        scope,
        "Journal",
        name="demo-journal",
        encryption_key=key,
        removal_policy=RemovalPolicy.DESTROY,
    )


def test_release_record(snapshot: SnapshotAssertion, folder: Path) -> None:
    def build(scope: Construct) -> None:
        ReleaseRecord(
            scope,
            "Record",
            attempt=Attempt(environment="demo", release_id="abc", hold_parameter="/acinaces/demo/hold"),
            package=folder,
            platform=PLATFORM,
            journal=journal(scope, kms.Key(scope, "DataKey")),
            contents=[ssm.StringParameter(scope, "Contents", string_value="{}")],
        )

    assert only(template_of(build), "Record", "Journal", without="RecordFunctionProvider") == snapshot


def test_verification_gate(snapshot: SnapshotAssertion, folder: Path) -> None:
    def build(scope: Construct) -> None:
        key = kms.Key(scope, "DataKey")
        VerificationGate(
            scope,
            "Gate",
            plan=GatePlan(environment="demo", release_id="abc", plan="{}", force="again"),
            package=folder,
            platform=PLATFORM,
            timeout=Duration.seconds(300),
            reports=s3.Bucket(scope, "Reports", encryption_key=key),
            api_key=secret(scope, "ApiKey"),
            contents=[ssm.StringParameter(scope, "Contents", string_value="{}")],
            served=Served(
                journal=journal(scope, key),
                functions=["demo-orders"],
                alias="live",
                site=s3.Bucket.from_bucket_name(scope, "SiteBucket", "site"),
            ),
            smoke_tables={"templates": table(scope, "templates", key)},
            after=[],
        )

    template = template_of(build)
    assert only(template, "Gate", without="GateFunctionProvider") == snapshot


def test_manifest(snapshot: SnapshotAssertion) -> None:
    def build(scope: Construct) -> None:
        Manifest(scope, "Manifest", environment_name="demo", sections={"platform": {"environment": "demo"}})

    assert template_of(build) == snapshot


def publication(folder: Path) -> Publication:
    groups = tuple(
        ContentGroup(
            name=name,
            content_type=content_type,
            cache_control=cache,
            directory=folder,
            files=("file.py",),
            digest=name,
            order=order,
        )
        for order, (name, content_type, cache) in enumerate(
            [
                ("asset-javascript", "application/javascript", "public, max-age=31536000, immutable"),
                ("page-html", "text/html; charset=utf-8", "no-cache, no-store, must-revalidate"),
            ]
        )
    )
    return Publication(groups=groups, digest="abc", build_id="abc", pages=("/",), inline_script_hashes=())


def only(resources: dict[str, Any], *prefixes: str, without: str | None = None) -> dict[str, Any]:
    """Resources whose logical id starts with one of `prefixes`: what surrounds them is not reviewed."""
    return {
        name: resource
        for name, resource in resources.items()
        if name.startswith(prefixes) and not (without and name.startswith(without))
    }
