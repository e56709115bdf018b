"""What a resolver answers for a name."""

from __future__ import annotations

from lambda_src.verification.addresses import parse_address, refusal
from lambda_src.verification.context import CheckContext
from lambda_src.verification.dns_queries import Unresolved, addresses
from lambda_src.verification.specs.dns import DnsResolutionCheck
from lambda_src.verification.verdicts import CheckProblem, Observation, Verdict


async def run(spec: DnsResolutionCheck, context: CheckContext) -> Observation:
    """Passed when every record type has an address, and all of them are addresses that the public can reach.

    A name that does not resolve may not have propagated: retried inside the window, then an error that says which
    record was expected.
    """
    found: dict[str, list[str]] = {}
    for record_type in spec.record_types:
        try:
            found[record_type] = await addresses(
                spec.host, record_type, resolver=context.targets.resolver, timeout_s=context.remaining_s
            )
        except Unresolved as problem:
            record = context.targets.expected_records.get(
                spec.host, f"{' and '.join(spec.record_types)} for {spec.host} in its hosted zone"
            )
            raise CheckProblem(
                f"{spec.host} has no {record_type} address: {problem}; expected record: {record}",
                verdict=Verdict.ERROR,
                retry=True,
            ) from None
    everything = [text for texts in found.values() for text in texts]
    refused = [reason for text in everything if (reason := _refusal(text, context))]
    if refused:
        raise CheckProblem(f"{spec.host} resolves to what the public cannot reach: {'; '.join(refused)}", retry=True)
    return Observation(
        verdict=Verdict.PASSED,
        message=f"{spec.host} resolves to {', '.join(everything)}",
        evidence={"resolver": context.targets.resolver or "system", **found},
    )


def _refusal(text: str, context: CheckContext) -> str | None:
    address = parse_address(text)
    return refusal(address, allow_loopback=context.targets.allow_loopback) if address else f"{text!r} is no address"
