"""Sizes that AWS refuses and the emulator takes: one row for each, asked before the emulator sees the request.

Enforced by the emulator itself: template bodies (51,200 bytes inline, 1 MB by URL), 500 resources, 200 parameters and
outputs, items of DynamoDB (400 KB), messages of SQS (1 MB) and SNS (256 KB). A row goes when the emulator has it.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from local.emulation.asgi import Application, Receive, Scope, Send, body_of, header, replayed, respond

_SYNCHRONOUS: Final = 6 * 1024 * 1024
_ANSWER: Final = _SYNCHRONOUS + 100
_ASYNCHRONOUS: Final = 1024 * 1024
_ENVIRONMENT: Final = 4096
_STANDARD, _ADVANCED = 4096, 8192
_SECRET: Final = 65_536
_EVENTS: Final = 1024 * 1024
_STATE: Final = 262_144
_LOG_EVENT: Final = 1024 * 1024
_CUSTOM_RESOURCE: Final = 4096
_INVOKE: Final = re.compile(r"/2015-03-31/functions/[^/]+/invocations\Z")

ENFORCES: Final = (
    "Lambda: a payload above 6 MB (RequestEntityTooLargeException) or, asynchronous, above 1 MB "
    "(RequestTooLargeException); an answer above 6 MB (Function.ResponseSizeTooLarge); environment variables above "
    "4 KB (InvalidParameterValueException), in a template too.",
    "SSM: a standard parameter above 4 KB or an advanced one above 8 KB (ValidationException), in a template too.",
    "Secrets Manager: a value above 64 KB (ValidationException), in a template too.",
    "EventBridge: entries above 1 MB together (ValidationException: Total size of the entries in the request is over "
    "the limit.).",
    "Step Functions: an input above 256 KB (ValidationException).",
    "CloudWatch Logs: an event above 1 MB (InvalidParameterException: Log event too large).",
    "CloudFormation: an answer of a custom resource above 4096 bytes fails it (Response object is too long.), and so "
    "does an event for it above 1 MB.",
    "By the emulator itself: template bodies, 500 resources, 200 parameters and outputs, items of DynamoDB, messages "
    "of SQS and SNS.",
)
NOT_ENFORCED: Final = (
    "The output of a state of Step Functions above 256 KB; payloads of API Gateway above 10 MB; inputs of schedules.",
)


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What AWS answers instead."""

    code: str
    message: str
    status: int = 400


Rule = Callable[[Mapping[str, Any]], Problem | None]


def _member(name: str, value: Any, limit: int) -> Problem | None:
    if len(str(value or "").encode()) <= limit:
        return None
    return Problem(
        code="ValidationException",
        message=f"1 validation error detected: Value at '{name}' failed to satisfy constraint: Member must have length "
        f"less than or equal to {limit}",
    )


def parameter(data: Mapping[str, Any]) -> Problem | None:
    """Of PutParameter and of AWS::SSM::Parameter."""
    size, tier = len(str(data.get("Value") or "").encode()), data.get("Tier") or "Standard"
    if tier == "Standard" and size > _STANDARD:
        return Problem(
            code="ValidationException",
            message="Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger "
            "parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, see "
            "https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html",
        )
    return _member("value", data.get("Value"), _ADVANCED)


def secret(data: Mapping[str, Any]) -> Problem | None:
    """Of CreateSecret, UpdateSecret, PutSecretValue and of AWS::SecretsManager::Secret."""
    return _member("secretString", data.get("SecretString"), _SECRET)


def entries(data: Mapping[str, Any]) -> Problem | None:
    """Of PutEvents: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html"""
    size = sum(
        len(str(text or "").encode())
        for entry in data.get("Entries") or []
        for text in (entry.get("Source"), entry.get("DetailType"), entry.get("Detail"), *(entry.get("Resources") or []))
    )
    if size <= _EVENTS:
        return None
    return Problem(code="ValidationException", message="Total size of the entries in the request is over the limit.")


def state_input(data: Mapping[str, Any]) -> Problem | None:
    """Of StartExecution and StartSyncExecution."""
    return _member("input", data.get("input"), _STATE)


def log_events(data: Mapping[str, Any]) -> Problem | None:
    """Of PutLogEvents; each event counts 26 bytes more."""
    for event in data.get("logEvents") or []:
        size = len(str(event.get("message") or "").encode()) + 26
        if size > _LOG_EVENT:
            message = f"Log event too large: {size} bytes exceeds limit of {_LOG_EVENT}"
            return Problem(code="InvalidParameterException", message=message)
    return None


def environment(data: Mapping[str, Any]) -> Problem | None:
    """Of CreateFunction, UpdateFunctionConfiguration and of AWS::Lambda::Function."""
    variables = (data.get("Environment") or {}).get("Variables") or {}
    measured = json.dumps(variables, separators=(",", ":"))
    if len(measured.encode()) <= _ENVIRONMENT:
        return None
    return Problem(
        code="InvalidParameterValueException",
        message="Lambda was unable to configure your environment variables because the environment variables you have "
        f"provided exceeded the 4KB limit. String measured: {measured}",
    )


