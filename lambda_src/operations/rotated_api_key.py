"""The platform's API key: a new key beside the old one in the usage plan, and the old one withdrawn after the overlap.

The gate, the schedules and the command line read the secret each time, so they change over by themselves. Other
clients have the overlap to do so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from lambda_src.operations.aws_calls import CallFailed, Calls

_PAGE: Final = 500


class RotatedApiKey:
    """Keys that rotation makes are called `{api}-rotated-{token}`; the one of the stack is called `{api}`."""

    # API Gateway accepts keys of 20 to 128 characters.
    length = 40

    def __init__(self, calls: Calls, environment: Mapping[str, str]) -> None:
        self._calls = calls
        self._name = environment["API_NAME"]
        self._plan = environment["USAGE_PLAN_ID"]

    def set(self, value: str, token: str) -> None:
        found = self._made_for(token)
        if found is None:
            found = self._calls(
                "apigateway",
                "create_api_key",
                name=self._name_of(token),
                value=value,
                enabled=True,
                description="Made by rotation",
            )
        try:
            self._calls(
                "apigateway", "create_usage_plan_key", usagePlanId=self._plan, keyId=found["id"], keyType="API_KEY"
            )
        except CallFailed as problem:
            if problem.code != "ConflictException":
                raise

    def test(self, value: str, token: str) -> None:  # noqa: ARG002 - by its value: that is what clients send
        found = next((key for key in self._keys() if key.get("value") == value and key.get("enabled")), None)
        if found is None:
            raise CallFailed("the new key is not in API Gateway, or not enabled")
        self._calls("apigateway", "get_usage_plan_key", usagePlanId=self._plan, keyId=found["id"])

    def finished(self, value: str) -> None:
        """Nothing: the old key goes on working for the overlap; `withdraw` ends it."""

    def withdraw(self, current: str) -> list[str]:
        """Ends all keys but `current`; returns their names.

        The stack's own key is disabled and not deleted: CloudFormation would miss it.
        """
        if all(key.get("value") != current for key in self._keys()):
            # Never without a key that works: then something else is wrong.
            return []
        ended = []
        for key in list(self._keys()):
            if key.get("value") == current:
                continue
            if key["name"] != self._name:
                self._calls("apigateway", "delete_api_key", apiKey=key["id"])
                ended.append(key["name"])
            elif key.get("enabled"):
                disable = [{"op": "replace", "path": "/enabled", "value": "false"}]
                self._calls("apigateway", "update_api_key", apiKey=key["id"], patchOperations=disable)
                ended.append(key["name"])
        return ended

    def _name_of(self, token: str) -> str:
        return f"{self._name}-rotated-{token}"

    def _made_for(self, token: str) -> Any:
        return next((key for key in self._keys() if key["name"] == self._name_of(token)), None)

    def _keys(self) -> Iterator[Any]:
        """The stack's key and those of rotations; the query is a prefix, which another API's name may share."""
        position: dict[str, str] = {}
        while True:
            answer = self._calls(
                "apigateway", "get_api_keys", nameQuery=self._name, includeValues=True, limit=_PAGE, **position
            )
            for key in answer.get("items", []):
                if key["name"] == self._name or key["name"].startswith(f"{self._name}-rotated-"):
                    yield key
            if not answer.get("position"):
                return
            position = {"position": answer["position"]}
