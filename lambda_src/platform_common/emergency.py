"""The emergency stop (M36) as functions see it: a parameter that refuses orders while it says anything but "off"."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from typing import Protocol

from lambda_src.platform_common import aws, problems
from lambda_src.platform_common.aws import AwsError

# Seconds. An answer is used for so long: orders are refused at most this much after the stop is pulled.
FRESH_S = 2.0
# Where it cannot be read, what was known last counts for so long; then orders are refused.
STALE_S = 60.0
OFF = "off"


def parameter_of(environment: str) -> str:
    """The parameter's name, which `acinaces emergency-stop` writes."""
    return f"/acinaces/{environment}/emergency-stop"


class EmergencyStop(Protocol):
    """Whether a person has stopped trading."""

    def refuse_if_pulled(self) -> None:
        """Raises Problem (503) while the stop is pulled, or while nobody can tell."""


class ParameterStop:
    """Reads the parameter, at most once in FRESH_S per process. `parameter`: its name."""

    def __init__(self, parameter: str, *, now: Callable[[], float] = time.monotonic) -> None:
        self._parameter = parameter
        self._now = now
        self._lock = threading.Lock()
        self._read_at: float | None = None
        self._value = OFF

    def refuse_if_pulled(self) -> None:
        """Raises Problem (503) while the stop is pulled, or while nobody can tell."""
        value = self._current()
        if value is None:
            raise problems.unavailable("emergency-stop-unknown", "Whether trading is stopped cannot be read now.")
        if value.strip().lower() != OFF:
            since = _since(value)
            detail = f"Trading is stopped{f' since {since}' if since else ''}. No order was placed."
            raise problems.unavailable("emergency-stop", detail)

    def _current(self) -> str | None:
        """The parameter's value; None where it was never read, or too long ago."""
        with self._lock:
            age = None if self._read_at is None else self._now() - self._read_at
            if age is not None and age < FRESH_S:
                return self._value
            try:
                self._value = _read(self._parameter)
            except AwsError:
                return self._value if age is not None and age < STALE_S else None
            self._read_at = self._now()
            return self._value


def _read(parameter: str) -> str:
    try:
        return str(aws.call("ssm", "get_parameter", Name=parameter)["Parameter"]["Value"])
    except AwsError as error:
        # It comes with the Operations stack, which is deployed after the first release.
        if error.code == "ParameterNotFound":
            return OFF
        raise


def _since(value: str) -> str:
    """Since when, from the command's JSON. The reason is for the platform's own people, not for its clients."""
    try:
        return str(json.loads(value)["at"])
    except (ValueError, TypeError, KeyError):
        return ""
