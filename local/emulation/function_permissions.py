"""A service invokes a function only where the function's own policy lets it: `AWS::Lambda::Permission`.

The emulator keeps the policies and invokes without them. Enforcing them upstream ends every patch here.
https://docs.aws.amazon.com/lambda/latest/dg/permissions-function-services.html
"""

from __future__ import annotations

import contextvars
import functools
import hashlib
import logging
import time
from collections.abc import Mapping
from typing import Any, Final

ENFORCES: Final = (
    "API Gateway invokes a function only with a permission that matches principal, SourceArn, SourceAccount and the "
    'alias or version in the integration: otherwise 500 {"message": "Internal server error"}.',
    "EventBridge invokes a function only with such a permission for the rule: otherwise FailedInvocations is counted "
    "and the event goes to the target's dead-letter queue with ERROR_CODE NO_PERMISSIONS.",
    "EventBridge sends to a queue only where the queue's policy lets events.amazonaws.com, with the rule as source.",
    "SNS invokes a function only with such a permission for the topic.",
    "Secrets Manager rotates only with a function that it may invoke: AccessDeniedException, Secrets Manager cannot "
    "invoke the specified Lambda function.",
)
NOT_ENFORCED: Final = (
    "Permissions of authorizers, HTTP and WebSocket APIs, S3 notifications, log subscriptions and alarm actions.",
    "EventBridge does not try a delivery again; the retry policy of a target is kept and not read.",
)
_log = logging.getLogger(__name__)
# Which rule, and which event, the delivery in progress is about; and which method of which API is being executed.
_rule: contextvars.ContextVar[tuple[Mapping[str, Any], Mapping[str, Any]] | None] = contextvars.ContextVar(
    "rule", default=None
)
_method: contextvars.ContextVar[tuple[Mapping[str, Any], str, str, str, str] | None] = contextvars.ContextVar(
    "method", default=None
)


def install() -> None:
    """Ask before each service invokes."""
    from ministack.services import apigateway_v1, eventbridge, sns

    _guard_api_gateway(apigateway_v1)
    _guard_event_bridge(eventbridge)
    deliver = sns._deliver_to_lambda

    @functools.wraps(deliver)
    def deliver_if_permitted(endpoint: str, envelope: str, topic_arn: str, *rest: Any, **options: Any) -> None:
        if permitted(endpoint, service="sns.amazonaws.com", source_arn=topic_arn):
            deliver(endpoint, envelope, topic_arn, *rest, **options)
        else:
            _log.warning("SNS may not invoke %s for %s", endpoint, topic_arn)

    sns._deliver_to_lambda = deliver_if_permitted


def permitted(function: str, *, service: str, source_arn: str, account: str | None = None) -> bool:
    """Whether the policy of the function (ARN or name, with its qualifier) lets `service` invoke it for the source."""
    from ministack.core.iam_evaluator import EvalContext, evaluate_resource_policy
    from ministack.core.responses import get_account_id, get_region
    from ministack.services import lambda_svc

    record, config, _name = lambda_svc._get_base_func_record_for_ref(function)
    if record is None:
        # The caller reports a missing function in its own words.
        return True
    _name, qualifier = lambda_svc._resolve_name_and_qualifier(function)
    unqualified = ":".join(str(config["FunctionArn"]).split(":")[:7])
    context = EvalContext(
        principal_arn=service,
        principal_type="Service",
        principal_account="",
        action="lambda:InvokeFunction",
        resource_arn=f"{unqualified}:{qualifier}" if qualifier else unqualified,
        region=get_region(),
        service_context={"aws:sourcearn": source_arn, "aws:sourceaccount": account or get_account_id()},
    )
    return bool(evaluate_resource_policy(record["policy"], context, service=service).decision == "Allow")


