"""Checks of the site's files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lambda_src.verification.specs.site import SiteAssetsCheck, SiteConfigCheck, SitePageCheck


def site_checks(
    pages: Sequence[str], build_id: str | None, config: Mapping[str, str], extra_assets: Sequence[str]
) -> list[SiteAssetsCheck | SiteConfigCheck | SitePageCheck]:
    checks: list[SiteAssetsCheck | SiteConfigCheck | SitePageCheck] = [
        SitePageCheck(
            name=f"site/page{page.rstrip('/').lower()}",
            group="site",
            remedy="The page is not this release's: look whether the publication of HTML and the invalidation ran.",
            path=page,
            build_id=build_id,
        )
        for page in pages
    ]
    return [
        *checks,
        SiteAssetsCheck(
            name="site/assets",
            group="site",
            remedy="A file that a page names is missing or has wrong headers: look at its publication group.",
            timeout_s=30,
            pages=tuple(pages),
            build_id=build_id,
            also=tuple(extra_assets),
        ),
        SiteConfigCheck(
            name="site/config",
            group="site",
            remedy="config.json belongs to another environment or is stale: look at its publication group.",
            expected=dict(config),
        ),
    ]
