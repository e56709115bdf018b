"""Secrets Manager, for one environment: what is stored now, and storing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import SecretStr

from environments import Environment
from ops.aws import CLIENT_CONFIG, explained, session
from ops.secrets.catalogue import FIELDS, FINGERPRINT_KEY, PLACEHOLDER, secret_id

CURRENT: Final = "AWSCURRENT"
PENDING: Final = "AWSPENDING"
PREVIOUS: Final = "AWSPREVIOUS"
_AT_ONCE: Final = 8


class State(StrEnum):
    """How a secret stands."""

    MISSING = "missing"
    PLACEHOLDER = "placeholder"
    # Somebody wrote some of its fields by hand.
    INCOMPLETE = "incomplete"
    POPULATED = "populated"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, kw_only=True)
class Stored:
    """What is stored under `name`. `reason`: AWS's error code where it is unreadable. Values are hidden in `repr`."""

    name: str
    state: State
    values: Mapping[str, SecretStr] = field(default_factory=dict)
    # All of it, as it is stored.
    text: SecretStr = field(default_factory=lambda: SecretStr(""))
    version: str | None = None
    since: datetime | None = None
    reason: str = ""


class SecretStore:
    """The environment's secrets; threads may share it."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        with explained(environment, "reaching Secrets Manager"):
            self._client = session(environment).client("secretsmanager", config=CLIENT_CONFIG)

    def fingerprint_key(self) -> SecretStr | None:
        """The key of fingerprints; None where the Secrets stack is older than they are, or it must not be read."""
        found = self.current(FINGERPRINT_KEY)
        return found.values.get("text") if found.state is State.POPULATED else None

    def all_current(self, names: Iterable[str]) -> dict[str, Stored]:
        """What is stored now under each of `names`."""
        wanted = list(names)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return dict(zip(wanted, pool.map(self.current, wanted), strict=True))

    def current(self, name: str, *, stage: str = CURRENT) -> Stored:
        """What is stored under `name`; never raises for one that is not there or must not be read."""
        with explained(self._environment, f"reading {secret_id(self._environment, name)}"):
            try:
                answer = self._client.get_secret_value(SecretId=secret_id(self._environment, name), VersionStage=stage)
            except ClientError as error:
                code = error.response.get("Error", {}).get("Code", "?")
                missing = code == "ResourceNotFoundException"
                return Stored(name=name, state=State.MISSING if missing else State.UNREADABLE, reason=code)
        text = str(answer.get("SecretString", ""))
        values = _values(name, text)
        return Stored(
            name=name,
            state=_state(name, values),
            values=values,
            text=SecretStr(text),
            version=answer["VersionId"],
            since=answer.get("CreatedDate"),
        )

    def put(self, name: str, values: Mapping[str, SecretStr], *, stage: str = CURRENT) -> str:
        """Stores one version, whole or not at all; returns its id. Raises NotStored."""
        text = json.dumps({key: value.get_secret_value() for key, value in values.items()})
        return str(
            self._call(
                "put_secret_value",
                SecretId=secret_id(self._environment, name),
                SecretString=text,
                VersionStages=[stage],
            )["VersionId"]
        )

    def move_stage(self, name: str, stage: str, *, to: str | None, away_from: str | None) -> None:
        """Moves a stage's label between versions. Raises NotStored."""
        self._call(
            "update_secret_version_stage",
            SecretId=secret_id(self._environment, name),
            VersionStage=stage,
            **({"MoveToVersionId": to} if to else {}),
            **({"RemoveFromVersionId": away_from} if away_from else {}),
        )

    def describe(self, name: str) -> Any:
        """Secrets Manager's description: versions with their stages, rotation. None where it is not to be had."""
        with explained(self._environment, f"describing {secret_id(self._environment, name)}"):
            try:
                return self._client.describe_secret(SecretId=secret_id(self._environment, name))
            except ClientError:
                return None

    def rotate(self, name: str) -> str:
        """Starts the rotation that the stacks have set up; returns the pending version. Raises NotStored."""
        return str(self._call("rotate_secret", SecretId=secret_id(self._environment, name))["VersionId"])

    def _call(self, operation: str, **parameters: Any) -> Any:
        reason = ""
        try:
            return getattr(self._client, operation)(**parameters)
        except ClientError as error:
            reason = error.response.get("Error", {}).get("Code", "?")
        except BotoCoreError as error:
            reason = type(error).__name__
        # Raised out here: an error of the SDK may quote what it was given, and would be the cause of this one.
        raise NotStored(reason)


class NotStored(Exception):
    """AWS did not take it; the message is AWS's error code."""


def _values(name: str, text: str) -> dict[str, SecretStr]:
    """The fields of a populated or half-populated secret; a generated one is its `text`."""
    if name not in FIELDS:
        return {"text": SecretStr(text)} if text else {}
    try:
        document = json.loads(text)
    except ValueError:
        return {}
    if not isinstance(document, dict):
        return {}
    found = {key: document.get(key) for key in FIELDS[name]}
    return {key: SecretStr(v) for key, v in found.items() if isinstance(v, str) and v.strip() not in ("", PLACEHOLDER)}


def _state(name: str, values: Mapping[str, SecretStr]) -> State:
    if len(values) == len(FIELDS.get(name, ("text",))):
        return State.POPULATED
    return State.INCOMPLETE if values else State.PLACEHOLDER
