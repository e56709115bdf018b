"""Pages, assets and configuration of the site."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from lambda_src.verification.specs.base import CheckSpec, UrlPath


class SiteCheck(CheckSpec):
    """A check of the site; the plan must name one."""

    @property
    def needs_site(self) -> bool:
        return True


class SitePageCheck(SiteCheck):
    """A page of the site: 200, HTML, never cached, built from this release's content."""

    kind: Literal["site_page"] = "site_page"
    path: UrlPath = "/"
    # Content of `<meta name="build-id">`; None does not look.
    build_id: str | None = None


class SiteAssetsCheck(SiteCheck):
    """Every asset that the pages name: 200, content type of its extension, cache header of its kind."""

    kind: Literal["site_assets"] = "site_assets"
    pages: tuple[UrlPath, ...] = Field(default=("/",), min_length=1)
    # Where Next.js puts what carries a hash of its content in its name, or this build's id in its path.
    hashed_prefixes: tuple[UrlPath, ...] = ("/_next/static/",)
    build_id: str | None = None
    # Looked at although no page may name them.
    also: tuple[UrlPath, ...] = ()


class SiteConfigCheck(SiteCheck):
    """The site's configuration file: these keys with these values, never cached."""

    kind: Literal["site_config"] = "site_config"
    path: UrlPath = "/config.json"
    expected: dict[str, str] = Field(min_length=1)
