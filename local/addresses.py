"""The environments' addresses on the laptop, at another port than the declared one."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

from environments import load_environment
from local.edge.settings import EdgePorts, with_edge
from local.keeping import Kept
from local.state import ROOT, StateDirectory, read_json, write_text
from ops.errors import ExitCode, OperatorError

NAME = "local"
_ADDRESS = re.compile(r'^(?P<key>site_url|api_url)(?P<equals>\s*=\s*)"(?P<url>[^"]*)"', re.MULTILINE)


def declared_port(directory: Path) -> int:
    """The port in the addresses of `directory`/local.toml.

    Raises:
        OperatorError: the two addresses name different ports, or none (exit code 2).
    """
    environment = load_environment(NAME, directory)
    site, api = urlsplit(environment.site_url).port, urlsplit(environment.api_url).port
    if site is None or site != api:
        raise OperatorError(
            f"{directory.name}/{NAME}.toml: domain.site_url and domain.api_url must name one and the same port",
            error="ports-differ",
            next_step=f"edit {directory / (NAME + '.toml')}",
            code=ExitCode.USAGE,
        )
    return site


def edge_ports(*, port: int, source: Path, state: StateDirectory) -> EdgePorts | None:
    """Where the edge of the cloud at `port` listens: as declared at the declared port, else as it did or anywhere.

    None if `source` declares no edge.
    """
    declared = EdgePorts.declared(load_environment(NAME, source))
    if declared is None or declared_port(source) == port:
        return declared
    running, kept = EdgePorts.parse(read_json(state.processes).get("edge_ports")), Kept.read(state)
    return running or (kept.edge if kept else None) or EdgePorts.free()


def environments_at(
    *, port: int, source: Path, target: Path, edge: EdgePorts | None = None, authority: Path | None = None
) -> Path:
    """A folder of environments whose `local` is where the cloud is: `source` if that is so, else a copy in `target`.

    Args:
        edge: where the edge listens, if there is one.
        authority: the edge's certificate authority; None is the one that `source` names.
    """
    environment = load_environment(NAME, source)
    declared, ca_file = EdgePorts.declared(environment), environment.verification.ca_file
    edge = edge or declared
    same_authority = authority is None or authority.resolve() == (ROOT / (ca_file or "")).resolve()
    if declared_port(source) == port and edge == declared and same_authority:
        return source
    for path in source.glob("*.toml"):
        text = path.read_text(encoding="utf-8")
        if path.stem == NAME:
            text = with_port(text, port)
            if edge and declared:
                text = with_edge(text, declared=declared, ports=edge, authority=authority)
        write_text(target / path.name, text)
    return target


def with_port(text: str, port: int) -> str:
    """The TOML text with `port` in `site_url` and `api_url`; all else as it was."""

    def replaced(match: re.Match[str]) -> str:
        parts = urlsplit(match["url"])
        return f'{match["key"]}{match["equals"]}"{parts.scheme}://{parts.hostname}:{port}"'

    return _ADDRESS.sub(replaced, text)
