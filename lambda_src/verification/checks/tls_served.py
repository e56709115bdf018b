"""What a name serves over TLS."""

from __future__ import annotations

from typing import Final

from lambda_src.verification.context import CheckContext
from lambda_src.verification.specs.tls import TlsServedCheck
from lambda_src.verification.tls_connection import served
from lambda_src.verification.verdicts import CheckProblem, Observation, Verdict

_GOOD: Final = frozenset({"TLSv1.2", "TLSv1.3"})


async def run(spec: TlsServedCheck, context: CheckContext) -> Observation:
    """Passed when chain and name verify, TLS 1.2 or better was negotiated and enough days are left."""
    found = await served(context, spec.host, spec.port)
    where = f"{spec.host}:{spec.port}"
    if found.protocol not in _GOOD:
        raise CheckProblem(f"{where} negotiated {found.protocol}; TLS 1.2 or better is needed")
    if found.days_left < spec.min_days_left:
        raise CheckProblem(
            f"{where}: the certificate ends on {found.certificate['notAfter']}, in {found.days_left} days; at least "
            f"{spec.min_days_left} are needed"
        )
    return Observation(
        verdict=Verdict.PASSED,
        message=f"{where}: {found.protocol}, certificate of {found.issuer} valid for {found.days_left} more days",
        latency_ms=found.latency_ms,
        evidence={
            "protocol": found.protocol,
            "cipher": found.cipher,
            "issuer": found.issuer,
            "names": found.names,
            "not_after": found.certificate["notAfter"],
            "days_left": found.days_left,
        },
    )
