"""The edge's ports in environment files, and its authority on disk."""

from __future__ import annotations

import datetime
import stat
import tomllib
from pathlib import Path

import pytest
from cryptography import x509

from environments import load_environment
from environments.loader import DIRECTORY
from local.edge.authority import Authority
from local.edge.settings import AUTHORITY_FILE, EdgePorts, with_edge


def test_the_local_environment_names_three_ports() -> None:
    declared = EdgePorts.declared(load_environment("local"))

    assert declared is not None
    assert len({declared.dns, declared.https, declared.http}) == 3
    assert EdgePorts.parse(declared.dump()) == declared


def test_an_environment_without_an_edge_names_none() -> None:
    assert EdgePorts.declared(load_environment("dev")) is None
    assert EdgePorts.parse({"dns": 1}) is None
    assert EdgePorts.parse(None) is None


def test_ports_and_authority_are_moved_and_nothing_else(tmp_path: Path) -> None:
    text = (DIRECTORY / "local.toml").read_text(encoding="utf-8")
    declared = EdgePorts.declared(load_environment("local"))
    assert declared is not None
    # The old ones among the new ones: nothing may be replaced twice.
    ports = EdgePorts(dns=declared.https, https=declared.http, http=declared.dns)

    moved = with_edge(text, declared=declared, ports=ports, authority=tmp_path / "a b" / AUTHORITY_FILE)

    (tmp_path / "local.toml").write_text(moved, encoding="utf-8")
    environment = load_environment("local", tmp_path)
    assert EdgePorts.declared(environment) == ports
    assert environment.verification.ca_file == (tmp_path / "a b" / AUTHORITY_FILE).as_posix()
    before, after = tomllib.loads(text), tomllib.loads(moved)
    assert {key: before[key] for key in before if key != "verification"} == {
        key: after[key] for key in after if key != "verification"
    }


def test_an_authority_is_made_once_and_its_key_is_its_owners(tmp_path: Path) -> None:
    folder = tmp_path / "edge"
    first = Authority.load(folder)

    assert Authority.load(folder).der == first.der
    assert stat.S_IMODE((folder / "authority.key").stat().st_mode) == 0o600


@pytest.mark.parametrize("damaged", [AUTHORITY_FILE, "authority.key"])
def test_a_damaged_authority_is_made_anew(tmp_path: Path, damaged: str) -> None:
    first = Authority.load(tmp_path)
    (tmp_path / damaged).write_text("nothing", encoding="ascii")

    second = Authority.load(tmp_path)

    assert second.der != first.der
    assert Authority.load(tmp_path).der == second.der


def test_a_key_of_another_authority_is_not_used(tmp_path: Path) -> None:
    first = Authority.load(tmp_path / "one")
    Authority.load(tmp_path / "two")
    (tmp_path / "two" / "authority.key").replace(tmp_path / "one" / "authority.key")

    assert Authority.load(tmp_path / "one").der != first.der


def test_an_authority_near_its_end_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local.edge.authority._AUTHORITY_DAYS", 89)
    first = Authority.load(tmp_path)
    monkeypatch.undo()

    assert Authority.load(tmp_path).der != first.der


def test_what_is_issued_is_short_lived_and_no_authority(tmp_path: Path) -> None:
    authority = Authority.load(tmp_path)

    pem = authority.issue(["a.localhost", "b.localhost"], days=90)

    leaf, issuer = x509.load_pem_x509_certificates(pem)
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["a.localhost", "b.localhost"]
    assert not leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc < datetime.timedelta(days=91)
    constraint = issuer.extensions.get_extension_for_class(x509.NameConstraints)
    assert constraint.critical
    assert constraint.value.permitted_subtrees == [x509.DNSName("localhost")]
    leaf.verify_directly_issued_by(issuer)
