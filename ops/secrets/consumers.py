"""Which functions of the live release read which secrets, as their own configuration says."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from environments import Environment
from ops.aws import CLIENT_CONFIG, explained, session
from ops.errors import OperatorError
from ops.manifest import read_manifest
from ops.secrets.catalogue import API_KEY, REDIS_AUTH

ALIAS: Final = "live"
_PREFIX: Final = "SECRET_"
_REDIS: Final = "REDIS_AUTH_SECRET_ARN"
_AT_ONCE: Final = 8
# Not functions of handlers; each reads the key anew every time.
OF_API_KEY: Final = ("API Gateway", "gate", "schedules")


def functions_of(environment: Environment) -> dict[str, list[str]]:
    """Names of secrets by function, e.g. `{"local-crypto-trading-exchanges": ["binance", …]}`.

    Raises:
        OperatorError: nothing is deployed, or AWS cannot be asked.
    """
    names = list(read_manifest(environment).lambda_function_names.values())
    with explained(environment, "reading the functions' configuration"):
        client = session(environment).client("lambda", config=CLIENT_CONFIG)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            found = list(
                pool.map(lambda name: client.get_function_configuration(FunctionName=name, Qualifier=ALIAS), names)
            )
    read = {name: _read_by(answer) for name, answer in zip(names, found, strict=True)}
    return {name: secrets for name, secrets in read.items() if secrets}


def released_functions(environment: Environment) -> dict[str, list[str]]:
    """As `functions_of`; empty where nothing is released yet."""
    try:
        return functions_of(environment)
    except OperatorError as error:
        if error.error != "nothing-deployed":
            raise
        return {}


def consumers_of(environment: Environment) -> dict[str, list[str]]:
    """Functions by secret; empty where nothing is released yet."""
    functions = released_functions(environment)
    if not functions:
        return {}
    prefix = environment.resource_name("")
    found: dict[str, list[str]] = {API_KEY: list(OF_API_KEY)}
    for function, names in functions.items():
        for name in names:
            found.setdefault(name, []).append(function.removeprefix(prefix))
    return found


def _read_by(configuration: Mapping[str, Any]) -> list[str]:
    variables = configuration.get("Environment", {}).get("Variables", {})
    named = [name.removeprefix(_PREFIX).lower().replace("_", "-") for name in variables if name.startswith(_PREFIX)]
    return [*named, *([REDIS_AUTH] if variables.get(_REDIS) else [])]
