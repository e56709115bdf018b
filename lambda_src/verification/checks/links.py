"""Links between the pages of a site."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit


class _LinkParser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.targets: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        target = attributes.get("href")
        if tag in ("a", "area") and target and "download" not in attributes:
            self.targets.append(target)


def links_to_pages(page_url: str, body: bytes) -> list[str]:
    """Paths on the page's own origin that its links lead to, each once, without fragments and queries."""
    parser = _LinkParser()
    parser.feed(body.decode("utf-8", errors="replace"))
    parser.close()
    origin = urlsplit(page_url)
    found = dict[str, None]()
    for target in parser.targets:
        try:
            absolute = urlsplit(urljoin(page_url, target))
        except ValueError:
            # Not an address at all: a browser does not follow it either.
            continue
        if (absolute.scheme, absolute.netloc) == (origin.scheme, origin.netloc):
            found[absolute.path or "/"] = None
    return list(found)
