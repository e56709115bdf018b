"""Generated secrets follow all of `GenerateSecretString`, and `Ref` of a secret is its ARN, as on AWS.

The emulator's CloudFormation reads two of the eight settings: a password that excludes punctuation (Redis AUTH, an API
key in a header) got punctuation. Its Secrets Manager knows them all in GetRandomPassword, which is used here.

It answers `Ref` with the secret's name; policies and functions are written for the ARN that AWS answers.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from typing import Any


def install() -> None:
    """Replace the generator, and turn the secret's physical id into its ARN."""
    from ministack.services import secretsmanager
    from ministack.services.cloudformation import provisioners

    provisioners._sm_secret_string = secret_string
    handler = provisioners._RESOURCE_HANDLERS["AWS::SecretsManager::Secret"]
    create, update, delete = handler["create"], handler["update"], handler["delete"]

    def name_of(physical_id: str) -> str:
        name, _secret = secretsmanager._resolve(physical_id)
        return str(name or physical_id)

    @functools.wraps(create)
    def create_with_arn(logical_id: str, properties: dict[str, Any], stack_name: str) -> Any:
        _name, attributes = create(logical_id, properties, stack_name)
        return attributes["Arn"], attributes

    @functools.wraps(update)
    def update_with_arn(physical_id: str, *rest: Any) -> Any:
        _name, attributes = update(name_of(physical_id), *rest)
        return attributes["Arn"], attributes

    @functools.wraps(delete)
    def delete_with_arn(physical_id: str, properties: dict[str, Any]) -> None:
        delete(name_of(physical_id), properties)

    handler.update({"create": create_with_arn, "update": update_with_arn, "delete": delete_with_arn})


def secret_string(properties: Mapping[str, Any]) -> str:
    """The value that a template declares: `SecretString` as it is, or one generated.

    Raises:
        ValueError: Secrets Manager refuses the settings, or the template of the value is not a JSON object.
    """
    settings = properties.get("GenerateSecretString")
    declared = str(properties.get("SecretString") or "")
    if declared or not settings:
        return declared
    password = _random_password(settings)
    template = settings.get("SecretStringTemplate")
    if not template:
        return password
    value = json.loads(template)
    if not isinstance(value, dict):
        raise ValueError("SecretStringTemplate must be a JSON object")
    return json.dumps({**value, settings["GenerateStringKey"]: password})


def _random_password(settings: Mapping[str, Any]) -> str:
    """GetRandomPassword with the template's settings, whose booleans and numbers may be strings."""
    from ministack.services import secretsmanager

    request = {name: _typed(value) for name, value in settings.items()}
    # The template's value is text of its own even where it is all digits.
    request["ExcludeCharacters"] = str(settings.get("ExcludeCharacters", ""))
    status, _headers, body = secretsmanager._get_random_password(request)
    answer = json.loads(body)
    if status >= 400:
        raise ValueError(f"GenerateSecretString: {answer.get('message', answer)}")
    return str(answer["RandomPassword"])


def _typed(value: Any) -> Any:
    """CloudFormation's strings "true", "false" and numbers as what the API takes."""
    if value in ("true", "false"):
        return value == "true"
    return int(value) if isinstance(value, str) and value.isdecimal() else value
