"""Old versions of TLS, which a server must refuse."""

from __future__ import annotations

import asyncio

from lambda_src.verification.client_hello import ANSWER_BYTES, Answer, client_hello, read_answer
from lambda_src.verification.context import CheckContext
from lambda_src.verification.specs.tls import TlsWeakProtocolsCheck, WeakProtocol
from lambda_src.verification.tls_connection import reason_of, served
from lambda_src.verification.verdicts import CheckProblem, Observation, Verdict


async def run(spec: TlsWeakProtocolsCheck, context: CheckContext) -> Observation:
    """Passed when the server answers a good client, and refuses each client that is limited to an old version."""
    where = f"{spec.host}:{spec.port}"
    try:
        # A server that answers nobody refuses everything, which says nothing.
        good = await served(context, spec.host, spec.port)
    except CheckProblem as problem:
        seen = problem.observation
        raise CheckProblem(
            f"not measured, because a good client is not served: {seen.message}",
            verdict=Verdict.ERROR,
            retry=seen.retry,
        ) from None
    answers: dict[str, str] = {}
    for protocol in spec.protocols:
        answer = await _offer(spec, protocol, context)
        if answer.accepted:
            raise CheckProblem(f"{where} accepts {protocol} ({answer.words}); it must refuse what is below TLS 1.2")
        if not answer.refused:
            raise CheckProblem(f"{where} was offered {protocol} and {answer.words}", verdict=Verdict.ERROR)
        answers[protocol] = answer.words
    return Observation(
        verdict=Verdict.PASSED,
        message=f"{where} refuses {' and '.join(spec.protocols)}, and serves {good.protocol}",
        latency_ms=good.latency_ms,
        evidence={"served": good.protocol, **answers},
    )


async def _offer(spec: TlsWeakProtocolsCheck, protocol: WeakProtocol, context: CheckContext) -> Answer:
    endpoint = (await context.http.endpoints(spec.host, spec.port))[0]
    try:
        async with asyncio.timeout(context.remaining_s):
            reader, writer = await asyncio.open_connection(endpoint.address, endpoint.port)
            try:
                writer.write(client_hello(spec.host, protocol))
                return read_answer(await _beginning(reader))
            finally:
                writer.transport.abort()
    except TimeoutError:
        message = f"{spec.host}:{spec.port} was offered {protocol} and did not answer in time"
        raise CheckProblem(message, verdict=Verdict.ERROR, retry=True) from None
    except OSError as exc:
        message = f"{spec.host}:{spec.port}: no connection to offer {protocol}: {reason_of(exc)}"
        raise CheckProblem(message, verdict=Verdict.ERROR, retry=True) from None


async def _beginning(reader: asyncio.StreamReader) -> bytes:
    """What the server sends first; empty where it closes or resets the connection."""
    try:
        # The shortest answer, an alert, has seven bytes.
        head = await reader.readexactly(7)
        return head if head[0] == 21 else head + await reader.read(ANSWER_BYTES - len(head))
    except asyncio.IncompleteReadError as exc:
        return exc.partial
    except ConnectionResetError:
        return b""
