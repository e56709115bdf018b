"""F5 for the checks of certificates: expired, ending, of another name, unknown issuer, weak protocols."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from lambda_src.verification.specs.tls import TlsIssuedCheck, TlsServedCheck, TlsWeakProtocolsCheck
from lambda_src.verification.verdicts import CheckResult, Verdict
from local.edge.authority import Authority
from local.edge.settings import AUTHORITY_FILE
from tests.faults.support.fake_aws import FakeAws
from tests.faults.support.runs import only, plan_of, run
from tests.faults.support.server import Server, answer
from tests.support.names import old_server_context, server_context

HOST = "door.localhost"
ARN = "arn:aws:acm:us-east-1:000000000000:certificate/1"
OLD = (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_2)
Start = Callable[[ssl.SSLContext | None], Server]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.load(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts servers, and ends them with the test."""
    running: list[Server] = []

    def started(tls: ssl.SSLContext | None) -> Server:
        running.append(Server(default=answer(200, "hello"), tls=tls).__enter__())
        return running[-1]

    yield started
    for server in running:
        server.__exit__()


def look(check: Any, *, port: int, authority: Authority | None, aws: FakeAws | None = None) -> CheckResult:
    """Runs one check against the server on `port`, which the plan finds by `connect_to`."""
    targets: dict[str, Any] = {"allowed_hosts": (f"{HOST}:443",), "connect_to": {f"{HOST}:443": f"127.0.0.1:{port}"}}
    if authority is not None:
        targets["authority_pem"] = authority_pem(authority)
    plan = plan_of("http://localhost:1", check, targets=targets, consistency_window_s=0.3)
    return only(run(plan, aws=aws))


def authority_pem(authority: Authority) -> str:
    return ssl.DER_cert_to_PEM_cert(authority.der)


def served(**changes: Any) -> TlsServedCheck:
    values: dict[str, Any] = {"name": "tls/served", "group": "tls", "host": HOST, "remedy": "Look.", "timeout_s": 5}
    return TlsServedCheck(**(values | changes))


def weak(**changes: Any) -> TlsWeakProtocolsCheck:
    values: dict[str, Any] = {"name": "tls/weak", "group": "tls", "host": HOST, "remedy": "Look.", "timeout_s": 5}
    return TlsWeakProtocolsCheck(**(values | changes))


def test_f05_a_good_certificate_passes_and_says_how_long_it_lasts(start: Start, authority: Authority) -> None:
    server = start(server_context(authority, HOST, days=60))

    result = look(served(), port=server.port, authority=authority)

    assert result.verdict == Verdict.PASSED, result.message
    assert result.evidence["days_left"] == 59
    assert result.evidence["names"] == [HOST]
    assert result.evidence["protocol"] in ("TLSv1.2", "TLSv1.3")


@pytest.mark.parametrize(
    ("names", "days", "trusted", "told"),
    [
        ((HOST,), -1, True, "certificate has expired"),
        (("other.localhost",), 60, True, "not valid for 'door.localhost'"),
        ((HOST,), 60, False, "certificate in certificate chain"),
        ((HOST,), 29, True, "in 28 days; at least 30 are needed"),
        ((HOST, "door.example.com"), 60, True, "permitted subtree violation"),
    ],
)
def test_f05_a_certificate_that_is_not_good_fails_at_once(
    start: Start, authority: Authority, names: tuple[str, ...], days: int, trusted: bool, told: str
) -> None:
    server = start(server_context(authority, *names, days=days))

    result = look(served(), port=server.port, authority=authority if trusted else None)

    assert result.verdict == Verdict.FAILED
    assert told in result.message
    assert result.attempts == 1, "waiting mends none of these"
    assert server.received == []


def test_f05_a_server_without_tls_fails(start: Start, authority: Authority) -> None:
    server = start(None)
    server.greeting = b"HTTP/1.1 400 Bad Request\r\n\r\n"

    result = look(served(), port=server.port, authority=authority)

    assert result.verdict == Verdict.FAILED
    assert f"{HOST}:443: TLS: " in result.message


def test_f05_a_server_that_hangs_up_during_the_handshake_is_said_to(authority: Authority) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def hang_up() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    # All that was sent is read first: closing with bytes unread would be a reset.
                    connection.recv(4096)
                    connection.close()

        threading.Thread(target=hang_up, daemon=True).start()
        result = look(served(), port=listener.getsockname()[1], authority=authority)

    assert result.verdict == Verdict.FAILED
    assert result.message == f"{HOST}:443: no TLS connection: the server closed the connection"


