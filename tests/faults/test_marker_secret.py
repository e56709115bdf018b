"""A marker secret goes through every command about secrets and every way in which they fail: nobody sees it.

Not as it is, not in base64, not URL-encoded; not on a screen, in a log, a template or a temporary file.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.support import credentials
from tests.support.credentials import LATER, MARKER, VALUES, SecretsCloud
from tests.support.killing import At

# Letters only would be the same URL-encoded; the providers' formats decide what a value may hold.
ODD = f"{MARKER}/+=%&\"'é"
FORMS = [
    *(text.encode() for text in (MARKER, quote(MARKER, safe=""), json.dumps(ODD)[1:-1], quote(ODD))),
    # Wherever in a longer text it begins.
    *(base64.b64encode(b"\0" * shift + MARKER.encode())[4 if shift else 0 : -4] for shift in range(3)),
]
GOOD = {name: VALUES[name] for name in ("binance", "kraken", "openai")}
POPULATE = ("populate", "--from", "-", "--yes")


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecretsCloud]:
    with credentials.cloud(tmp_path_factory.mktemp("marker")) as cloud:
        credentials.create(cloud.client)
        yield cloud


def used(cloud: SecretsCloud) -> Iterator[int]:
    """Exit codes of every command and every way to fail."""

    def run(*arguments: str, entered: Any = GOOD, at: At | None = None) -> int:
        return cloud.run(*arguments, entered=entered, at=at).code

    yield run(*POPULATE, "--dry-run")
    yield run(*POPULATE, entered={"openai": {"apiKey": ODD}})
    yield run(*POPULATE, entered={"kraken": {ODD: MARKER, "apiKey": [MARKER]}, MARKER: {}})
    yield cloud.commands.run("secrets", *POPULATE, "--env", "local", stdin=f'{{"kraken": {{"apiKey": "{MARKER}').code
    yield cloud.commands.run("secrets", *POPULATE, "--env", "local", stdin=f"KRAKEN_API_KEY {MARKER}").code
    yield cloud.commands.run("secrets", "populate", "--env", "local", "--only", MARKER).code
    cloud.interceptor.refused["PutSecretValue"] = "kraken"
    yield run(*POPULATE)
    yield run(*POPULATE, "--json")
    cloud.interceptor.refused.clear()
    yield run(*POPULATE, at=At(operation="PutSecretValue"))
    yield run(*POPULATE)
    yield run("status")
    yield run("status", "--json")
    yield run("verify")
    yield run("template", entered=None)
    later = {"kraken": LATER["kraken"] | {"apiSecret": VALUES["kraken"]["apiSecret"]}}
    for options in (["--from", "-"], ["--back"], ["--from", "-", "--dry-run"]):
        arguments = ["secrets", "rotate", "kraken", "--env", "local", "--yes", *options]
        yield cloud.commands.run(*arguments, stdin=json.dumps(later)).code


def test_a_marker_secret_is_seen_nowhere(cloud: SecretsCloud) -> None:
    codes = list(used(cloud))

    # Each did what it is here for; `template` takes no environment.
    assert codes == [0, 2, 2, 2, 2, 2, 6, 6, -9, 0, 0, 0, 5, 2, 0, 0, 0]
    assert cloud.stored()["kraken"] == VALUES["kraken"]
    files = [path for path in cloud.commands.folder.rglob("*") if path.is_file() and path.suffix != ".in"]
    assert len(files) > 2 * len(codes)
    assert {(path.name, form) for path in files for form in FORMS if form in contents(path)} == set()


def test_the_search_finds_what_it_looks_for(tmp_path: Path) -> None:
    hidden = [f"x{MARKER}y".encode(), *(base64.b64encode(b"x" * shift + MARKER.encode() + b"yz") for shift in range(3))]
    for content in (*hidden, json.dumps(ODD).encode(), quote(ODD).encode()):
        assert any(form in content for form in FORMS), content


def contents(path: Path) -> bytes:
    return path.read_bytes()
