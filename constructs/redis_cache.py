"""The cache: a Redis replication group in private subnets, with AUTH and TLS."""

from __future__ import annotations

from aws_cdk import RemovalPolicy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticache as elasticache
from aws_cdk import aws_kms as kms

from constructs import Construct
from constructs.acknowledge import PLATFORM, acknowledge
from constructs.generated_secret import GeneratedSecret

# Not 6379: what scans for open caches tries the default first.
PORT = 6380
_ENGINE_VERSION = "7.1"
_FAMILY = "redis7"
# ElastiCache accepts AUTH tokens of 16 to 128 characters.
_TOKEN_LENGTH = 64
# NIST 800-53.
_LONG_ENOUGH_DAYS = 15


class RedisCache(Construct):
    """`host`, `port`, `tls`, and `auth_secret`, whose string is the AUTH token of the user `default`.

    Without TLS ElastiCache has no AUTH; the secret exists all the same, so that clients need not know.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        auth_secret_name: str,
        vpc: ec2.IVpc,
        clients: ec2.ISecurityGroup,
        node_type: str,
        replicas: int,
        snapshot_retention_days: int,
        tls: bool,
        encryption_key: kms.IKey,
        removal_policy: RemovalPolicy,
    ) -> None:
        super().__init__(scope, id)
        self.tls = tls
        self.auth_secret = GeneratedSecret(
            self,
            "Auth",
            secret_name=auth_secret_name,
            description="Redis AUTH token",
            length=_TOKEN_LENGTH,
            encryption_key=encryption_key,
            removal_policy=removal_policy,
        )
        self.security_group = self._build_security_group(vpc, clients)
        self.replication_group = elasticache.CfnReplicationGroup(
            self,
            "Group",
            replication_group_id=name,
            replication_group_description=f"Cache {name}",
            engine="redis",
            engine_version=_ENGINE_VERSION,
            cache_node_type=node_type,
            cache_parameter_group_name=self._build_parameter_group().ref,
            cache_subnet_group_name=self._build_subnet_group(vpc).ref,
            security_group_ids=[self.security_group.security_group_id],
            port=PORT,
            num_cache_clusters=1 + replicas,
            automatic_failover_enabled=replicas > 0,
            multi_az_enabled=replicas > 0,
            snapshot_retention_limit=snapshot_retention_days,
            auto_minor_version_upgrade=True,
            at_rest_encryption_enabled=True,
            kms_key_id=encryption_key.key_arn,
            transit_encryption_enabled=tls,
            transit_encryption_mode="required" if tls else None,
            # A dynamic reference: CloudFormation reads the token, the template never holds it.
            auth_token=self.auth_secret.secret_value.unsafe_unwrap() if tls else None,
        )
        if snapshot_retention_days < _LONG_ENOUGH_DAYS:
            acknowledge(
                self.replication_group,
                "What the cache holds is made again; here nothing is learnt from how it was weeks ago",
                PLATFORM,
                "NIST.800.53.R5-ElastiCacheRedisClusterAutomaticBackup",
            )
        if not replicas:
            acknowledge(
                self.replication_group,
                "One node: the cache may be empty for minutes, and what it holds is made again",
                PLATFORM,
                "AwsSolutions-AEC4",
            )
        if not tls:
            acknowledge(
                self.replication_group,
                "The embedded cloud's cache is a process on loopback without TLS, and AUTH takes TLS",
                PLATFORM,
                *("AwsSolutions-AEC3", "AwsSolutions-AEC6", "CKV_AWS_30", "CKV_AWS_31"),
            )
        # A cache: what it holds can be made again, so it goes with its stack.
        self.replication_group.apply_removal_policy(RemovalPolicy.DESTROY)
        self.host = self.replication_group.attr_primary_end_point_address
        self.port = self.replication_group.attr_primary_end_point_port

    def _build_security_group(self, vpc: ec2.IVpc, clients: ec2.ISecurityGroup) -> ec2.SecurityGroup:
        group = ec2.SecurityGroup(self, "Access", vpc=vpc, description="Redis", allow_all_outbound=False)
        # Both directions are resources of this stack: the clients' group may belong to another one.
        ec2.CfnSecurityGroupIngress(
            self,
            "FromClients",
            group_id=group.security_group_id,
            source_security_group_id=clients.security_group_id,
            ip_protocol="tcp",
            from_port=PORT,
            to_port=PORT,
            description="Redis from functions",
        )
        ec2.CfnSecurityGroupEgress(
            self,
            "ClientsTo",
            group_id=clients.security_group_id,
            destination_security_group_id=group.security_group_id,
            ip_protocol="tcp",
            from_port=PORT,
            to_port=PORT,
            description="Functions to Redis",
        )
        return group

    def _build_subnet_group(self, vpc: ec2.IVpc) -> elasticache.CfnSubnetGroup:
        subnets = vpc.select_subnets(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS)
        return elasticache.CfnSubnetGroup(self, "Subnets", description="Private subnets", subnet_ids=subnets.subnet_ids)

    def _build_parameter_group(self) -> elasticache.CfnParameterGroup:
        return elasticache.CfnParameterGroup(
            self,
            "Parameters",
            cache_parameter_group_family=_FAMILY,
            description="Evicts the least recently used keys when memory is full",
            properties={"maxmemory-policy": "allkeys-lru"},
        )
