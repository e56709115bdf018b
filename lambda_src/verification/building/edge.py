"""Checks of the site's front."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from lambda_src.verification.specs.edge import (
    AnyEdgeCheck,
    CorsCheck,
    DistributionCheck,
    HttpsRedirectCheck,
    SiteHeadersCheck,
    SiteNavigationCheck,
)


def edge_checks(
    *,
    site_host: str,
    site_url: str,
    pages: Sequence[str],
    distribution_id: str,
    cors_path: str,
    no_https_because: str | None = None,
) -> list[AnyEdgeCheck]:
    """`site_host` is the site's name without a port, `site_url` the origin that the API lets in.

    `no_https_because` says why the name is not served over HTTPS in this environment, where it is not.
    """
    parts = urlsplit(site_url)
    return [
        DistributionCheck(
            name="site/distribution",
            group="site",
            remedy=f"Look at it: aws cloudfront get-distribution --id {distribution_id}; if it was changed by hand, "
            "release again.",
            distribution_id=distribution_id,
            aliases=(site_host,),
        ),
        HttpsRedirectCheck(
            name="site/https-redirect",
            group="site",
            remedy="The distribution's default behaviour must have the viewer protocol policy redirect-to-https: "
            "release again.",
            host=site_host,
            paths=tuple(pages[:3]) or ("/",),
            skip_reason=no_https_because,
        ),
        CorsCheck(
            name="site/cors",
            group="site",
            remedy=f"The API must let in {site_url} and nobody else: compare CORS_ALLOW_ORIGIN of the functions and "
            "the API's OPTIONS methods with domain.site_url.",
            timeout_s=30,
            path=cors_path,
            origin=f"{parts.scheme}://{parts.netloc}" if parts.scheme else site_url,
        ),
        SiteNavigationCheck(
            name="site/navigation",
            group="site",
            remedy="The message names the page or the broken link: mend it in frontend/src, and release again.",
            pages=tuple(pages),
        ),
        SiteHeadersCheck(
            name="site/security-headers",
            group="site",
            remedy="The message names page and header: look at the response headers policy of the distribution.",
            timeout_s=20,
            paths=tuple(pages),
        ),
    ]
