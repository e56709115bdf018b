"""A certificate in Certificate Manager."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from lambda_src.verification.calls import ask
from lambda_src.verification.context import CheckContext
from lambda_src.verification.specs.tls import TlsIssuedCheck
from lambda_src.verification.verdicts import CheckProblem, Observation, Verdict


async def run(spec: TlsIssuedCheck, context: CheckContext) -> Observation:
    """Passed when the certificate is issued, is for the host and has enough days left."""
    certificate = await _certificate(spec.certificate_arn, context)
    what = f"certificate {spec.certificate_arn}"
    if certificate.get("Status") != "ISSUED":
        raise CheckProblem(f"{what} is {certificate.get('Status')}, not ISSUED{_validation(certificate)}", retry=True)
    names = [certificate["DomainName"], *certificate.get("SubjectAlternativeNames", [])]
    if not covers(names, spec.host):
        raise CheckProblem(f"{what} is for {', '.join(dict.fromkeys(names))}, and not for {spec.host}")
    ends: datetime = certificate["NotAfter"]
    days = (ends - datetime.now(UTC)).days
    if days < spec.min_days_left:
        raise CheckProblem(
            f"{what} ends on {ends:%Y-%m-%d}, in {days} days; at least {spec.min_days_left} are needed"
            f" (renewal: {certificate.get('RenewalEligibility', 'unknown')})"
        )
    return Observation(
        verdict=Verdict.PASSED,
        message=f"{what} is issued for {spec.host} and valid for {days} more days",
        evidence={
            "certificate": spec.certificate_arn,
            "names": names,
            "not_after": f"{ends:%Y-%m-%d}",
            "days_left": days,
        },
    )


def covers(names: Iterable[str], host: str) -> bool:
    """Whether one of a certificate's names is `host`, or `*.` and all but its first label (RFC 6125)."""
    wanted = {host.lower(), f"*.{host.lower().partition('.')[2]}"}
    return any(name.lower() in wanted for name in names)


async def _certificate(arn: str, context: CheckContext) -> dict[str, Any]:
    # CloudFront's certificates live in us-east-1, whatever the environment's region is.
    region = arn.split(":")[3] if arn.count(":") >= 5 else None
    answer = await ask(context, "acm", "describe_certificate", subject=arn, region=region, CertificateArn=arn)
    certificate: dict[str, Any] = answer["Certificate"]
    return certificate


def _validation(certificate: dict[str, Any]) -> str:
    """The DNS records that Certificate Manager still waits for."""
    waiting = [
        f"{record['Name']} {record['Type']} {record['Value']}"
        for option in certificate.get("DomainValidationOptions", [])
        if option.get("ValidationStatus") != "SUCCESS" and (record := option.get("ResourceRecord"))
    ]
    return f"; expected record: {'; '.join(waiting)}" if waiting else ""
