"""The site's front: distribution, redirect to HTTPS, other origins, links between pages, security headers."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from lambda_src.verification.specs.base import CheckSpec, UrlPath
from lambda_src.verification.specs.conditional import ConditionalCheck
from lambda_src.verification.specs.site import SiteCheck

# As browsers send it in `Origin`.
WebOrigin = Annotated[str, StringConstraints(pattern=r"^(null|https?://[^/?#]+|.*\$\{Token\[.+)$", max_length=300)]
Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]


class DistributionCheck(CheckSpec):
    """The CloudFront distribution is enabled, deployed, and answers to the site's name."""

    kind: Literal["distribution"] = "distribution"
    distribution_id: str = Field(min_length=1)
    aliases: tuple[str, ...] = Field(min_length=1)


class HttpsRedirectCheck(ConditionalCheck):
    """Plain HTTP on port 80 sends the browser to the same address over HTTPS."""

    kind: Literal["https_redirect"] = "https_redirect"
    host: str = Field(min_length=1, max_length=253)
    paths: tuple[UrlPath, ...] = Field(default=("/",), min_length=1)


class CorsCheck(CheckSpec):
    """Browsers let the site's pages call the API, and no other site's."""

    kind: Literal["cors"] = "cors"
    path: UrlPath
    origin: WebOrigin
    foreign_origins: tuple[WebOrigin, ...] = Field(
        default=("https://attacker.example", "null", "http://localhost:3000"), min_length=1
    )
    methods: tuple[Method, ...] = ("GET", "POST", "PUT", "DELETE")
    headers: tuple[str, ...] = ("content-type", "x-api-key")

    @property
    def needs_api_key(self) -> bool:
        return True

    @model_validator(mode="after")
    def _own_origin_is_not_foreign(self) -> Self:
        if self.origin in self.foreign_origins:
            raise ValueError(
                f"check {self.name!r}: {self.origin} is the site's own origin, and cannot be a foreign one"
            )
        return self


class SiteNavigationCheck(SiteCheck):
    """Every page is reached from `start` by following links, and every link on the way leads to a page."""

    kind: Literal["site_navigation"] = "site_navigation"
    start: UrlPath = "/"
    pages: tuple[UrlPath, ...] = Field(min_length=1)
    # Followed at most; a site with more pages needs a larger one.
    max_pages: int = Field(default=60, ge=1, le=500)
    timeout_s: float = Field(default=30, gt=0, le=120)


class SiteHeadersCheck(SiteCheck):
    """Pages and the page for unknown addresses carry the site's security headers."""

    kind: Literal["site_headers"] = "site_headers"
    paths: tuple[UrlPath, ...] = Field(default=("/",), min_length=1)
    # Seconds; half a year is the least that browsers' preload lists and scanners take for serious.
    min_hsts_s: int = Field(default=15_552_000, ge=1)


AnyEdgeCheck = DistributionCheck | HttpsRedirectCheck | CorsCheck | SiteNavigationCheck | SiteHeadersCheck
