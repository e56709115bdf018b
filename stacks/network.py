"""Network: the VPC, the hosted zone and the API's certificate."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_route53 as route53

from constructs import Construct
from constructs.encryption_key import EncryptionKey
from constructs.platform_zone import platform_zone
from constructs.private_network import PrivateNetwork
from environments import Environment
from stacks.policies import log_retention, removal_policy


class NetworkStack(cdk.Stack):
    """Takes an environment; gives `vpc`, `functions_security_group`, `zone`, `api_certificate` and `log_key`."""

    vpc: ec2.Vpc
    functions_security_group: ec2.SecurityGroup
    zone: route53.IHostedZone
    api_certificate: acm.Certificate

    def __init__(self, scope: Construct, id: str, *, environment: Environment, env: cdk.Environment) -> None:
        self._zones = environment.availability_zones
        super().__init__(
            scope,
            id,
            env=env,
            description=f"Acinaces {environment.name}: network and names",
        )
        self.log_key = EncryptionKey(
            self,
            "LogKey",
            key_alias=f"acinaces/{environment.name}/logs",
            description=f"Logs of {environment.name}",
            removal_policy=removal_policy(environment),
        )
        self.log_key.allow_logs()
        network = PrivateNetwork(
            self,
            "Network",
            cidr=environment.network.cidr,
            availability_zones=environment.availability_zones,
            nat_gateways=environment.network.nat_gateways,
            log_retention=log_retention(environment),
            log_key=self.log_key,
            removal_policy=removal_policy(environment),
        )
        self.vpc = network.vpc
        self.functions_security_group = network.functions_security_group
        self.zone = platform_zone(
            self,
            "Zone",
            zone_name=environment.domain.zone,
            zone_id=environment.domain.zone_id,
            removal_policy=removal_policy(environment),
        )
        self.api_certificate = acm.Certificate(
            self,
            "ApiCertificate",
            domain_name=environment.domain.api,
            validation=acm.CertificateValidation.from_dns(self.zone),
        )

    @property
    def availability_zones(self) -> list[str]:
        """The environment's zones. CDK would ask the account for them; synthesis works without one."""
        return self._zones
