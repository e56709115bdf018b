"""Rotation in every environment: what is rotated, how often, and that the function reads nobody else's secrets."""

from __future__ import annotations

import json
from typing import Any

from environments import load_environment
from stacks.secrets import AI_PROVIDERS, EXCHANGES
from tests.support.synthesis import Synthesis
from tests.unit.test_stacks_all import as_list


def operations(synthesis: Synthesis, kind: str) -> dict[str, dict[str, Any]]:
    resources = synthesis.templates["Operations"]["Resources"]
    return {name: item["Properties"] for name, item in resources.items() if item["Type"] == kind}


def rotation_function(synthesis: Synthesis) -> dict[str, Any]:
    name = load_environment(synthesis.environment).resource_name("rotation")
    (found,) = (
        item for item in operations(synthesis, "AWS::Lambda::Function").values() if item["FunctionName"] == name
    )
    return found


def test_the_own_secrets_rotate_as_the_environment_says_and_not_by_a_deployment(synthesis: Synthesis) -> None:
    credentials = load_environment(synthesis.environment).credentials
    schedules = operations(synthesis, "AWS::SecretsManager::RotationSchedule").values()
    variables = rotation_function(synthesis)["Environment"]["Variables"]
    own = [variables["API_KEY_SECRET_ARN"], variables["REDIS_AUTH_SECRET_ARN"]]
    assert sorted(map(json.dumps, (item["SecretId"] for item in schedules))) == sorted(map(json.dumps, own))
    for item in schedules:
        assert item["RotateImmediatelyOnUpdate"] is False
        assert item["RotationRules"] == {"AutomaticallyAfterDays": credentials.rotation_days}


def test_every_credential_of_others_is_watched_and_none_is_read(synthesis: Synthesis) -> None:
    watched = json.dumps(rotation_function(synthesis)["Environment"]["Variables"]["WATCHED"])
    assert watched.count("Fn::GetStackOutput") == len(EXCHANGES) + len(AI_PROVIDERS)
    actions: dict[str, set[str]] = {}
    for policy in operations(synthesis, "AWS::IAM::Policy").values():
        if not any("Rotation" in role["Ref"] for role in policy["Roles"]):
            continue
        for statement in policy["PolicyDocument"]["Statement"]:
            for resource in as_list(statement["Resource"]):
                actions.setdefault(json.dumps(resource), set()).update(as_list(statement["Action"]))
    reading = [resource for resource, own in actions.items() if "secretsmanager:GetSecretValue" in own]
    variables = rotation_function(synthesis)["Environment"]["Variables"]
    own = [json.dumps(variables[name]) for name in ("API_KEY_SECRET_ARN", "REDIS_AUTH_SECRET_ARN")]
    assert sorted(reading) == sorted(own)


def test_the_function_that_tries_a_token_has_the_cache(synthesis: Synthesis) -> None:
    client = rotation_function(synthesis)["Environment"]["Variables"]["REDIS_CLIENT_FUNCTION"]
    functions = [
        resource["Properties"]
        for resource in synthesis.templates["Release"]["Resources"].values()
        if resource["Type"] == "AWS::Lambda::Function" and resource["Properties"].get("FunctionName") == client
    ]
    assert len(functions) == 1
    assert "REDIS_AUTH_SECRET_ARN" in functions[0]["Environment"]["Variables"]


def test_secrets_manager_may_call_it_and_nobody_else(synthesis: Synthesis) -> None:
    permissions = [
        item
        for item in operations(synthesis, "AWS::Lambda::Permission").values()
        if item["Principal"] == "secretsmanager.amazonaws.com"
    ]
    assert [item["SourceAccount"] for item in permissions] == [load_environment(synthesis.environment).aws.account]


def test_nothing_looks_by_itself_where_nothing_is_verified_by_itself(synthesis: Synthesis) -> None:
    enabled = "security" in load_environment(synthesis.environment).operations.enabled
    daily = [
        item
        for item in operations(synthesis, "AWS::Events::Rule").values()
        if item.get("ScheduleExpression") == "rate(1 day)"
    ]
    assert [item["State"] for item in daily] == ["ENABLED" if enabled else "DISABLED"]
