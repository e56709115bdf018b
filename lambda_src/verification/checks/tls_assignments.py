"""Which certificates CloudFront and API Gateway carry."""

from __future__ import annotations

from typing import Final

from lambda_src.verification.calls import ask
from lambda_src.verification.context import CheckContext
from lambda_src.verification.specs.tls import TlsApiDomainCheck, TlsDistributionCheck
from lambda_src.verification.verdicts import CheckProblem, Observation, Verdict

# Policies that let clients below TLS 1.2 in; CloudFront's and API Gateway's own names.
_WEAK_DISTRIBUTION: Final = frozenset({"SSLv3", "TLSv1", "TLSv1_2016", "TLSv1.1_2016"})
_WEAK_API: Final = frozenset({"TLS_1_0"})


async def run_distribution(spec: TlsDistributionCheck, context: CheckContext) -> Observation:
    """Passed when the distribution answers for the host, with the expected certificate and no weak protocol."""
    what = f"distribution {spec.distribution_id}"
    answer = await ask(context, "cloudfront", "get_distribution", subject=spec.distribution_id, Id=spec.distribution_id)
    configuration = answer["Distribution"]["DistributionConfig"]
    aliases = [alias.lower() for alias in (configuration.get("Aliases") or {}).get("Items") or []]
    if spec.host.lower() not in aliases:
        raise CheckProblem(f"{what} answers for {', '.join(aliases) or 'no name of ours'}, and not for {spec.host}")
    viewer = configuration.get("ViewerCertificate") or {}
    _compare(what, carried=viewer.get("ACMCertificateArn"), expected=spec.certificate_arn)
    policy = viewer.get("MinimumProtocolVersion", "TLSv1")
    if policy in _WEAK_DISTRIBUTION:
        raise CheckProblem(f"{what} lets clients in from {policy} on; TLS 1.2 or better is needed")
    return _passed(what, spec.host, spec.certificate_arn, policy)


async def run_api_domain(spec: TlsApiDomainCheck, context: CheckContext) -> Observation:
    """Passed when the custom domain name carries the expected certificate and lets no weak protocol in."""
    what = f"API Gateway's domain name {spec.host}"
    domain = await ask(context, "apigateway", "get_domain_name", subject=spec.host, domainName=spec.host)
    carried = domain.get("regionalCertificateArn") or domain.get("certificateArn")
    _compare(what, carried=carried, expected=spec.certificate_arn)
    policy = domain.get("securityPolicy", "TLS_1_0")
    if policy in _WEAK_API:
        raise CheckProblem(f"{what} lets clients in from {policy} on; TLS_1_2 is needed")
    status = domain.get("domainNameStatus", "AVAILABLE")
    if status != "AVAILABLE":
        raise CheckProblem(f"{what} is {status}: {domain.get('domainNameStatusMessage', '')}".rstrip(": "), retry=True)
    return _passed(what, spec.host, spec.certificate_arn, policy)


def _compare(what: str, *, carried: str | None, expected: str) -> None:
    if carried != expected:
        raise CheckProblem(f"{what} carries {carried or 'no certificate of ours'}; expected: {expected}", retry=True)


def _passed(what: str, host: str, certificate_arn: str, policy: str) -> Observation:
    return Observation(
        verdict=Verdict.PASSED,
        message=f"{what} carries the environment's certificate, from {policy} on",
        evidence={"host": host, "certificate": certificate_arn, "policy": policy},
    )
