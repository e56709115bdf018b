"""The CloudFront distribution behind the site."""

from __future__ import annotations

from lambda_src.verification.calls import ask
from lambda_src.verification.context import CheckContext
from lambda_src.verification.specs.edge import DistributionCheck
from lambda_src.verification.verdicts import CheckProblem, Observation, Verdict


async def run(spec: DistributionCheck, context: CheckContext) -> Observation:
    """Passed when it is enabled, its last change is deployed everywhere, and it knows the site's name."""
    what = f"distribution {spec.distribution_id}"
    answer = await ask(context, "cloudfront", "get_distribution", subject=what, Id=spec.distribution_id)
    distribution = answer["Distribution"]
    config = distribution["DistributionConfig"]
    if not config["Enabled"]:
        raise CheckProblem(f"{what} is disabled")
    aliases = set((config.get("Aliases") or {}).get("Items") or ())
    missing = [alias for alias in spec.aliases if alias not in aliases]
    if missing:
        raise CheckProblem(f"{what} does not answer to {', '.join(missing)}, only to {', '.join(sorted(aliases))}")
    if distribution["Status"] != "Deployed":
        # Takes minutes; until then some of CloudFront's places still have the former configuration.
        raise CheckProblem(f"{what} is {distribution['Status']}, not Deployed", retry=True)
    return Observation(
        verdict=Verdict.PASSED,
        message=f"{what} is enabled and deployed",
        evidence={"domain_name": distribution.get("DomainName", ""), "aliases": sorted(aliases)},
    )
