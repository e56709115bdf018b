"""Edge: what CloudFront takes from us-east-1, and the same rules in front of the API."""

from __future__ import annotations

from typing import Any

from environments import load_environment
from tests.support.synthesis import Synthesis


def web_acls(synthesis: Synthesis) -> dict[str, dict[str, Any]]:
    return {
        resource["Properties"]["Scope"]: resource["Properties"]
        for resource in synthesis.resources(prefix="AWS::WAFv2::WebACL").values()
        if resource["Type"] == "AWS::WAFv2::WebACL"
    }


def test_the_certificate_is_the_sites(synthesis: Synthesis) -> None:
    (certificate,) = (
        resource["Properties"]
        for resource in synthesis.templates["Edge"]["Resources"].values()
        if resource["Type"] == "AWS::CertificateManager::Certificate"
    )
    assert certificate["DomainName"] == load_environment(synthesis.environment).domain.site
    assert certificate["ValidationMethod"] == "DNS"


def test_both_web_acls_have_the_same_rules(synthesis: Synthesis) -> None:
    acls = web_acls(synthesis)
    assert acls.keys() == {"CLOUDFRONT", "REGIONAL"}
    regional = acls["REGIONAL"]["Rules"]
    assert acls["CLOUDFRONT"]["Rules"] == [rule for rule in regional if rule["Name"] != "SignIn"] == regional[:-1]


def test_too_many_requests_are_told_apart_from_refused_ones(synthesis: Synthesis) -> None:
    environment = load_environment(synthesis.environment)
    for acl in web_acls(synthesis).values():
        first, *managed = [rule for rule in acl["Rules"] if rule["Name"] != "SignIn"]
        assert first["Statement"]["RateBasedStatement"]["Limit"] == environment.api.waf_rate_limit
        assert first["Action"]["Block"]["CustomResponse"]["ResponseCode"] == 429
        assert [rule["Priority"] for rule in acl["Rules"]] == list(range(len(acl["Rules"])))
        # A managed group that only counts would not protect anything.
        assert all(rule["OverrideAction"] == {"None": {}} for rule in managed)
        assert {"AWSManagedRulesSQLiRuleSet", "AWSManagedRulesCommonRuleSet"} <= {rule["Name"] for rule in managed}


def test_nothing_crosses_a_region_by_way_of_a_function(synthesis: Synthesis) -> None:
    """CloudFormation reads outputs of another region by itself; CDK's older way takes two functions a stack."""
    types = {resource["Type"] for resource in synthesis.resources(prefix="Custom::").values()}
    assert not [kind for kind in types if kind.startswith("Custom::CrossRegion")]