def _guard_api_gateway(apigateway: Any) -> None:
    execute, call = apigateway._execute_in_scope, apigateway._call_lambda_raw

    @functools.wraps(execute)
    async def execute_known(
        request: dict[str, Any], api_id: str, stage_name: str, method: str, path: str, *rest: Any
    ) -> Any:
        token = _method.set((request, api_id, stage_name, method, path))
        try:
            return await execute(request, api_id, stage_name, method, path, *rest)
        finally:
            _method.reset(token)

    @functools.wraps(call)
    async def call_if_permitted(
        function: str, event: Any, *, account_id: str | None = None, region: str | None = None
    ) -> Any:
        executed = _method.get()
        if executed is not None:
            request, api_id, stage, method, path = executed
            resource = str(request.get("resource_path") or path)
            arn = f"arn:aws:execute-api:{region}:{account_id}:{api_id}/{stage}/{method}{resource}"
            if not permitted(function, service="apigateway.amazonaws.com", source_arn=arn, account=account_id):
                _log.warning("Invalid permissions on Lambda function %s for %s", function, arn)
                return None, "Invalid permissions on Lambda function"
        return await call(function, event, account_id=account_id, region=region)

    apigateway._execute_in_scope = execute_known
    apigateway._call_lambda_raw = call_if_permitted


def _guard_event_bridge(eventbridge: Any) -> None:
    invoke, to_function, to_queue = (
        eventbridge._invoke_target,
        eventbridge._dispatch_to_lambda,
        eventbridge._dispatch_to_sqs,
    )

    @functools.wraps(invoke)
    def invoke_known(target: Mapping[str, Any], event: Any, rule: Mapping[str, Any], view: Any = None) -> None:
        # EventBridge Scheduler comes this way too, and invokes with a role instead.
        token = _rule.set((rule, target) if "EventBusName" in rule else None)
        try:
            invoke(target, event, rule, view)
        finally:
            _rule.reset(token)

    @functools.wraps(to_function)
    def to_permitted_function(arn: str, payload: str) -> None:
        known = _rule.get()
        if known and not permitted(arn, service="events.amazonaws.com", source_arn=known[0]["Arn"]):
            _undelivered(*known, payload=payload, reason=f"Not authorized to invoke {arn}")
        else:
            to_function(arn, payload)

    @functools.wraps(to_queue)
    def to_permitted_queue(spec: Any, payload: str, parameters: Any = None) -> None:
        known = _rule.get()
        if known and not _may_send(str(spec), known[0]):
            _undelivered(*known, payload=payload, reason=f"Not authorized to send to {spec}")
        else:
            to_queue(spec, payload, parameters)

    eventbridge._invoke_target = invoke_known
    eventbridge._dispatch_to_lambda = to_permitted_function
    eventbridge._dispatch_to_sqs = to_permitted_queue


def _may_send(queue: str, rule: Mapping[str, Any]) -> bool:
    from ministack.core.responses import get_account_id
    from ministack.services import sqs

    return bool(sqs.queue_policy_allows(queue, "events.amazonaws.com", rule["Arn"], get_account_id()))


def _undelivered(rule: Mapping[str, Any], target: Mapping[str, Any], *, payload: str, reason: str) -> None:
    """Count the failure, and keep the event where the target says."""
    from ministack.core.responses import new_uuid
    from ministack.services import cloudwatch, sqs

    _log.warning("rule %s: %s", rule.get("Name"), reason)
    cloudwatch.record_metric("AWS/Events", "FailedInvocations", 1.0, "Count", {"RuleName": str(rule.get("Name"))})
    arn = str((target.get("DeadLetterConfig") or {}).get("Arn") or "")
    queue = sqs._queue_by_arn(arn) if arn else None
    if queue is None or not _may_send(arn, rule):
        return
    texts = {
        "RULE_ARN": rule["Arn"],
        "TARGET_ARN": target.get("Arn", ""),
        "ERROR_CODE": "NO_PERMISSIONS",
        "ERROR_MESSAGE": reason,
    }
    attributes = {name: {"DataType": "String", "StringValue": text} for name, text in texts.items()}
    moment = time.time()
    message = {
        "id": new_uuid(),
        "body": payload,
        "md5": hashlib.md5(payload.encode(), usedforsecurity=False).hexdigest(),
        "message_attributes": attributes,
        "md5_attrs": sqs._md5_msg_attrs(attributes),
        "receipt_handle": None,
        "sent_at": moment,
        "visible_at": moment,
        "receive_count": 0,
    }
    sqs._ensure_msg_fields(message)
    queue["messages"].append(message)
