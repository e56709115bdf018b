"""The authority that an environment's plan carries."""

from __future__ import annotations

from pathlib import Path

import pytest

from environments import Environment, load_environment
from lambda_src.verification.plan import PlanError
from stacks.gate_plan import authority_pem


def with_file(name: str, path: Path | None) -> Environment:
    environment = load_environment(name)
    settings = environment.verification.model_copy(update={"ca_file": str(path) if path else None})
    return environment.model_copy(update={"verification": settings})


def test_the_files_certificates_are_the_plans(tmp_path: Path) -> None:
    (tmp_path / "a.pem").write_text("-----BEGIN CERTIFICATE-----\n", encoding="ascii")

    assert authority_pem(with_file("production", tmp_path / "a.pem")) == "-----BEGIN CERTIFICATE-----\n"


def test_an_environment_without_one_trusts_the_systems_authorities() -> None:
    assert authority_pem(with_file("production", None)) is None


def test_a_missing_file_is_refused_except_where_the_cloud_makes_it(tmp_path: Path) -> None:
    assert authority_pem(with_file("local", tmp_path / "none.pem")) is None
    with pytest.raises(PlanError, match=r"verification\.ca_file of production: there is no file"):
        authority_pem(with_file("production", tmp_path / "none.pem"))


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.pem").write_bytes(b"\xff\xfe")

    with pytest.raises(PlanError, match="is not readable"):
        authority_pem(with_file("production", tmp_path / "a.pem"))
