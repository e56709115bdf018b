"""Which of the site's assets a release needs: those that its pages name, and what those name in turn."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

ASSETS: Final = "_next/static/"
_AT_ONCE: Final = 8
# Files that can name others. An image cannot.
_TEXT: Final = (".html", ".txt", ".json", ".js", ".mjs", ".css", ".map")
# A script may put a name together from its pieces; the piece that is made from the content stands in it whole.
_TOKEN: Final = re.compile(r"[0-9A-Za-z_~]{8,}")


def is_asset(key: str) -> bool:
    """Whether a key's name follows its content."""
    return key.startswith(ASSETS)


def needed(client: Any, bucket: str, site: Mapping[str, str], *, gone: Collection[str] = ()) -> set[str]:
    """The assets that the release with these files needs. `site`: key -> version id; `gone`: those that are not kept.

    Rather one too many than one too few: an asset whose name says nothing is needed. Raises what boto3 raises.
    """
    tokens = {key: _tokens(key) for key in site if is_asset(key)}
    found = {asset for asset, names in tokens.items() if not names}
    reading = {key for key in site if not is_asset(key)} | found
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        while reading:
            keys = [key for key in reading if key.endswith(_TEXT) and key not in gone]
            text = "\n".join(pool.map(lambda key: _read(client, bucket, key, site[key]), keys))
            reading = {asset for asset in tokens if asset not in found and any(name in text for name in tokens[asset])}
            found |= reading
    return found


def missed(client: Any, bucket: str, site: Mapping[str, str], gone: Iterable[str]) -> list[str]:
    """Of files that are `gone`, those that the release cannot do without; its list may name assets of older ones."""
    missing = list(gone)
    if not missing or not all(is_asset(key) for key in missing):
        return missing
    return sorted(needed(client, bucket, site, gone=missing) & set(missing))


def _tokens(asset: str) -> set[str]:
    """The parts of an asset's path that are made from its content or its build."""
    path = asset.removeprefix(ASSETS).rpartition(".")[0]
    return {token for token in _TOKEN.findall(path) if any(letter.isdigit() for letter in token)}


def _read(client: Any, bucket: str, key: str, version: str) -> str:
    answer = client.get_object(Bucket=bucket, Key=key, VersionId=version)
    return str(answer["Body"].read().decode("utf-8", errors="replace"))
