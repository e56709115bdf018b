"""A service that acts on its own behalf needs the policies of what it uses: of the topic, the queue, the key.

The emulator delivers alarms and events without looking, and takes any key for a log group. Evaluating these policies
upstream ends the wrappers.
"""

from __future__ import annotations

import functools
import json
import logging
import time
from collections.abc import Mapping
from typing import Any, Final

from local.emulation.service_policies import allows, key_allows

ENFORCES: Final = (
    "An alarm reaches a topic whose policy lets cloudwatch.amazonaws.com publish; a topic with a key of its own needs "
    "kms:Decrypt and kms:GenerateDataKey* for it in the key's policy too, and alias/aws/sns never lets it. Otherwise "
    'the alarm\'s history says "Failed to execute action" and nothing is delivered.',
    "A rule of EventBridge delivers to a topic, a queue or a log group whose policy lets events.amazonaws.com.",
    "A topic delivers to a queue with a key of its own only if the key's policy lets sns.amazonaws.com.",
)
NOT_ENFORCED: Final = (
    "S3's access logs are not delivered, so a bucket's policy for logging.s3.amazonaws.com is not asked.",
)
_log = logging.getLogger("service_access")


def install() -> None:
    """Ask before each delivery."""
    _guard_alarms()
    _guard_events()
    _guard_queues()


def _guard_alarms() -> None:
    from ministack.services import cloudwatch, sns

    dispatch = cloudwatch._dispatch_alarm_actions

    def refusal(topic_arn: str, alarm_arn: str) -> str | None:
        attributes = (sns._topic_by_arn_any_scope(topic_arn) or {}).get("attributes", {})
        service = "cloudwatch.amazonaws.com"
        where = {"aws:sourcearn": alarm_arn}
        policy = attributes.get("Policy")
        if not allows(policy, service=service, actions=["sns:Publish"], on=topic_arn, keys=where):
            return f"Resource: {alarm_arn} is not authorized to perform: SNS:Publish on resource: {topic_arn}"
        if not key_allows(attributes.get("KmsMasterKeyId"), service=service, keys=where):
            return "CloudWatch Alarms does not have authorization to access the SNS topic encryption key."
        return None

    @functools.wraps(dispatch)
    def dispatch_if_allowed(alarm: dict[str, Any], old_state: str, new_state: str, reason: str) -> Any:
        field = {"ALARM": "AlarmActions", "OK": "OKActions"}.get(new_state, "InsufficientDataActions")
        actions = list(alarm.get(field) or [])
        refused = {
            action: problem
            for action in actions
            if cloudwatch._is_sns_action_arn(action) and (problem := refusal(action, str(alarm.get("AlarmArn"))))
        }
        for action, problem in refused.items():
            summary = f'Failed to execute action {action}. Received error: "{problem}"'
            _log.warning("%s: %s", alarm.get("AlarmName"), summary)
            cloudwatch._history_entries().append(
                {
                    "AlarmName": alarm.get("AlarmName"),
                    "AlarmType": "MetricAlarm",
                    "Timestamp": cloudwatch._ts_iso(time.time()),
                    "HistoryItemType": "Action",
                    "HistorySummary": summary,
                    "HistoryData": json.dumps({"actionState": "Failed", "error": problem}),
                }
            )
        kept = {**alarm, field: [action for action in actions if action not in refused]}
        return dispatch(kept, old_state, new_state, reason)

    cloudwatch._dispatch_alarm_actions = dispatch_if_allowed


def _guard_events() -> None:
    from ministack.services import cloudwatch_logs, eventbridge, sns, sqs

    invoke = eventbridge._invoke_target

    def permitted(arn: str, rule: Mapping[str, Any]) -> bool:
        service, where = "events.amazonaws.com", {"aws:sourcearn": str(rule.get("Arn", ""))}
        if ":sns:" in arn:
            attributes = (sns._topic_by_arn_any_scope(arn) or {}).get("attributes", {})
            action, key = "sns:Publish", attributes.get("KmsMasterKeyId")
        elif ":sqs:" in arn:
            attributes = (sqs._queue_by_arn(arn) or {}).get("attributes", {})
            action, key = "sqs:SendMessage", attributes.get("KmsMasterKeyId")
        elif ":logs:" in arn:
            policies = [one.get("policyDocument") for one in cloudwatch_logs._resource_policies.values()]
            group = f"{arn.removesuffix(':*')}:*"
            actions = ["logs:CreateLogStream", "logs:PutLogEvents"]
            return any(allows(policy, service=service, actions=actions, on=group, keys=where) for policy in policies)
        else:
            return True
        policy = attributes.get("Policy")
        may_send = allows(policy, service=service, actions=[action], on=arn, keys=where)
        return may_send and key_allows(key, service=service)

    @functools.wraps(invoke)
    def invoke_if_allowed(target: Mapping[str, Any], event: Any, rule: Mapping[str, Any], *rest: Any) -> Any:
        arn = str(target.get("Arn", ""))
        if not permitted(arn, rule):
            _log.warning("EventBridge: the policy of %s does not let rule %s deliver", arn, rule.get("Name"))
            return None
        return invoke(target, event, rule, *rest)

    eventbridge._invoke_target = invoke_if_allowed


def _guard_queues() -> None:
    from ministack.services import sns, sqs

    deliver = sns._deliver_to_sqs

    @functools.wraps(deliver)
    def deliver_if_allowed(endpoint: str, *rest: Any, **options: Any) -> Any:
        attributes = (sqs._queue_by_arn(endpoint) or {}).get("attributes", {})
        if not key_allows(attributes.get("KmsMasterKeyId"), service="sns.amazonaws.com"):
            _log.warning("SNS: the key of %s does not let sns.amazonaws.com use it", endpoint)
            return None
        return deliver(endpoint, *rest, **options)

    sns._deliver_to_sqs = deliver_if_allowed
