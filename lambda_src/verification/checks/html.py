"""What a page of the site names: its build and its assets."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Final
from urllib.parse import urljoin, urlsplit

# `<link>` relations that name a file of the page; the others (canonical, alternate, preconnect, …) are not assets.
_ASSET_RELATIONS: Final = frozenset(
    {"stylesheet", "icon", "apple-touch-icon", "mask-icon", "preload", "modulepreload", "manifest", "prefetch"}
)
_SOURCES: Final = {"script": "src", "img": "src", "source": "src", "video": "src", "audio": "src", "embed": "src"}


class PageParser(HTMLParser):
    """Reads `<meta name="build-id">` and the addresses of assets, as written in the page."""

    def __init__(self) -> None:
        super().__init__()
        self.build_id: str | None = None
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Called by HTMLParser for every opening tag."""
        attributes = {name: value or "" for name, value in attrs}
        if tag == "meta" and attributes.get("name") == "build-id":
            self.build_id = attributes.get("content")
        if tag == "link" and _ASSET_RELATIONS & set(attributes.get("rel", "").lower().split()):
            self._add(attributes.get("href"))
        if tag in _SOURCES:
            self._add(attributes.get(_SOURCES[tag]))
        for candidate in attributes.get("srcset", "").split(","):
            self._add(candidate.split()[0] if candidate.split() else None)

    def _add(self, address: str | None) -> None:
        if address and not address.lower().startswith(("data:", "blob:", "about:")):
            self.addresses.append(address)


def read_page(body: bytes) -> PageParser:
    """Parses a page; broken HTML gives what can be read of it."""
    parser = PageParser()
    parser.feed(body.decode("utf-8", errors="replace"))
    parser.close()
    return parser


def own_assets(page_url: str, addresses: list[str]) -> tuple[list[str], list[str]]:
    """Splits addresses named by the page at `page_url` into paths on the same origin and foreign addresses."""
    origin = urlsplit(page_url)
    own, foreign = dict[str, None](), dict[str, None]()
    for address in addresses:
        absolute = urlsplit(urljoin(page_url, address))
        if (absolute.scheme, absolute.netloc) == (origin.scheme, origin.netloc):
            own[absolute.path + (f"?{absolute.query}" if absolute.query else "")] = None
        else:
            foreign[absolute.geturl()] = None
    return list(own), list(foreign)
