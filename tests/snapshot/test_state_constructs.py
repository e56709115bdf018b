"""Constructs that hold state: network, tables, cache, buckets, secrets, backup."""

from __future__ import annotations

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from syrupy.assertion import SnapshotAssertion

from constructs import Construct
from constructs.encryption_key import EncryptionKey
from constructs.generated_secret import GeneratedSecret
from constructs.placeholder_secret import PlaceholderSecret
from constructs.platform_tables import PlatformTables
from constructs.platform_zone import platform_zone
from constructs.private_bucket import LogBucket, ReportBucket
from constructs.private_network import PrivateNetwork
from constructs.redis_cache import RedisCache
from constructs.table_backup import TableBackup
from tests.support.snapshots import ZONES, log_key, template_of

KEEP = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
KEY_ARN = "arn:aws:kms:eu-central-1:123456789012:key/00000000-0000-0000-0000-000000000000"


def key(scope: Construct) -> kms.IKey:
    return kms.Key.from_key_arn(scope, "Key", KEY_ARN)


def vpc(scope: Construct) -> ec2.IVpc:
    return ec2.Vpc.from_vpc_attributes(
        scope,
        "Vpc",
        vpc_id="vpc-0123456789abcdef0",
        availability_zones=ZONES,
        private_subnet_ids=["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
        private_subnet_route_table_ids=["rtb-0123456789abcdef0", "rtb-0123456789abcdef1"],
    )


def test_private_network(snapshot: SnapshotAssertion) -> None:
    def build(scope: Construct) -> None:
        PrivateNetwork(
            scope,
            "Network",
            cidr="10.0.0.0/16",
            availability_zones=ZONES,
            nat_gateways=1,
            log_retention=logs.RetentionDays.ONE_MONTH,
            log_key=log_key(scope),
            removal_policy=KEEP,
        )

    assert template_of(build) == snapshot


def test_created_zone(snapshot: SnapshotAssertion) -> None:
    def build(scope: Construct) -> None:
        platform_zone(scope, "Created", zone_name="example.com", zone_id=None, removal_policy=KEEP)
        platform_zone(scope, "Existing", zone_name="example.org", zone_id="Z0123456789", removal_policy=KEEP)

    assert template_of(build) == snapshot


def test_platform_tables(snapshot: SnapshotAssertion) -> None:
    def build(scope: Construct) -> None:
        PlatformTables(
            scope,
            "Tables",
            physical_name=lambda name: f"demo-{name}",
            encryption_key=key(scope),
            removal_policy=KEEP,
        )

    template = template_of(build)
    # Six of the seven differ by name and key only; one of them, and the one with an index.
    shown = {name: template[name] for name in template if name.startswith(("Tablestemplates", "Tablesaudit"))}
    assert len(template) == 7
    assert shown == snapshot


def test_redis_cache(snapshot: SnapshotAssertion) -> None:
    def build(scope: Construct) -> None:
        RedisCache(
            scope,
            "Redis",
            name="demo-redis",
            auth_secret_name="demo/redis-auth",
            vpc=vpc(scope),
            clients=ec2.SecurityGroup.from_security_group_id(scope, "Clients", "sg-0123456789abcdef0"),
            node_type="cache.t4g.small",
            replicas=1,
            snapshot_retention_days=15,
            tls=True,
            encryption_key=key(scope),
            removal_policy=KEEP,
        )

    assert template_of(build) == snapshot


def test_table_backup(snapshot: SnapshotAssertion) -> None:
    def build(scope: Construct) -> None:
        TableBackup(
            scope,
            "Backup",
            name="demo-tables",
            tables=[dynamodb.Table.from_table_name(scope, "Table", "demo-audit")],
            retention=Duration.days(35),
            encryption_key=key(scope),
            removal_policy=KEEP,
            lock=Duration.days(7),
            copy_to="arn:aws:backup:eu-west-1:222222222222:backup-vault:copies",
        )

    assert template_of(build) == snapshot


def test_buckets(snapshot: SnapshotAssertion) -> None:
    def build(scope: Construct) -> None:
        access_logs = LogBucket(scope, "Logs", keep=Duration.days(90), removal_policy=KEEP)
        # As a bucket of another stack uses it.
        s3.Bucket(scope, "Elsewhere", server_access_logs_bucket=access_logs.as_target(scope, "Target"))
        ReportBucket(
            scope,
            "Reports",
            encryption_key=key(scope),
            access_logs=access_logs,
            keep=Duration.days(400),
            removal_policy=KEEP,
        )

    assert template_of(build) == snapshot


def test_secrets_and_key(snapshot: SnapshotAssertion) -> None:
    def build(scope: Construct) -> None:
        own = EncryptionKey(scope, "Key", key_alias="demo/secrets", description="Demo", removal_policy=KEEP)
        PlaceholderSecret(
            scope,
            "Placeholder",
            secret_name="demo/exchanges/one",
            fields=["apiKey", "apiSecret"],
            encryption_key=own,
        )
        GeneratedSecret(
            scope,
            "Generated",
            secret_name="demo/api-key",
            description="Demo",
            length=40,
            encryption_key=own,
            removal_policy=KEEP,
        )

    assert template_of(build) == snapshot