_OPERATIONS: Final[Mapping[str, Rule]] = {
    "AmazonSSM.PutParameter": parameter,
    "secretsmanager.CreateSecret": secret,
    "secretsmanager.UpdateSecret": secret,
    "secretsmanager.PutSecretValue": secret,
    "AWSEvents.PutEvents": entries,
    "AWSStepFunctions.StartExecution": state_input,
    "AWSStepFunctions.StartSyncExecution": state_input,
    "Logs_20140328.PutLogEvents": log_events,
}
_TYPES: Final[Mapping[str, Rule]] = {
    "AWS::SSM::Parameter": parameter,
    "AWS::SecretsManager::Secret": secret,
    "AWS::Lambda::Function": environment,
}


def payload(size: int, *, asynchronous: bool) -> Problem | None:
    """Of Invoke."""
    if asynchronous and size > _ASYNCHRONOUS:
        message = f"{size} byte payload is too large for the Event invocation type (limit {_ASYNCHRONOUS} bytes)"
        return Problem(code="RequestTooLargeException", message=message, status=413)
    if size > _SYNCHRONOUS:
        message = f"Request must be smaller than {_SYNCHRONOUS} bytes for the InvokeFunction operation"
        return Problem(code="RequestEntityTooLargeException", message=message, status=413)
    return None


def with_size_limits(application: Application) -> Application:
    """The application behind the limits; only requests that a row is about are read here."""

    async def limited(scope: Scope, receive: Receive, send: Send) -> None:
        target = header(scope, b"x-amz-target")
        invoked = scope["type"] == "http" and scope.get("method") == "POST" and _INVOKE.search(scope["path"])
        if target not in _OPERATIONS and not invoked:
            await application(scope, receive, send)
            return
        body = await body_of(receive)
        if invoked:
            asynchronous = header(scope, b"x-amz-invocation-type").lower() == "event"
            problem = payload(len(body), asynchronous=asynchronous)
        else:
            problem = _OPERATIONS[target](_decoded(body))
        if problem is None:
            await application(scope, replayed(body, receive), send)
            return
        headers = {"Content-Type": "application/x-amz-json-1.1", "x-amzn-errortype": problem.code}
        answer = {"__type": problem.code, "message": problem.message, "Message": problem.message}
        await respond(send, problem.status, headers, json.dumps(answer).encode())

    return limited


def _decoded(body: bytes) -> Mapping[str, Any]:
    try:
        data = json.loads(body)
    except ValueError:
        # The emulator refuses it in AWS's words.
        return {}
    return data if isinstance(data, dict) else {}


def install() -> None:
    """The same rows for resources of templates, and what is measured inside the emulator."""
    from ministack.services import lambda_svc
    from ministack.services.cloudformation import custom_resource, provisioners

    for kind, rule in _TYPES.items():
        handler = provisioners._RESOURCE_HANDLERS[kind]
        handler["create"] = _checked(handler["create"], rule, properties=1)
        if "update" in handler:
            handler["update"] = _checked(handler["update"], rule, properties=2)
    for name in ("_create_function", "_update_config"):
        setattr(lambda_svc, name, _refusing(getattr(lambda_svc, name)))
    deliver, invoke, execute = (
        custom_resource.deliver_response,
        custom_resource.invoke_custom_resource,
        lambda_svc._execute_function,
    )

    @functools.wraps(deliver)
    def deliver_measured(token: str, response: dict[str, Any]) -> bool:
        if len(json.dumps(response).encode()) > _CUSTOM_RESOURCE:
            response = {"Status": "FAILED", "Reason": "Response object is too long."}
        return bool(deliver(token, response))

    @functools.wraps(invoke)
    def invoke_measured(
        request_type: str, logical_id: str, props: dict[str, Any], *rest: Any, old_props: Any = None, **options: Any
    ) -> Any:
        problem = payload(len(json.dumps([props, old_props], default=str).encode()), asynchronous=True)
        if problem is not None:
            raise ValueError(f"{problem.message} (Service: Lambda, Error Code: {problem.code})")
        return invoke(request_type, logical_id, props, *rest, old_props=old_props, **options)

    @functools.wraps(execute)
    def execute_measured(function: Mapping[str, Any], event: Any) -> Any:
        result = execute(function, event)
        body = result.get("body")
        if isinstance(body, str | bytes) and len(body) > _ANSWER:
            reason = f"Response payload size exceeded maximum allowed payload size ({_ANSWER} bytes)."
            failure = {"errorType": "Function.ResponseSizeTooLarge", "errorMessage": reason}
            return {**result, "body": failure, "error": True, "function_error": "Unhandled"}
        return result

    custom_resource.deliver_response = deliver_measured
    custom_resource.invoke_custom_resource = invoke_measured
    lambda_svc._execute_function = execute_measured


def _checked(handler: Callable[..., Any], rule: Rule, *, properties: int) -> Callable[..., Any]:
    """A handler of CloudFormation that refuses what the service would; `properties`: which argument they are."""

    @functools.wraps(handler)
    def checked(*arguments: Any) -> Any:
        problem = rule(arguments[properties])
        if problem is not None:
            raise ValueError(f"{problem.message} (Error Code: {problem.code})")
        return handler(*arguments)

    return checked


def _refusing(operation: Callable[..., Any]) -> Callable[..., Any]:
    """CreateFunction or UpdateFunctionConfiguration with the limit of the environment."""

    @functools.wraps(operation)
    def refusing(*arguments: Any) -> Any:
        from ministack.services import lambda_svc

        problem = environment(arguments[-1])
        if problem is not None:
            return lambda_svc.error_response_json(problem.code, problem.message, problem.status)
        return operation(*arguments)

    return refusing
