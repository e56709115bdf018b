"""The manifest: a missing field is an error that names it, and the file is written whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from environments import load_environment
from ops import loopback
from ops import manifest as module
from ops.errors import ExitCode, OperatorError
from ops.manifest import parse_manifest, read_manifest, write_manifest
from tests.support.manifests import COMPLETE


@pytest.fixture
def ssm(monkeypatch: pytest.MonkeyPatch) -> Stubber:
    client = boto3.client("ssm", region_name="eu-central-1", aws_access_key_id="x", aws_secret_access_key="x")

    class Session:
        def client(self, *_: Any, **__: Any) -> Any:
            return client

    monkeypatch.setattr(module, "session", lambda _: Session())
    stubber = Stubber(client)
    stubber.activate()
    return stubber


def answer(ssm: Stubber, sections: dict[str, dict[str, Any]]) -> None:
    """Two pages, as SSM gives them when there are many parameters."""
    parameters = [
        {"Name": f"/acinaces/local/manifest/{name}", "Value": json.dumps(section)} for name, section in sections.items()
    ]
    ssm.add_response("get_parameters_by_path", {"Parameters": parameters[:2], "NextToken": "more"})
    ssm.add_response("get_parameters_by_path", {"Parameters": parameters[2:]})


def test_the_sections_become_one_manifest(ssm: Stubber) -> None:
    answer(ssm, COMPLETE)

    manifest = read_manifest(load_environment("local"))

    assert manifest.lambda_function_names == {"orders": "n"}
    assert manifest.verdict == "passed"
    assert manifest.timestream_database_name is None


@pytest.mark.parametrize("field", [(name, field) for name, section in COMPLETE.items() for field in section])
def test_each_missing_field_is_named(field: tuple[str, str]) -> None:
    values = {key: value for section in COMPLETE.values() for key, value in section.items() if key != field[1]}

    with pytest.raises(OperatorError, match=rf"not complete: {field[1]}: missing") as raised:
        parse_manifest(values, source="a test")

    assert raised.value.code is ExitCode.PRECONDITION


def test_nothing_deployed_says_how_to_deploy(ssm: Stubber) -> None:
    ssm.add_response("get_parameters_by_path", {"Parameters": []})

    with pytest.raises(OperatorError, match="nothing is deployed in local") as raised:
        read_manifest(load_environment("local"))

    assert raised.value.next_step == "make local"


def test_an_incomplete_manifest_leaves_the_old_file(ssm: Stubber, tmp_path: Path) -> None:
    old = tmp_path / "local-manifest.json"
    old.write_text("old", encoding="utf-8")
    answer(ssm, {**COMPLETE, "secrets": {}})

    with pytest.raises(OperatorError, match="exchange_secret_arns: missing"):
        write_manifest(load_environment("local"), tmp_path)

    assert old.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [old]


def test_a_script_on_the_laptop_is_given_a_key_and_addresses_that_work_there(
    ssm: Stubber, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(ssm, COMPLETE)
    answer(ssm, COMPLETE)
    secrets = boto3.client(
        "secretsmanager", region_name="eu-central-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    stubber = Stubber(secrets)
    stubber.add_response("get_secret_value", {"SecretString": "k" * 40})
    stubber.activate()
    monkeypatch.setattr(loopback, "session", lambda _: SimpleNamespace(client=lambda _: secrets))

    here, _ = write_manifest(load_environment("local"), tmp_path)
    elsewhere, _ = write_manifest(load_environment("test"), tmp_path)

    written = json.loads(here.read_text(encoding="utf-8"))
    assert written["api_key"] == "k" * 40
    assert ".localhost:4566" in written["api_gateway_stage_invoke_url"]
    assert ".localhost:4566" in written["cloudfront_domain_name"]
    assert "api_key" not in json.loads(elsewhere.read_text(encoding="utf-8"))


def test_a_manifest_of_another_schema_version_names_both_and_the_commit_to_use() -> None:
    values = {key: value for section in COMPLETE.values() for key, value in section.items()}

    with pytest.raises(OperatorError, match="has schema version 2, this command knows 1") as raised:
        parse_manifest({**values, "schema_version": "2", "git_commit": "4f2a9c1-dirty"}, source="a test")

    assert raised.value.error == "manifest-of-another-version"
    assert raised.value.next_step.startswith("git switch --detach 4f2a9c1,")


def test_the_schema_asks_for_every_field_and_allows_no_other() -> None:
    schema = module.manifest_schema()

    asked = {name for name, field in module.Manifest.model_fields.items() if field.is_required()}
    assert set(schema["required"]) == asked
    assert set(schema["properties"]) == set(module.Manifest.model_fields)
    assert schema["additionalProperties"] is False
    assert schema["properties"]["schema_version"]["const"] == module.SCHEMA_VERSION
