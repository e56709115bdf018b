"""F5: TLS error, expired certificate. F6: a name that does not resolve yet (at the engine's level)."""

from __future__ import annotations

import inspect
import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lambda_src.verification import plan as plan_module
from lambda_src.verification.engine import RunOptions
from lambda_src.verification.http import HttpClient
from lambda_src.verification.verdicts import Verdict
from tests.faults.support.runs import endpoint, only, plan_of, run
from tests.faults.support.server import Server, answer

CERTIFICATES = Path(__file__).parent / "support" / "certificates"
AUTHORITY = str(CERTIFICATES / "authority.pem")
HEALTHY = answer(200, {"status": "ok"})


@pytest.fixture
def tls_server() -> Iterator[Callable[[str], Server]]:
    """Starts a TLS server with one of the certificates."""
    running: list[Server] = []

    def start(certificate: str) -> Server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATES / f"{certificate}.pem", CERTIFICATES / "server-key.pem")
        running.append(Server(default=HEALTHY, tls=context).__enter__())
        return running[-1]

    yield start
    for server in running:
        server.__exit__()


def test_f05_a_valid_certificate_of_a_trusted_authority_passes(tls_server: Callable[[str], Server]) -> None:
    report = run(plan_of(tls_server("valid").url), extra_ca_file=AUTHORITY)

    assert only(report).verdict == Verdict.PASSED, only(report).message


@pytest.mark.parametrize(
    ("certificate", "authority", "told"),
    [
        ("expired", AUTHORITY, "certificate has expired"),
        ("other-name", AUTHORITY, "not valid for 'localhost'"),
        ("valid", None, "unable to get local issuer certificate"),
    ],
)
def test_f05_a_certificate_that_does_not_verify_fails_at_once(
    tls_server: Callable[[str], Server], certificate: str, authority: str | None, told: str
) -> None:
    server = tls_server(certificate)

    result = only(run(plan_of(server.url, consistency_window_s=30), extra_ca_file=authority))

    assert result.verdict == Verdict.FAILED
    assert result.message.startswith("TLS: ")
    assert told in result.message
    assert result.attempts == 1
    assert server.received == [], "nothing was sent over a connection that is not trusted"


def test_f05_a_server_that_does_not_speak_tls_fails(server: Server) -> None:
    server.greeting = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"
    plan = plan_of(server.url.replace("http://", "https://"))

    result = only(run(plan))

    assert result.verdict == Verdict.FAILED
    assert result.message.startswith("TLS: ")


def test_f05_there_is_no_switch_to_turn_verification_off() -> None:
    names = [
        *inspect.signature(HttpClient.__init__).parameters,
        *RunOptions.__dataclass_fields__,
        *plan_module.Plan.model_fields,
        *plan_module.Targets.model_fields,
        *plan_module.ApiEndpointCheck.model_fields,
    ]

    assert not [name for name in names if any(word in name for word in ("verify", "insecure", "tls", "ssl"))]


def _unknown(_host: str) -> list[str]:
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def test_f06_a_name_that_never_resolves_is_an_error_with_the_expected_record(server: Server) -> None:
    records = {"api.acinaces.example": "A (alias) for api.acinaces.example to the API"}
    plan = plan_of("https://api.acinaces.example", consistency_window_s=0.2, targets={"expected_records": records})

    result = only(run(plan, lookup=_unknown))

    assert result.verdict == Verdict.ERROR, "nothing could be measured"
    assert result.attempts >= 2, "retried inside the window"
    assert "expected record: A (alias) for api.acinaces.example to the API" in result.message


def test_f06_a_name_that_appears_inside_the_window_passes(server: Server) -> None:
    server.default = HEALTHY
    answers = iter([[], ["127.0.0.1"]])
    plan = plan_of(
        f"http://not-yet.localhost:{server.port}",
        consistency_window_s=10,
        targets={"connect_to": {f"not-yet.localhost:{server.port}": f"target.example:{server.port}"}},
    )

    result = only(run(plan, lookup=lambda _host: next(answers)))

    assert result.verdict == Verdict.PASSED, result.message
    assert result.attempts == 2


def test_a_refused_connection_is_retried_and_then_failed() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    # Closed again: nobody listens there.
    result = only(run(plan_of(f"http://localhost:{port}", endpoint(), consistency_window_s=0.2)))

    assert result.verdict == Verdict.FAILED
    assert result.attempts >= 2
    assert "no connection to" in result.message
