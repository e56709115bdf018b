"""M17.1 and M17.2: every handler file becomes a package and a function, and each function has what it needs to know."""

from __future__ import annotations

import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from constructs.handler_function import HandlerSurroundings, handler_environment
from lambda_build.discovery import HandlerSpec, discover_handlers
from lambda_build.packages import import_closure, write_package
from tests.support.synthesis import ROOT, Synthesis

NAMES = st.from_regex(r"[a-z][a-z0-9]{0,8}(_[a-z0-9]{1,8}){0,2}", fullmatch=True)
LOGICAL = st.from_regex(r"[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,8}){0,2}", fullmatch=True)
HANDLER = """
FUNCTION = {{"category": "orders", "route": "/api/{name}", "check": "/api/{name}"}}
def handler(event, context): return "{name}"
"""


@given(functions=st.sets(NAMES, min_size=1, max_size=12), tests=st.sets(NAMES, max_size=4))
@settings(deadline=None, max_examples=60)
def test_every_handler_file_and_no_test_file_has_its_own_package(functions: set[str], tests: set[str]) -> None:
    functions = {
        name for name in functions if not name.startswith("test_") and not name.endswith("_test") and name != "conftest"
    }
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        handlers = root / "lambda_src" / "handlers"
        handlers.mkdir(parents=True)
        for name in functions | {"always"}:
            (handlers / f"{name}.py").write_text(HANDLER.format(name=name.replace("_", "-")), encoding="utf-8")
        for name in tests:
            (handlers / f"test_{name}.py").write_text("raise SystemExit", encoding="utf-8")

        found = discover_handlers(handlers)
        packages = [
            write_package(import_closure([handler.path], root), root=root, output=root / "out") for handler in found
        ]

        assert {handler.path.stem for handler in found} == functions | {"always"}
        for handler, package in zip(found, packages, strict=True):
            assert [path.name for path in package.rglob("*.py")] == [handler.path.name]


@given(
    tables=st.dictionaries(LOGICAL, st.text(min_size=1), max_size=8),
    secrets=st.dictionaries(LOGICAL, st.text(min_size=1), max_size=8),
    redis=st.booleans(),
    timestream=st.booleans(),
    host=st.text(min_size=1),
    data=st.data(),
)
@settings(deadline=None)
def test_every_function_knows_all_tables_the_cache_and_the_secrets_that_it_reads(
    tables: dict[str, str], secrets: dict[str, str], redis: bool, timestream: bool, host: str, data: st.DataObject
) -> None:
    read = data.draw(st.lists(st.sampled_from(sorted(secrets)), unique=True) if secrets else st.just([]))
    spec = HandlerSpec.model_validate(
        {
            "category": "orders",
            "route": "/api/orders",
            "check": "/api/orders",
            "redis": redis,
            "secrets": read,
            "timestream": timestream,
        }
    )

    variables = handler_environment(spec, name="orders", surroundings=surroundings(tables, secrets, host))

    for name, physical in tables.items():
        assert variables[f"TABLE_{name.replace('-', '_').upper()}"] == physical
    assert (variables["REDIS_HOST"], variables["REDIS_PORT"]) == (host, "6380")
    assert {key for key in variables if key.startswith("SECRET_")} == {
        f"SECRET_{name.replace('-', '_').upper()}" for name in read
    }
    assert ("REDIS_AUTH_SECRET_ARN" in variables) == redis
    assert ("TIMESTREAM_DATABASE" in variables) == timestream


def surroundings(tables: dict[str, str], secrets: dict[str, str], host: str) -> HandlerSurroundings:
    """By shape: the environment needs names and ARNs of constructs and nothing else."""
    values: dict[str, Any] = {
        "tables": {name: SimpleNamespace(table_name=physical) for name, physical in tables.items()},
        "secrets": {name: SimpleNamespace(secret_arn=arn) for name, arn in secrets.items()},
        "workflows": {},
        "bus": SimpleNamespace(event_bus_name="bus"),
        "redis_host": host,
        "redis_port": "6380",
        "redis_tls": True,
        "redis_auth": SimpleNamespace(secret_arn="arn:redis"),
        "redis_placement": None,
        "timestream_database": "market-data",
        "settings": {"ENVIRONMENT": "test"},
    }
    return cast(HandlerSurroundings, SimpleNamespace(**values))


def test_every_handler_is_complete_in_every_environment(synthesis: Synthesis) -> None:
    """Function, own package, retained version, `live` alias, permission and three alarms, from the file alone."""
    release = synthesis.templates["Release"]["Resources"]
    functions = {
        resource["Properties"]["FunctionName"]: name
        for name, resource in release.items()
        if resource["Type"] == "AWS::Lambda::Function" and "FunctionName" in resource["Properties"]
    }
    handlers = discover_handlers(ROOT / "lambda_src" / "handlers")

    assert set(functions) == {f"{synthesis.environment}-crypto-trading-{handler.name}" for handler in handlers}
    assert len({str(release[name]["Properties"]["Code"]) for name in functions.values()}) == len(handlers)
    for handler in handlers:
        logical = functions[f"{synthesis.environment}-crypto-trading-{handler.name}"]
        assert release[logical]["Properties"]["Handler"] == handler.entry
        versions = pointing_at(release, "AWS::Lambda::Version", "FunctionName", logical)
        (alias,) = pointing_at(release, "AWS::Lambda::Alias", "FunctionName", logical)
        # Kept when a release replaces it; gone with the release that made it and failed.
        assert [release[version]["DeletionPolicy"] for version in versions] == ["RetainExceptOnCreate"]
        assert release[alias]["Properties"]["Name"] == "live"
        assert len(pointing_at(release, "AWS::Lambda::Permission", "FunctionName", alias)) == 1
        assert alarms_of(release, f"{synthesis.environment}-crypto-trading-{handler.name}") == {
            "errors",
            "latency",
            "throttles",
        }


def test_every_function_s_environment_names_all_tables_and_the_cache(synthesis: Synthesis) -> None:
    # The journal is not the platform's: no handler knows it.
    tables = len(synthesis.resources(prefix="AWS::DynamoDB::Table")) - 1
    handlers = {
        name: resource["Properties"]["Environment"]["Variables"]
        for name, resource in synthesis.resources(prefix="AWS::Lambda::Function").items()
        # Handlers: CDK's own and the gate have no name, and Operations has a function that is none.
        if name.startswith("Release/") and "FunctionName" in resource["Properties"]
    }
    assert handlers
    for name, variables in handlers.items():
        assert len([key for key in variables if key.startswith("TABLE_")]) == tables, name
        assert {"REDIS_HOST", "REDIS_PORT", "REDIS_TLS", "ENVIRONMENT"} <= set(variables), name


def pointing_at(resources: dict[str, Any], kind: str, key: str, target: str) -> list[str]:
    """Logical ids of resources of `kind` whose property `key` refers to `target`."""
    return [
        name
        for name, resource in resources.items()
        if resource["Type"] == kind and resource["Properties"].get(key) == {"Ref": target}
    ]


def alarms_of(resources: dict[str, Any], function: str) -> set[str]:
    names = [
        str(resource["Properties"]["AlarmName"])
        for resource in resources.values()
        if resource["Type"] == "AWS::CloudWatch::Alarm"
    ]
    return {name.removeprefix(f"{function}-") for name in names if name.startswith(f"{function}-")}
