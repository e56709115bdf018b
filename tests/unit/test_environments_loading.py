"""F45: a mistake in an environment is one line that names file, key and what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from environments import Environment, EnvironmentFileError, known_environments, load_environment

MINIMAL = """
description = "Throw-away"
[aws]
account = "123456789012"
[domain]
zone = "acinaces.com"
site = "acinaces.com"
api = "api.acinaces.com"
[alerts]
email = ["someone@acinaces.com"]
"""


def load(directory: Path, text: str, name: str = "demo") -> Environment:
    (directory / f"{name}.toml").write_text(text, encoding="utf-8")
    return load_environment(name, directory)


def refusal(directory: Path, text: str, name: str = "demo") -> str:
    with pytest.raises(EnvironmentFileError) as caught:
        load(directory, text, name)
    message = str(caught.value)
    assert message.startswith(f"{directory.name}/{name}.toml: ")
    assert len(message.splitlines()) == 1
    return message.split(".toml: ", 1)[1]


def test_the_five_environments_load() -> None:
    assert known_environments() == ["dev", "local", "production", "staging", "test"]
    for name in known_environments():
        environment = load_environment(name)
        assert environment.name == name


def test_the_facts_of_the_seeds() -> None:
    test, production = load_environment("test"), load_environment("production")
    assert (test.domain.site, test.domain.api) == ("test.acinaces.com", "api.test.acinaces.com")
    assert (production.domain.site, production.domain.api) == ("acinaces.com", "api.acinaces.com")
    assert test.aws.region == production.aws.region == "eu-central-1"
    assert not test.production_checks
    assert production.production_checks
    assert production.require_manual_approval
    assert production.resource_name("templates") == "production-crypto-trading-templates"


def test_what_follows_from_the_file(tmp_path: Path) -> None:
    environment = load(tmp_path, MINIMAL)
    assert environment.site_url == "https://acinaces.com"
    assert environment.api_url == "https://api.acinaces.com"
    assert environment.availability_zones == ["eu-central-1a", "eu-central-1b"]
    assert environment.retain


def test_an_environment_cannot_be_changed_afterwards(tmp_path: Path) -> None:
    environment = load(tmp_path, MINIMAL)
    with pytest.raises(ValidationError):
        environment.protected = False  # type: ignore[misc]


@pytest.mark.parametrize("name", [None, ""])
def test_no_environment_lists_those_there_are(name: str | None) -> None:
    with pytest.raises(EnvironmentFileError, match=r"add -c env=NAME, one of dev, local, production, staging, test$"):
        load_environment(name)


def test_an_unknown_environment_gets_a_hint() -> None:
    with pytest.raises(EnvironmentFileError, match=r"unknown environment 'prodution'.*Did you mean 'production'\?"):
        load_environment("prodution")


@pytest.mark.parametrize("name", ["../environments/dev", "/etc/passwd", "dev.toml", "DEV\nx"])
def test_a_name_is_never_a_path(name: str) -> None:
    with pytest.raises(EnvironmentFileError, match="unknown environment") as caught:
        load_environment(name)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = [", "not readable as TOML: "),
        ("a = " + "[" * 5000, "not readable as TOML: nested too deeply"),
        ("a = " + "9" * 5000, "not readable as TOML: "),
        ("a = 1\na = 2\n", "not readable as TOML: Cannot overwrite a value (at line 2"),
    ],
)
def test_malformed_toml(tmp_path: Path, text: str, expected: str) -> None:
    assert expected in refusal(tmp_path, text)


def test_not_utf_8(tmp_path: Path) -> None:
    (tmp_path / "demo.toml").write_bytes(b'description = "\xff"')
    with pytest.raises(EnvironmentFileError, match="not readable as TOML: 'utf-8' codec"):
        load_environment("demo", tmp_path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('name = "x"\n' + MINIMAL, "name: the file's name is the environment's name"),
        (
            MINIMAL.replace("[alerts]", "[alert]"),
            "alert: unknown key; allowed: alerts, api, aws, capacity, credentials, data,",
        ),
        (
            MINIMAL + "[data.redis]\nnodes = 3\n",
            "data.redis.nodes: unknown key; allowed: node_type, snapshot_retention_days, transit_encryption",
        ),
        (MINIMAL.replace('account = "123456789012"', ""), "aws.account: required, and missing"),
        (MINIMAL.replace('"123456789012"', "123456789012"), "aws.account: Input should be a valid string (got 123456"),
        (MINIMAL + "[data]\nremoval = 'keep'\n", "data.removal: Input should be 'retain' or 'destroy' (got 'keep')"),
        (MINIMAL + "[data]\nbackup_retention_days = 0\n", "data.backup_retention_days: Input should be greater than"),
        (MINIMAL + "[data]\ntimestream = 1\n", "data.timestream: Input should be a valid boolean (got 1)"),
        ("functions = 3\n" + MINIMAL, "functions: "),
        ("data = []\n" + MINIMAL, "data: "),
        ('"two\\nlines" = 1\n' + MINIMAL, "two\\nlines: unknown key"),
        (
            "network = { cidr = 0x" + "f" * 5000 + " }\n" + MINIMAL,
            "network.cidr: Input should be a valid string (got a",
        ),
        (MINIMAL.replace("acinaces.com", "x" * 500), "(and "),
    ],
)
def test_wrong_keys_and_values(tmp_path: Path, text: str, expected: str) -> None:
    assert expected in refusal(tmp_path, text)


@pytest.mark.parametrize("name", ["a", "-demo", "demo-", "de--mo", "Demo", "a-very-long-name-indeed"])
def test_a_file_name_that_is_no_environment_name(tmp_path: Path, name: str) -> None:
    assert refusal(tmp_path, MINIMAL, name).startswith("name: ")