def test_f05_a_server_that_speaks_old_versions_only_is_refused(start: Start, authority: Authority) -> None:
    server = start(old_server_context(authority, HOST, versions=(ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1)))

    result = look(served(), port=server.port, authority=authority)

    assert result.verdict == Verdict.FAILED


def test_f05_a_server_that_refuses_old_versions_passes(start: Start, authority: Authority) -> None:
    server = start(server_context(authority, HOST))

    result = look(weak(), port=server.port, authority=authority)

    assert result.verdict == Verdict.PASSED, result.message
    assert set(result.evidence) == {"served", "TLSv1", "TLSv1.1"}


@pytest.mark.parametrize(("least", "told"), [(ssl.TLSVersion.TLSv1, "TLSv1 "), (ssl.TLSVersion.TLSv1_1, "TLSv1.1 ")])
def test_f05_a_server_that_accepts_an_old_version_fails(
    start: Start, authority: Authority, least: ssl.TLSVersion, told: str
) -> None:
    server = start(old_server_context(authority, HOST, versions=(least, ssl.TLSVersion.TLSv1_2)))

    result = look(weak(), port=server.port, authority=authority)

    assert result.verdict == Verdict.FAILED, result.message
    assert f"accepts {told}" in result.message


def test_f05_a_server_that_answers_nobody_has_not_refused_anything(authority: Authority, start: Start) -> None:
    server = start(None)
    server.greeting = b"x"

    result = look(weak(), port=server.port, authority=authority)

    assert result.verdict == Verdict.ERROR
    assert result.message.startswith("not measured")


def test_f05_a_target_that_the_plan_does_not_name_is_refused(start: Start, authority: Authority) -> None:
    server = start(server_context(authority, HOST))

    result = look(served(host="elsewhere.localhost"), port=server.port, authority=authority)

    assert result.verdict == Verdict.FAILED
    assert "not a target of this plan" in result.message


@pytest.mark.parametrize(
    ("changes", "verdict", "told"),
    [
        ({}, Verdict.PASSED, "valid for 89 more days"),
        ({"DomainName": "*.localhost", "SubjectAlternativeNames": []}, Verdict.PASSED, "is issued for"),
        ({"NotAfter": datetime.now(UTC) + timedelta(days=29, hours=1)}, Verdict.FAILED, "in 29 days; at least 30"),
        ({"NotAfter": datetime.now(UTC) - timedelta(days=1)}, Verdict.FAILED, "at least 30 are needed"),
        (
            {"DomainName": "other.localhost", "SubjectAlternativeNames": []},
            Verdict.FAILED,
            "and not for door.localhost",
        ),
        (
            {
                "Status": "PENDING_VALIDATION",
                "DomainValidationOptions": [
                    {
                        "ValidationStatus": "PENDING_VALIDATION",
                        "ResourceRecord": {"Name": "_a", "Type": "CNAME", "Value": "_b"},
                    }
                ],
            },
            Verdict.FAILED,
            "is PENDING_VALIDATION, not ISSUED; expected record: _a CNAME _b",
        ),
    ],
)
def test_f05_an_issued_certificate_is_judged_by_what_certificate_manager_says(
    aws: FakeAws, changes: dict[str, Any], verdict: Verdict, told: str
) -> None:
    certificate = {
        "Status": "ISSUED",
        "DomainName": HOST,
        "SubjectAlternativeNames": [HOST],
        "NotAfter": datetime.now(UTC) + timedelta(days=89, hours=1),
    }
    aws.answers["acm.describe_certificate"] = lambda **_: {"Certificate": certificate | changes}
    check = TlsIssuedCheck(name="tls/issued", group="tls", host=HOST, certificate_arn=ARN, remedy="Look.")

    result = look(check, port=1, authority=None, aws=aws)

    assert result.verdict == verdict, result.message
    assert told in result.message
    assert aws.regions["acm.describe_certificate"] == "us-east-1", "where the certificate lives"


def test_f05_the_authoritys_certificate_is_all_that_a_plan_takes(tmp_path: Path) -> None:
    Authority.load(tmp_path)
    key = (tmp_path / "authority.key").read_text(encoding="ascii")
    certificate = (tmp_path / AUTHORITY_FILE).read_text(encoding="ascii")

    assert plan_of("http://localhost:1", targets={"authority_pem": certificate})
    for text in (key, key + certificate, "nothing"):
        with pytest.raises(ValueError, match="authority_pem must hold certificates"):
            plan_of("http://localhost:1", targets={"authority_pem": text})
