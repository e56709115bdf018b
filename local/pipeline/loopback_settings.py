"""An environment's file as it is on loopback: what AWS gives it there, the embedded cloud gives it here."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any, Final

from local.edge.settings import EdgePorts
from local.ports import HOST

# Names of the environments on loopback: nothing called `production` may run unprotected.
_PREFIX: Final = "local-"
_SKIP: Final = re.compile(r"^skip = .*$", re.MULTILINE)
_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_NAME: Final = re.compile(r'"([a-z0-9-]+)"')


def write_environments(source: Path, target: Path, *, port: int, edge: EdgePorts, authority: Path) -> None:
    """Writes into `target` each environment of `source` that has a place in the pipeline, for the cloud at `port`."""
    local = tomllib.loads((source / "local.toml").read_text(encoding="utf-8"))
    for path in source.glob("*.toml"):
        values = tomllib.loads(path.read_text(encoding="utf-8"))
        (target / path.name).unlink(missing_ok=True)
        if "pipeline" in values:
            name = _PREFIX + path.stem
            changed = on_loopback(values, local, name=name, port=port, edge=edge, authority=authority)
            (target / f"{name}.toml").write_text(to_toml(changed), encoding="utf-8")


def rename_skipped(file: Path) -> None:
    """`delivery.toml` names environments that a pipeline leaves out."""
    text = file.read_text(encoding="utf-8")
    renamed = _SKIP.sub(lambda line: _NAME.sub(rf'"{_PREFIX}\1"', line[0]), text)
    file.write_text(renamed, encoding="utf-8")


def on_loopback(
    values: dict[str, Any], local: dict[str, Any], *, name: str, port: int, edge: EdgePorts, authority: Path
) -> dict[str, Any]:
    """`values` with what `local` (the settings of `environments/local.toml`) says about the embedded cloud.

    Kept: account, capacity, checks, approval, flags, whatever the environment decides about the release.
    """
    site, api = f"{name}.acinaces.localhost", f"api.{name}.acinaces.localhost"
    https = f"{HOST}:{edge.https}"
    return {
        **values,
        # The strict way, as `local` itself.
        "aws": {**values["aws"], **_only(local["aws"], "permissions_boundary")},
        "protected": False,
        "domain": {
            "zone": site,
            "site": site,
            "api": api,
            "site_url": f"http://{site}:{port}",
            "api_url": f"http://{api}:{port}",
        },
        "data": {**values.get("data", {}), "removal": "destroy", "redis": _redis(values, local)},
        "functions": {**values.get("functions", {}), **_only(local["functions"], "runtime", "architecture")},
        "alerts": {**values["alerts"], **_only(local["alerts"], "p95_latency_ms")},
        "gate": {**values.get("gate", {}), **local["gate"]},
        "operations": {**values.get("operations", {}), **local["operations"]},
        "verification": {
            "resolver": f"{HOST}:{edge.dns}",
            "ca_file": str(authority),
            "connect_to": {f"{site}:443": https, f"{api}:443": https, f"{site}:80": f"{HOST}:{edge.http}"},
        },
    }


def to_toml(values: dict[str, Any], *, path: tuple[str, ...] = ()) -> str:
    """Settings as TOML: strings, numbers, booleans and lists of strings, in tables as deep as they go."""
    plain = {key: value for key, value in values.items() if not isinstance(value, dict)}
    lines = [f"[{'.'.join(map(_key, path))}]"] if path else []
    # JSON's strings, numbers, booleans and arrays of strings are TOML's.
    lines += [f"{_key(key)} = {json.dumps(value)}" for key, value in plain.items()]
    text = "\n".join(lines) + "\n\n"
    for key, value in values.items():
        if isinstance(value, dict):
            text += to_toml(value, path=(*path, key))
    return text


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else json.dumps(key)


def _redis(values: dict[str, Any], local: dict[str, Any]) -> dict[str, Any]:
    return {**values.get("data", {}).get("redis", {}), **local["data"]["redis"]}


def _only(values: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: values[key] for key in keys}
