"""The state machine `strategy-activation` in Amazon States Language: service integrations only, no function.

Reads the strategy, and unless it is gone or active already sets it to `active`, together with its audit entry in one
transaction, and publishes `strategy.active`. Running it twice changes nothing the second time.
"""

from __future__ import annotations

from typing import Any

# As the handlers have it: `lambda_src/platform_common/events.py`.
EVENT_SOURCE = "acinaces.platform"
EVENT_TYPE = "strategy.active"
_ACTOR = "workflow/strategy-activation"
# Conditions of the transaction: the row was changed or removed since it was read, so it is read again.
_CHANGED_MEANWHILE = "DynamoDb.TransactionCanceledException"
# Seconds; five attempts within half a minute.
_RETRY = {"IntervalSeconds": 1, "BackoffRate": 2, "MaxAttempts": 4, "JitterStrategy": "FULL"}


def activation_definition(
    *, partition: str, strategies: str, audit: str, bus: str, environment: str, timeout_s: int
) -> dict[str, Any]:
    """The definition for these tables and this bus, all by name. Input: `{"strategyId": …}`."""
    service = f"arn:{partition}:states:::"
    return {
        "QueryLanguage": "JSONata",
        "StartAt": "Read strategy",
        "TimeoutSeconds": timeout_s,
        "States": {
            "Read strategy": {
                "Type": "Task",
                "Resource": f"{service}dynamodb:getItem",
                "Arguments": {
                    "TableName": strategies,
                    "Key": {"strategyId": {"S": "{% $states.input.strategyId %}"}},
                    "ConsistentRead": True,
                },
                "Assign": {
                    "strategyId": "{% $states.input.strategyId %}",
                    "found": "{% $exists($states.result.Item) %}",
                    "row": "{% $exists($states.result.Item) ? $states.result.Item : {} %}",
                    # Microseconds, as the handlers write them: the order of the text is the order of time.
                    "now": "{% $substringBefore($now(), 'Z') & '000Z' %}",
                },
                "Output": "{% $states.input %}",
                "Retry": [{"ErrorEquals": ["States.ALL"], **_RETRY}],
                "Next": "What to do?",
            },
            "What to do?": {
                "Type": "Choice",
                "Choices": [
                    {"Condition": "{% $not($found) %}", "Next": "Gone"},
                    {"Condition": "{% $row.status.S = 'active' %}", "Next": "Active already"},
                ],
                "Default": "Activate",
            },
            "Activate": {
                "Type": "Task",
                "Resource": f"{service}aws-sdk:dynamodb:transactWriteItems",
                "Arguments": {
                    "TransactItems": [{"Update": _update(strategies)}, {"Put": _audit_entry(audit, environment)}]
                },
                "Assign": {"version": "{% $string($number($row.version.N) + 1) %}"},
                "Output": "{% $states.input %}",
                "Retry": [
                    {"ErrorEquals": [_CHANGED_MEANWHILE], "MaxAttempts": 0},
                    {"ErrorEquals": ["States.ALL"], **_RETRY},
                ],
                "Catch": [
                    {
                        "ErrorEquals": [_CHANGED_MEANWHILE],
                        "Output": "{% $states.input %}",
                        "Next": "Wait a moment",
                    }
                ],
                "Next": "Publish",
            },
            "Wait a moment": {"Type": "Wait", "Seconds": 1, "Next": "Read strategy"},
            "Publish": {
                "Type": "Task",
                "Resource": f"{service}events:putEvents",
                "Arguments": {"Entries": [_event(bus, environment)]},
                "Output": {"strategyId": "{% $strategyId %}", "status": "active"},
                "Retry": [{"ErrorEquals": ["States.ALL"], **_RETRY}],
                "End": True,
            },
            # Deleted while it waited: nothing to activate, and nobody's failure.
            "Gone": {"Type": "Succeed", "Output": {"strategyId": "{% $strategyId %}", "status": "gone"}},
            "Active already": {"Type": "Succeed", "Output": {"strategyId": "{% $strategyId %}", "status": "active"}},
        },
    }


def _update(strategies: str) -> dict[str, Any]:
    return {
        "TableName": strategies,
        "Key": {"strategyId": {"S": "{% $strategyId %}"}},
        "UpdateExpression": "SET #status = :active, #version = :next, #updated = :now",
        "ConditionExpression": "#version = :read",
        "ExpressionAttributeNames": {"#status": "status", "#version": "version", "#updated": "updatedAt"},
        "ExpressionAttributeValues": {
            ":active": {"S": "active"},
            ":read": {"N": "{% $row.version.N %}"},
            ":next": {"N": "{% $string($number($row.version.N) + 1) %}"},
            ":now": {"S": "{% $now %}"},
        },
    }


def _audit_entry(audit: str, environment: str) -> dict[str, Any]:
    """A row like those of the handlers; it expires with a throw-away strategy (`$merge` adds nothing otherwise)."""
    item = f"""{{%
        $merge([
            {{
                'entityId': {{'S': $strategyId}},
                'at': {{'S': $now & '#' & $uuid()}},
                'day': {{'S': $substring($now, 0, 10)}},
                'entity': {{'S': 'strategy'}},
                'action': {{'S': 'active'}},
                'version': {{'N': $string($number($row.version.N) + 1)}},
                'actor': {{'S': '{_ACTOR}'}},
                'requestId': {{'S': $states.context.Execution.Name}},
                'environment': {{'S': '{environment}'}}
            }},
            $exists($row.expiresAt) ? {{'expiresAt': $row.expiresAt}} : {{}}
        ])
    %}}"""
    return {
        "TableName": audit,
        "Item": " ".join(item.split()),
        # An entry is added, never replaced.
        "ConditionExpression": "attribute_not_exists(entityId)",
    }


def _event(bus: str, environment: str) -> dict[str, Any]:
    return {
        "EventBusName": bus,
        "Source": EVENT_SOURCE,
        "DetailType": EVENT_TYPE,
        "Detail": {
            "entityId": "{% $strategyId %}",
            "entity": "strategy",
            "action": "active",
            "version": "{% $number($version) %}",
            "at": "{% $now %}",
            "actor": _ACTOR,
            "environment": environment,
        },
    }
