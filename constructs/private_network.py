"""The VPC: public subnets that hold nothing but NAT gateways, private subnets for what runs."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from aws_cdk import RemovalPolicy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs

from constructs import Construct
from constructs.acknowledge import PLATFORM, SECURITY, acknowledge

MAX_ZONES = 3
# Sixteen equal subnets: two kinds in three zones, and room for a third and a fourth kind.
_SUBNET_BITS = 4
HTTPS = 443


class PrivateNetwork(Construct):
    """`vpc`, and `functions_security_group` for functions that live in it (outgoing HTTPS, nothing incoming).

    Subnets keep their addresses when a zone is added: those of the zones not used yet stay reserved.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        cidr: str,
        availability_zones: Sequence[str],
        nat_gateways: int,
        log_retention: logs.RetentionDays,
        log_key: kms.IKey,
        removal_policy: RemovalPolicy,
    ) -> None:
        super().__init__(scope, id)
        mask = ipaddress.IPv4Network(cidr).prefixlen + _SUBNET_BITS
        self.vpc = ec2.Vpc(
            self,
            "Vpc",
            ip_addresses=ec2.IpAddresses.cidr(cidr),
            availability_zones=list(availability_zones),
            reserved_azs=MAX_ZONES - len(availability_zones),
            nat_gateways=nat_gateways,
            subnet_configuration=[
                ec2.SubnetConfiguration(
                    name="Public", subnet_type=ec2.SubnetType.PUBLIC, cidr_mask=mask, map_public_ip_on_launch=False
                ),
                ec2.SubnetConfiguration(name="Private", subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS, cidr_mask=mask),
            ],
            # Emptying the default group takes a function of CDK's own. Nothing here uses that group: a test sees to it.
            restrict_default_security_group=False,
        )
        acknowledge(
            self.vpc,
            "Zones are named in the environment: asking for them needs an account, and would let AWS move subnets",
            PLATFORM,
            "W3010",
        )
        acknowledge(
            self.vpc,
            "Public subnets hold NAT gateways only, and nothing is in the default group: a test sees to it",
            SECURITY,
            "NIST.800.53.R5-VPCNoUnrestrictedRouteToIGW",
            "NIST.800.53.R5-VPCDefaultSecurityGroupClosed",
        )
        # Tables and assets are reached without passing, and paying for, a NAT gateway.
        self.vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3)
        self.vpc.add_gateway_endpoint("DynamoDb", service=ec2.GatewayVpcEndpointAwsService.DYNAMODB)
        self._add_flow_log(log_retention, log_key, removal_policy)
        self.functions_security_group = self._build_functions_security_group()

    def _add_flow_log(self, retention: logs.RetentionDays, key: kms.IKey, removal_policy: RemovalPolicy) -> None:
        log_group = logs.LogGroup(
            self, "FlowLogs", retention=retention, encryption_key=key, removal_policy=removal_policy
        )
        self.vpc.add_flow_log(
            "FlowLog",
            destination=ec2.FlowLogDestination.to_cloud_watch_logs(log_group),
            traffic_type=ec2.FlowLogTrafficType.ALL,
        )

    def _build_functions_security_group(self) -> ec2.SecurityGroup:
        group = ec2.SecurityGroup(
            self, "Functions", vpc=self.vpc, description="Functions in the VPC", allow_all_outbound=False
        )
        # AWS services and exchanges; their addresses change too often to be listed.
        group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(HTTPS), "AWS services and exchanges")
        return group
