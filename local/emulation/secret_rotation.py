"""A rotation is carried out by the secret's function, in four steps, as on AWS.

The emulator's RotateSecret makes a copy of the current value current and calls nobody; CloudFormation there does not
know `AWS::SecretsManager::RotationSchedule`. Schedules are kept and no timer runs: nothing happens by itself on a
laptop.
https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Mapping
from contextvars import copy_context
from typing import Any, Final

from local.emulation.function_permissions import permitted

STEPS: Final = ("createSecret", "setSecret", "testSecret", "finishSecret")
_TYPE: Final = "AWS::SecretsManager::RotationSchedule"
_log = logging.getLogger(__name__)


def install() -> None:
    """Replace RotateSecret, and keep what a RotationSchedule says on its secret."""
    from ministack.services import secretsmanager
    from ministack.services.cloudformation import provisioners

    secretsmanager._rotate_secret = rotate_secret
    provisioners._RESOURCE_HANDLERS[_TYPE] = {"create": _create, "update": _update, "delete": _delete}


def rotate_secret(data: Mapping[str, Any]) -> Any:
    """RotateSecret: a pending version without a value, and the function's four steps after the answer."""
    from ministack.core.responses import error_response_json, json_response, new_uuid
    from ministack.services import secretsmanager

    _, secret = secretsmanager._resolve(data.get("SecretId"))
    if not secret or secret.get("DeletedDate"):
        reason = "Secrets Manager can't find the specified secret."
        return error_response_json("ResourceNotFoundException", reason, 400)
    _keep(secret, data.get("RotationLambdaARN"), data.get("RotationRules"))
    function = _function(secret.get("RotationLambdaARN", ""))
    if function is None:
        return error_response_json("InvalidRequestException", "The secret has no rotation function.", 400)
    if not permitted(secret["RotationLambdaARN"], service="secretsmanager.amazonaws.com", source_arn=secret["ARN"]):
        reason = (
            "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants "
            "access to the principal secretsmanager.amazonaws.com."
        )
        return error_response_json("AccessDeniedException", reason, 400)
    secretsmanager._remove_stage_everywhere(secret, "AWSPENDING")
    token = data.get("ClientRequestToken") or new_uuid()
    secret["Versions"][token] = {
        "SecretString": None,
        "SecretBinary": None,
        "CreatedDate": int(time.time()),
        "Stages": ["AWSPENDING"],
    }
    if data.get("RotateImmediately", True):
        # In the account and region of the call.
        run = copy_context().run
        threading.Thread(target=run, args=(_run, function, secret["ARN"], token), daemon=True).start()
    return json_response({"ARN": secret["ARN"], "Name": secret["Name"], "VersionId": token})


def _run(function: Any, arn: str, token: str) -> None:
    from ministack.services import lambda_svc

    for step in STEPS:
        event = {"Step": step, "SecretId": arn, "ClientRequestToken": token, "RotationToken": token}
        result = lambda_svc._execute_function(function, event)
        if result.get("error"):
            # AWS tries again later; here a person does.
            _log.error("rotation of %s: %s failed: %s", arn, step, _message(result))
            return


def _message(result: Mapping[str, Any]) -> str:
    body = result.get("body")
    return json.dumps(body)[:500] if isinstance(body, dict) else str(body)[:500]


def _function(arn: str) -> Any:
    from ministack.services import lambda_svc

    name = arn.rpartition(":function:")[2].partition(":")[0]
    return lambda_svc._functions.get(name)


def _keep(secret: dict[str, Any], function_arn: str | None, rules: Mapping[str, Any] | None) -> None:
    if function_arn:
        secret["RotationLambdaARN"] = function_arn
    if rules:
        secret["RotationRules"] = {
            key: int(value) if key == "AutomaticallyAfterDays" else value for key, value in rules.items()
        }
    secret["RotationEnabled"] = bool(secret.get("RotationLambdaARN"))


def _create(_logical_id: str, properties: Mapping[str, Any], _stack: str) -> tuple[str, dict[str, Any]]:
    secret = _secret_of(properties)
    _keep(secret, properties.get("RotationLambdaARN"), properties.get("RotationRules"))
    if str(properties.get("RotateImmediatelyOnUpdate", "true")).lower() == "true":
        status, _headers, body = rotate_secret({"SecretId": secret["ARN"]})
        if status >= 400:
            raise ValueError(json.loads(body)["message"])
    return str(secret["ARN"]), {}


def _update(physical_id: str, _old: Any, properties: Mapping[str, Any], stack: str, *_: Any) -> Any:
    _create(physical_id, properties, stack)
    return physical_id, {}


def _delete(_physical_id: str, properties: Mapping[str, Any]) -> None:
    from ministack.services import secretsmanager

    _, secret = secretsmanager._resolve(str(properties.get("SecretId", "")))
    if secret:
        secret["RotationEnabled"] = False


def _secret_of(properties: Mapping[str, Any]) -> dict[str, Any]:
    from ministack.services import secretsmanager

    _, secret = secretsmanager._resolve(str(properties["SecretId"]))
    if not secret:
        raise ValueError(f"{_TYPE}: there is no secret {properties['SecretId']}")
    found: dict[str, Any] = secret
    return found
