"""Web ACLs: the same rules in front of the site (CloudFront) and of the API (regional)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from aws_cdk import ArnFormat, RemovalPolicy, Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_wafv2 as wafv2

from constructs import Construct

# AWS's managed groups in the order in which they run: cheap and certain first.
MANAGED_GROUPS = (
    "AWSManagedRulesAmazonIpReputationList",
    "AWSManagedRulesKnownBadInputsRuleSet",
    "AWSManagedRulesSQLiRuleSet",
    "AWSManagedRulesCommonRuleSet",
)
# Headers that open something.
_NOT_LOGGED: Final = ("authorization", "cookie", "x-api-key")


@dataclass(frozen=True, kw_only=True)
class WebAclLog:
    """How long blocked requests are kept, and under which key, of the ACL's own region."""

    retention: logs.RetentionDays
    key: kms.IKey
    removal_policy: RemovalPolicy


@dataclass(frozen=True, kw_only=True)
class GuardedPath:
    """A limit of its own: `limit` requests of one address in five minutes where the path contains `path`."""

    name: str
    path: str
    limit: int


class WebAcl(Construct):
    """Blocks addresses with more than `rate_limit` requests in five minutes, and what AWS's managed rules find.

    `guarded` limits one address further where a path contains the text. `arn` names the list. A CLOUDFRONT list can
    exist in us-east-1 only.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        acl_scope: Literal["REGIONAL", "CLOUDFRONT"],
        rate_limit: int,
        log: WebAclLog,
        guarded: GuardedPath | None = None,
    ) -> None:
        super().__init__(scope, id)
        managed = [_managed_rule(group, priority) for priority, group in enumerate(MANAGED_GROUPS, start=1)]
        self.acl = wafv2.CfnWebACL(
            self,
            "Acl",
            name=name,
            scope=acl_scope,
            default_action=wafv2.CfnWebACL.DefaultActionProperty(allow={}),
            visibility_config=_visibility(name),
            rules=[
                _rate_rule("RateLimit", limit=rate_limit),
                *managed,
                *([_rate_rule(guarded.name, limit=guarded.limit, within=guarded.path)] if guarded else []),
            ],
        )
        self.arn = self.acl.attr_arn
        self._log_what_is_blocked(name, log)

    def _log_what_is_blocked(self, name: str, log: WebAclLog) -> None:
        """Requests that pass are in the access logs, of API and site."""
        self.log_group = logs.LogGroup(
            self,
            "Logs",
            # WAF writes to groups with this beginning only.
            log_group_name=f"aws-waf-logs-{name}",
            retention=log.retention,
            encryption_key=log.key,
            removal_policy=log.removal_policy,
        )
        configuration = wafv2.CfnLoggingConfiguration(
            self,
            "Logging",
            resource_arn=self.arn,
            # As WAF wants it: `LogGroup.log_group_arn` ends with `:*`.
            log_destination_configs=[
                Stack.of(self).format_arn(
                    service="logs",
                    resource="log-group",
                    resource_name=f"aws-waf-logs-{name}",
                    arn_format=ArnFormat.COLON_RESOURCE_NAME,
                )
            ],
            logging_filter={
                "DefaultBehavior": "DROP",
                "Filters": [
                    {
                        "Behavior": "KEEP",
                        "Requirement": "MEETS_ANY",
                        "Conditions": [{"ActionCondition": {"Action": "BLOCK"}}],
                    }
                ],
            },
            redacted_fields=[
                wafv2.CfnLoggingConfiguration.FieldToMatchProperty(single_header={"Name": header})
                for header in _NOT_LOGGED
            ],
        )
        configuration.node.add_dependency(self.log_group)


def _rate_rule(name: str, *, limit: int, within: str | None = None) -> wafv2.CfnWebACL.RuleProperty:
    return wafv2.CfnWebACL.RuleProperty(
        name=name,
        priority=len(MANAGED_GROUPS) + 1 if within else 0,
        # A client must be able to tell this from a refusal: 429 instead of WAF's 403.
        action=wafv2.CfnWebACL.RuleActionProperty(
            block=wafv2.CfnWebACL.BlockActionProperty(
                custom_response=wafv2.CfnWebACL.CustomResponseProperty(response_code=429)
            )
        ),
        statement=wafv2.CfnWebACL.StatementProperty(
            rate_based_statement=wafv2.CfnWebACL.RateBasedStatementProperty(
                limit=limit,
                aggregate_key_type="IP",
                evaluation_window_sec=300,
                scope_down_statement=_path_contains(within) if within else None,
            )
        ),
        visibility_config=_visibility(name),
    )


def _path_contains(text: str) -> wafv2.CfnWebACL.StatementProperty:
    # Contains: the path begins with the stage where the API is called by its own name.
    return wafv2.CfnWebACL.StatementProperty(
        byte_match_statement=wafv2.CfnWebACL.ByteMatchStatementProperty(
            field_to_match=wafv2.CfnWebACL.FieldToMatchProperty(uri_path={}),
            positional_constraint="CONTAINS",
            search_string=text,
            text_transformations=[wafv2.CfnWebACL.TextTransformationProperty(priority=0, type="URL_DECODE")],
        )
    )


def _managed_rule(group: str, priority: int) -> wafv2.CfnWebACL.RuleProperty:
    return wafv2.CfnWebACL.RuleProperty(
        name=group,
        priority=priority,
        override_action=wafv2.CfnWebACL.OverrideActionProperty(none={}),
        statement=wafv2.CfnWebACL.StatementProperty(
            managed_rule_group_statement=wafv2.CfnWebACL.ManagedRuleGroupStatementProperty(
                vendor_name="AWS", name=group
            )
        ),
        visibility_config=_visibility(group),
    )


def _visibility(metric: str) -> wafv2.CfnWebACL.VisibilityConfigProperty:
    return wafv2.CfnWebACL.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True, metric_name=metric, sampled_requests_enabled=True
    )
