"""The environments at another port."""

from __future__ import annotations

from pathlib import Path

import pytest

from environments import load_environment
from environments.loader import DIRECTORY
from local import addresses
from local.edge.settings import AUTHORITY_FILE, EdgePorts
from local.state import StateDirectory, write_json
from ops import loopback
from ops.errors import ExitCode, OperatorError


def test_the_declared_port_needs_no_copy(tmp_path: Path) -> None:
    port = addresses.declared_port(DIRECTORY)

    assert addresses.environments_at(port=port, source=DIRECTORY, target=tmp_path) == DIRECTORY
    assert list(tmp_path.iterdir()) == []


def test_a_copy_differs_in_the_port_alone(tmp_path: Path) -> None:
    folder = addresses.environments_at(port=4999, source=DIRECTORY, target=tmp_path)

    copied, original = load_environment("local", folder), load_environment("local", DIRECTORY)
    assert copied.site_url == "http://acinaces.localhost:4999"
    assert copied.api_url == "http://api.acinaces.localhost:4999"
    same = {"site_url": original.domain.site_url, "api_url": original.domain.api_url}
    assert copied.model_copy(update={"domain": copied.domain.model_copy(update=same)}) == original
    assert load_environment("production", folder) == load_environment("production", DIRECTORY)


def test_a_copy_names_the_edge_of_its_cloud(tmp_path: Path) -> None:
    ports, authority = EdgePorts(dns=5001, https=5002, http=5003), tmp_path / "edge" / AUTHORITY_FILE

    folder = addresses.environments_at(port=4999, source=DIRECTORY, target=tmp_path, edge=ports, authority=authority)

    copied = load_environment("local", folder)
    assert EdgePorts.declared(copied) == ports
    assert copied.verification.ca_file == authority.as_posix()


def test_the_declared_port_with_another_authority_needs_a_copy(tmp_path: Path) -> None:
    port = addresses.declared_port(DIRECTORY)

    folder = addresses.environments_at(
        port=port, source=DIRECTORY, target=tmp_path, authority=tmp_path / AUTHORITY_FILE
    )

    assert folder == tmp_path


def test_the_edge_of_another_port_stays_where_it_was(tmp_path: Path) -> None:
    state = StateDirectory(path=tmp_path)
    declared = addresses.edge_ports(port=addresses.declared_port(DIRECTORY), source=DIRECTORY, state=state)
    assert declared == EdgePorts.declared(load_environment("local"))

    anywhere = addresses.edge_ports(port=4999, source=DIRECTORY, state=state)
    assert anywhere is not None
    assert anywhere != declared
    write_json(state.processes, {"edge_ports": anywhere.dump()})
    assert addresses.edge_ports(port=4999, source=DIRECTORY, state=state) == anywhere


def test_addresses_at_two_ports_are_refused(tmp_path: Path) -> None:
    text = (DIRECTORY / "local.toml").read_text(encoding="utf-8")
    (tmp_path / "local.toml").write_text(text.replace("api.acinaces.localhost:4566", "api.acinaces.localhost:4567"))

    with pytest.raises(OperatorError, match="one and the same port") as caught:
        addresses.declared_port(tmp_path)
    assert caught.value.code == ExitCode.USAGE


def test_awss_own_names_as_the_emulator_serves_them() -> None:
    url = "https://48ec9c4a.execute-api.eu-central-1.amazonaws.com/live/"

    assert loopback.stage_url(url, port=4999) == "http://48ec9c4a.execute-api.localhost:4999/live/"
    assert loopback.distribution_name("d8yk.cloudfront.net", port=4999) == "d8yk.cloudfront.localhost:4999"
