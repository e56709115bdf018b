"""Network: zones without look-ups, a private network, nothing open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from environments import load_environment
from tests.support.synthesis import Synthesis


def of_type(template: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [resource["Properties"] for resource in template["Resources"].values() if resource["Type"] == kind]


def subnets(synthesis: Synthesis) -> dict[tuple[str, str], str]:
    """Address range by kind and zone."""
    return {
        (
            next(tag["Value"] for tag in subnet["Tags"] if tag["Key"] == "aws-cdk:subnet-name"),
            subnet["AvailabilityZone"],
        ): (subnet["CidrBlock"])
        for subnet in of_type(synthesis.templates["Network"], "AWS::EC2::Subnet")
    }


def test_public_and_private_subnets_in_the_named_zones(synthesis: Synthesis) -> None:
    environment = load_environment(synthesis.environment)
    expected = {(kind, zone) for kind in ("Public", "Private") for zone in environment.availability_zones}
    assert subnets(synthesis).keys() == expected
    template = synthesis.templates["Network"]
    assert len(of_type(template, "AWS::EC2::NatGateway")) == environment.network.nat_gateways
    assert not any(subnet["MapPublicIpOnLaunch"] for subnet in of_type(template, "AWS::EC2::Subnet"))


def test_one_more_zone_moves_no_address(synthesis_of: Callable[[str], Synthesis]) -> None:
    two, three = subnets(synthesis_of("test")), subnets(synthesis_of("staging"))
    assert len(two) == 4
    assert len(three) == 6
    assert two.items() <= three.items()


def test_tables_and_assets_are_reached_without_the_nat_gateway(synthesis: Synthesis) -> None:
    endpoints = of_type(synthesis.templates["Network"], "AWS::EC2::VPCEndpoint")
    assert {str(endpoint["ServiceName"]).rsplit(".", 1)[-1].rstrip("'}])") for endpoint in endpoints} == {
        "s3",
        "dynamodb",
    }


def test_nothing_comes_in_from_outside(synthesis: Synthesis) -> None:
    for group in of_type(synthesis.templates["Network"], "AWS::EC2::SecurityGroup"):
        assert "SecurityGroupIngress" not in group
        assert [(rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) for rule in group["SecurityGroupEgress"]] == [
            ("tcp", 443, 443)
        ]
    for rule in synthesis.resources(prefix="AWS::EC2::SecurityGroupIngress").values():
        assert "CidrIp" not in rule["Properties"]
        assert "SourceSecurityGroupId" in rule["Properties"]


def test_nothing_uses_the_default_security_group(synthesis: Synthesis) -> None:
    """It stays as AWS made it, because emptying it takes a function; so nothing may be in it."""
    for name, resource in synthesis.resources().items():
        properties = resource.get("Properties", {})
        match resource["Type"]:
            case "AWS::Lambda::Function" if "VpcConfig" in properties:
                groups = properties["VpcConfig"]["SecurityGroupIds"]
            case "AWS::ElastiCache::ReplicationGroup":
                groups = properties["SecurityGroupIds"]
            case _:
                continue
        assert groups, name
        assert "DefaultSecurityGroup" not in str(groups), name


def test_the_zone_is_made_only_where_there_is_none(synthesis: Synthesis) -> None:
    domain = load_environment(synthesis.environment).domain
    zones = of_type(synthesis.templates["Network"], "AWS::Route53::HostedZone")
    assert [zone["Name"] for zone in zones] == ([] if domain.zone_id else [f"{domain.zone}."])
    (certificate,) = of_type(synthesis.templates["Network"], "AWS::CertificateManager::Certificate")
    assert certificate["DomainName"] == domain.api
    assert certificate["ValidationMethod"] == "DNS"
    ((validation,)) = certificate["DomainValidationOptions"]
    if domain.zone_id:
        assert validation["HostedZoneId"] == domain.zone_id


def test_flow_logs_of_all_traffic(synthesis: Synthesis) -> None:
    (flow_log,) = of_type(synthesis.templates["Network"], "AWS::EC2::FlowLog")
    assert (flow_log["ResourceType"], flow_log["TrafficType"]) == ("VPC", "ALL")
