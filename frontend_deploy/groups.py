"""Files of a site by the headers that they share, each group a folder of its own.

`BucketDeployment` sets one header set and uploads all that it is given; a group that has not changed is an asset that
has not changed, and is not touched.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from environments import Environment
from frontend_deploy.config import config_json
from frontend_deploy.folders import drop_unused, ensure_folder
from frontend_deploy.headers import CONFIG_PATH, FileHeaders, FileKind, headers_for
from frontend_deploy.page import read_page
from frontend_deploy.site import NOT_FOUND, BuiltSite

PUBLICATIONS = Path(".build") / "publication"


@dataclass(frozen=True, kw_only=True)
class ContentGroup:
    """Files with the same headers; `directory` holds them, and nothing else.

    `order`: groups of a lower order are published before groups of a higher one. `digest`: 32 hexadecimal digits,
    of headers, paths and content.
    """

    name: str
    content_type: str
    cache_control: str
    directory: Path
    files: tuple[str, ...]
    digest: str
    order: int


@dataclass(frozen=True, kw_only=True)
class Publication:
    """A site as it is published. `pages`: clean URLs, `/` first. `inline_script_hashes`: CSP sources, no quotes."""

    groups: tuple[ContentGroup, ...]
    digest: str
    build_id: str
    pages: tuple[str, ...]
    inline_script_hashes: tuple[str, ...]


def build_publication(site: BuiltSite, environment: Environment, *, root: Path) -> Publication:
    """Groups the files of `site` with the configuration of `environment`, below `root/.build/publication`.

    Order: hashed assets, the rest, configuration, pages (F21): a page is never there before what it needs.
    """
    contents = {path: (site.directory / path).read_bytes() for path in site.files()}
    contents[CONFIG_PATH] = config_json(environment)
    by_headers: dict[FileHeaders, list[str]] = defaultdict(list)
    for path in sorted(contents):
        by_headers[headers_for(path, build_id=site.build_id)].append(path)

    parent = root / PUBLICATIONS
    groups = sorted(
        (_group(headers, {path: contents[path] for path in paths}, parent) for headers, paths in by_headers.items()),
        key=lambda group: (group.order, group.name),
    )
    drop_unused(parent, keep={group.directory for group in groups})
    html = [path for path in contents if path.endswith(".html")]
    hashes = {found for path in html for found in read_page(contents[path].decode()).script_hashes}
    return Publication(
        groups=tuple(groups),
        digest=_digest(part for group in groups for part in (group.name, group.digest)),
        build_id=site.build_id,
        pages=tuple(sorted(clean_url(path) for path in html if path != NOT_FOUND)),
        inline_script_hashes=tuple(sorted(hashes)),
    )


def clean_url(path: str) -> str:
    """The address of a page's file, as clean_urls.js maps it back: `lists.html` -> `/lists`, `index.html` -> `/`."""
    return "/" if path == "index.html" else f"/{path.removesuffix('.html')}"


def _group(headers: FileHeaders, contents: dict[str, bytes], parent: Path) -> ContentGroup:
    parts = [headers.content_type, headers.cache_control]
    for path, content in contents.items():
        parts += [path, hashlib.sha256(content).hexdigest()]
    digest = _digest(parts)

    def fill(folder: Path) -> None:
        for path, content in contents.items():
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)

    return ContentGroup(
        name=_name(headers),
        content_type=headers.content_type,
        cache_control=headers.cache_control,
        directory=ensure_folder(parent / digest, fill),
        files=tuple(contents),
        digest=digest,
        order=list(FileKind).index(headers.kind),
    )


def _name(headers: FileHeaders) -> str:
    """Kind and subtype, e.g. `asset-javascript`. Part of a logical id: it must not depend on the group's content."""
    subtype = headers.content_type.partition(";")[0].partition("/")[2]
    return f"{headers.kind}-{re.sub(r'[^a-z0-9]+', '-', subtype)}"


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256(json.dumps(list(parts)).encode()).hexdigest()[:32]
