"""The state machine of the rollback in Amazon States Language.

It waits for a deployment or an operator that is under way, sets the hold so that the next deployment does not bring
back what is being left, moves the aliases a few at a time, restores the site, tells journal and critical topic. An
execution fails when nothing was eligible or when something could not be put back, so that an alarm on its failures has
something to see.

Input: EventBridge's event of an alarm, or `{"reason": "…"}` from a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

# Aliases under way at the same time; Lambda's control plane allows 15 calls a second.
CONCURRENCY: Final = 4
WAIT_S: Final = 20
_ALL: Final = ["States.ALL"]
# Seconds; five attempts within half a minute.
_RETRY: Final = [
    # Somebody else has moved the alias, or published the file: asking again does not change that.
    {"ErrorEquals": ["AliasMoved", "ObjectChanged"], "MaxAttempts": 0},
    {"ErrorEquals": _ALL, "IntervalSeconds": 1, "BackoffRate": 2, "MaxAttempts": 4, "JitterStrategy": "FULL"},
]


@dataclass(frozen=True, kw_only=True)
class RollbackTargets:
    """What the rollback reads and writes, by name or ARN."""

    partition: str
    environment: str
    # Calls `lambda_src.operations.rollback.on_step`.
    worker: str
    stack: str
    # The journal's table, the site's bucket and distribution.
    journal: str
    site_bucket: str
    distribution: str
    hold_parameter: str
    # Where records are stored.
    bucket: str
    prefix: str
    topic: str
    timeout_s: int


def rollback_definition(targets: RollbackTargets) -> dict[str, Any]:
    """The definition for `targets`."""
    return {
        "QueryLanguage": "JSONata",
        "StartAt": "Begin",
        "TimeoutSeconds": targets.timeout_s,
        "States": {
            "Begin": _begin(),
            "Find": _find(targets),
            "What to do?": {
                "Type": "Choice",
                "Choices": [
                    {"Condition": "{% $found.status = 'eligible' %}", "Next": "Hold"},
                    {"Condition": "{% $found.status = 'busy' %}", "Next": "Wait for the deployment"},
                ],
                "Default": "Record",
            },
            "Wait for the deployment": {
                "Type": "Wait",
                "Seconds": WAIT_S,
                "Assign": {"waited": True},
                "Next": "Find",
            },
            "Hold": _hold(targets),
            "Move aliases": _move(targets),
            "Is the site to go back?": {
                "Type": "Choice",
                "Choices": [{"Condition": "{% $found.files > 0 %}", "Next": "Restore the site"}],
                "Default": "Record",
            },
            "Restore the site": _restore(targets),
            "Record": _record(targets),
            "Tell": _tell(targets),
            "How did it go?": {
                "Type": "Choice",
                "Choices": [
                    {"Condition": "{% $outcome in ['rolled back', 'recovered'] %}", "Next": "Done"},
                    {"Condition": "{% $outcome = 'partial' %}", "Next": "Partial"},
                ],
                "Default": "Nothing eligible",
            },
            "Done": {"Type": "Succeed"},
            "Partial": {
                "Type": "Fail",
                "Error": "Partial",
                "Cause": "{% 'Not every alias was moved; start it again, or look at ' & $recorded %}",
            },
            "Nothing eligible": {"Type": "Fail", "Error": "NothingEligible", "Cause": "{% $found.reason %}"},
        },
    }


_SUMMARY: Final = "{% {'outcome': $outcome, 'moved': $count($moved[outcome = 'moved']), 'record': $recorded} %}"


def _begin() -> dict[str, Any]:
    alarm = "$exists($states.input.detail.alarmName)"
    return {
        "Type": "Pass",
        "Assign": {
            "alarm": f"{{% {alarm} ? $states.input.detail.alarmName : '' %}}",
            "reason": f"{{% {alarm} ? $states.input.detail.alarmName & ': ' & $states.input.detail.state.reason : "
            "$exists($states.input.reason) ? $states.input.reason : 'started by hand' %}",
            "started": "{% $states.context.Execution.StartTime %}",
            "waited": False,
            "hold": "not needed",
            "moved": "{% [] %}",
            "site": "not touched",
        },
        "Next": "Find",
    }


def _invoke(targets: RollbackTargets, payload: dict[str, Any]) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": f"arn:{targets.partition}:states:::lambda:invoke",
        "Arguments": {"FunctionName": targets.worker, "Payload": payload},
        "Retry": _RETRY,
    }


def _find(targets: RollbackTargets) -> dict[str, Any]:
    payload = {
        "step": "find",
        "stack": targets.stack,
        "journal": targets.journal,
        "bucket": targets.site_bucket,
        "execution": "{% $states.context.Execution.Name %}",
        "reason": "{% $reason %}",
        "alarm": "{% $alarm %}",
        "waited": "{% $waited %}",
    }
    return {
        **_invoke(targets, payload),
        "Assign": {
            "found": "{% $states.result.Payload %}",
            "outcome": "{% $states.result.Payload.status = 'recovered' ? 'recovered' : 'nothing eligible' %}",
        },
        "Next": "What to do?",
    }


def _hold(targets: RollbackTargets) -> dict[str, Any]:
    by, operation = "'by': $states.context.Execution.Name", "'operation': $found.operation"
    value = f"{{'reason': $reason, 'at': $now(), {by}, {operation}}}"
    return {
        "Type": "Task",
        "Resource": f"arn:{targets.partition}:states:::aws-sdk:ssm:putParameter",
        "Arguments": {
            "Name": targets.hold_parameter,
            # A parameter takes 4096 characters, a reason of CloudWatch up to 1023.
            "Value": f"{{% $string({value}) %}}",
            "Type": "String",
            "Overwrite": True,
        },
        "Assign": {"hold": "set"},
        "Retry": _RETRY[1:],
        # The aliases matter more than the hold; the record and the message say that it is missing.
        "Catch": [{"ErrorEquals": _ALL, "Assign": {"hold": "NOT SET"}, "Next": "Move aliases"}],
        "Next": "Move aliases",
    }


def _move(targets: RollbackTargets) -> dict[str, Any]:
    failed = "$merge([$states.input, {'outcome': 'failed', 'problem': $states.errorOutput.Cause}])"
    return {
        "Type": "Map",
        "Items": "{% $found.moves %}",
        "MaxConcurrency": CONCURRENCY,
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "INLINE"},
            "StartAt": "Move alias",
            "States": {
                "Move alias": {
                    **_invoke(
                        targets,
                        {
                            "step": "move",
                            "journal": targets.journal,
                            "operation": "{% $found.operation %}",
                            "move": "{% $states.input %}",
                        },
                    ),
                    "Output": "{% $states.result.Payload %}",
                    # One that cannot be moved does not keep the others.
                    "Catch": [{"ErrorEquals": _ALL, "Output": f"{{% {failed} %}}", "Next": "Not moved"}],
                    "End": True,
                },
                "Not moved": {"Type": "Pass", "End": True},
            },
        },
        "Assign": {
            "moved": "{% $states.result %}",
            "outcome": "{% $count($states.result[outcome = 'failed']) = 0 ? 'rolled back' : 'partial' %}",
        },
        "Next": "Is the site to go back?",
    }


def _restore(targets: RollbackTargets) -> dict[str, Any]:
    payload = {
        "step": "restore",
        "journal": targets.journal,
        "operation": "{% $found.operation %}",
        "bucket": targets.site_bucket,
        "distribution": targets.distribution,
    }
    result = "$states.result.Payload"
    failed = {"site": "{% 'failed: ' & $states.errorOutput.Cause %}", "outcome": "partial"}
    return {
        **_invoke(targets, payload),
        "Assign": {"site": f"{{% $join($append(['files: ' & {result}.restored], {result}.warnings), '; ') %}}"},
        "Catch": [{"ErrorEquals": _ALL, "Assign": failed, "Next": "Record"}],
        "Next": "Record",
    }


def _record(targets: RollbackTargets) -> dict[str, Any]:
    document = {
        "environment": targets.environment,
        "execution": "{% $states.context.Execution.Name %}",
        "started": "{% $started %}",
        "reason": "{% $reason %}",
        "outcome": "{% $outcome %}",
        "found": "{% $found.reason %}",
        "hold": "{% $hold %}",
        "moves": "{% $moved %}",
        "site": "{% $site %}",
        "stays": "{% $found.stays %}",
    }
    payload = {
        "step": "record",
        "journal": targets.journal,
        "operation": "{% $found.operation %}",
        "reports": targets.bucket,
        "prefix": targets.prefix,
        "record": document,
    }
    return {
        **_invoke(targets, payload),
        "Assign": {"recorded": f"{{% 's3://{targets.bucket}/' & $states.result.Payload.key %}}"},
        "Catch": [{"ErrorEquals": _ALL, "Assign": {"recorded": "not stored"}, "Next": "Tell"}],
        "Next": "Tell",
    }


def _tell(targets: RollbackTargets) -> dict[str, Any]:
    lines = (
        "$join(["
        "'Why: ' & $reason, "
        "'Outcome: ' & $outcome & ' (' & $found.reason & ')', "
        "$moved.(function & ': ' & from_version & ' -> ' & to_version & ' ' & outcome & ' ' & problem), "
        "'Site: ' & $site, "
        f"'Hold ({targets.hold_parameter}): ' & $hold, "
        "'Record: ' & $recorded"
        "], '\\n')"
    )
    return {
        "Type": "Task",
        "Resource": f"arn:{targets.partition}:states:::sns:publish",
        "Arguments": {
            "TopicArn": targets.topic,
            "Subject": f"{{% 'Rollback of {targets.environment}: ' & $outcome %}}",
            "Message": f"{{% {lines} %}}",
        },
        "Output": _SUMMARY,
        "Retry": _RETRY[1:],
        # Whoever is not told by this message is told by the alarms; what was done stands.
        "Catch": [{"ErrorEquals": _ALL, "Output": _SUMMARY, "Next": "How did it go?"}],
        "Next": "How did it go?",
    }
