"""F24: an edit of a placeholder's definition would make CloudFormation generate its value again.

If this test fails, the change would overwrite credentials that were filled in. Do not adapt it: undo the change, or
bring a plan for every secret that is populated already.
"""

from __future__ import annotations

from typing import Any

from tests.support.synthesis import Synthesis

BOTH = '{"apiKey": "PLACEHOLDER", "apiSecret": "PLACEHOLDER"}'
KEY_ONLY = '{"apiKey": "PLACEHOLDER"}'
FROZEN = {
    "binance8A85C200": ("exchanges/binance", BOTH),
    "coinbaseDAB2CE20": ("exchanges/coinbase", BOTH),
    "kraken5E3DDC9C": ("exchanges/kraken", BOTH),
    "okxA1F1B846": ("exchanges/okx", BOTH),
    "bsdex7352B7C6": ("exchanges/bsdex", BOTH),
    "bison346DE8AA": ("exchanges/bison", BOTH),
    "finoaC6C0E849": ("exchanges/finoa", BOTH),
    "bybit08796442": ("exchanges/bybit", BOTH),
    "gemini447CC8D4": ("ai-providers/gemini", KEY_ONLY),
    "openai3CCAC0F3": ("ai-providers/openai", KEY_ONLY),
    "deepseekAC778281": ("ai-providers/deepseek", KEY_ONLY),
}


def frozen_resource(environment: str, name: str, template: str) -> dict[str, Any]:
    return {
        "Type": "AWS::SecretsManager::Secret",
        "Properties": {
            "GenerateSecretString": {"GenerateStringKey": "generated", "SecretStringTemplate": template},
            "KmsKeyId": {"Fn::GetAtt": ["Key961B73FD", "Arn"]},
            "Name": f"{environment}/{name}",
        },
        "UpdateReplacePolicy": "Retain",
        "DeletionPolicy": "RetainExceptOnCreate",
    }


def test_the_placeholders_are_exactly_as_they_were(synthesis: Synthesis) -> None:
    secrets = {
        name: resource
        for name, resource in synthesis.templates["Secrets"]["Resources"].items()
        if resource["Type"] == "AWS::SecretsManager::Secret" and "SecretStringTemplate" in str(resource)
    }
    # The tags that every resource of the environment has say nothing about the value.
    for resource in secrets.values():
        resource["Properties"].pop("Tags", None)
    assert secrets == {
        logical_id: frozen_resource(synthesis.environment, name, template)
        for logical_id, (name, template) in FROZEN.items()
    }


def test_their_key_outlives_the_stack_with_them(synthesis: Synthesis) -> None:
    key = synthesis.templates["Secrets"]["Resources"]["Key961B73FD"]
    assert key["DeletionPolicy"] == "RetainExceptOnCreate"
    assert key["UpdateReplacePolicy"] == "Retain"
