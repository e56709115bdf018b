"""F39: no way to AWS. F40: redirects to private addresses, and other ways to them. F41: permissions that come late."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from lambda_src.verification.aws import AwsProblem, BotoAws
from lambda_src.verification.verdicts import Verdict
from tests.faults.support.cloudformation import CloudFormation, properties
from tests.faults.support.fake_aws import SECRET_ARN, FakeAws, refused
from tests.faults.support.platform import FakePlatform
from tests.faults.support.runs import endpoint, only, plan_of, run
from tests.faults.support.server import Server, answer, in_turn, redirect


@pytest.fixture
def other() -> Iterator[Server]:
    """A second server, which nobody may be sent to."""
    with Server(default=answer(200, {"status": "ok"})) as running:
        yield running


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/latest/meta-data/iam/security-credentials/",
        "http://[fd00:ec2::254]/latest/meta-data/",
        "http://10.0.0.5/admin",
        "http://[::ffff:169.254.169.254]/",
        "http://2852039166/latest/meta-data/",
        "http://0xa9fea9fe/",
        "//169.254.169.254/",
        "https://attacker.example/",
        "file:///etc/passwd",
        "gopher://localhost/",
    ],
)
def test_f40_a_redirect_elsewhere_is_blocked_and_fails(server: Server, location: str) -> None:
    server.default = redirect(location)

    result = only(run(plan_of(server.url, consistency_window_s=30)))

    assert result.verdict == Verdict.FAILED
    assert "refused" in result.message
    assert result.attempts == 1, "waiting does not make it allowed"


def test_f40_a_redirect_to_another_port_of_the_same_name_is_blocked(server: Server, other: Server) -> None:
    server.default = redirect(f"{other.url}/health")

    result = only(run(plan_of(server.url)))

    assert result.verdict == Verdict.FAILED
    assert "not a target of this plan" in result.message
    assert other.received == []


def test_f40_a_redirect_to_another_target_of_the_plan_is_blocked_too(server: Server) -> None:
    """It would carry the API's key to the site."""
    site = server.url.replace("localhost", "site.localhost")
    server.default = redirect(f"{site}/health")

    result = only(run(plan_of(server.url, targets={"site_url": site})))

    assert result.verdict == Verdict.FAILED
    assert "another host: refused" in result.message
    assert len(server.received) == 1


def test_f40_a_redirect_on_the_same_host_is_followed_but_not_forever(server: Server) -> None:
    server.on("GET", "/health", redirect("/moved"))
    server.on("GET", "/moved", answer(200, {"status": "ok"}))
    server.on("GET", "/round", redirect("/round"))

    report = run(plan_of(server.url, endpoint(), endpoint("/round", name="api/round")))

    assert [result.verdict for result in report.checks] == [Verdict.PASSED, Verdict.FAILED]
    assert "more than 3 redirects" in report.checks[1].message


@pytest.mark.parametrize(
    "address",
    ["169.254.169.254", "10.1.2.3", "172.16.0.1", "192.168.1.1", "127.0.0.1", "::1", "::ffff:10.0.0.1", "fd00:ec2::254",
     "fe80::1", "0.0.0.0", "100.64.0.1", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1"],  # noqa: S104 - an address to refuse
)  # fmt: skip
def test_f40_a_name_that_resolves_to_a_private_address_is_refused(address: str) -> None:
    plan = plan_of("https://api.acinaces.example").model_copy(deep=True)
    plan = plan.model_copy(update={"targets": plan.targets.model_copy(update={"allow_loopback": False})})

    result = only(run(plan, lookup=lambda _host: ["93.184.215.14", address]))

    assert result.verdict == Verdict.FAILED
    assert "api.acinaces.example was refused" in result.message


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "127.1", "[::ffff:127.0.0.1]", "[::1]", "127.0.0.1"])
def test_f40_addresses_spelled_in_unusual_ways_are_refused_as_targets(host: str) -> None:
    plan = plan_of(f"https://{host}")
    plan = plan.model_copy(update={"targets": plan.targets.model_copy(update={"allow_loopback": False})})

    result = only(run(plan))

    assert result.verdict == Verdict.FAILED
    assert "refused" in result.message


def test_f40_a_name_that_changes_its_address_between_question_and_connection_gains_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """DNS rebinding: a first, public answer is judged; the second one would be the private address."""
    asked: list[str] = []
    tried: list[Any] = []

    def rebinding(host: str) -> list[str]:
        asked.append(host)
        return ["93.184.215.14"] if len(asked) == 1 else ["127.0.0.1"]

    async def connect(*, addr_infos: Any, **_: Any) -> Any:
        tried.extend(info[4][0] for info in addr_infos)
        raise ConnectionRefusedError

    monkeypatch.setattr("aiohttp.connector.aiohappyeyeballs.start_connection", connect)
    plan = plan_of("https://rebinding.example")
    plan = plan.model_copy(update={"targets": plan.targets.model_copy(update={"allow_loopback": False})})

    result = only(run(plan, lookup=rebinding))

    assert result.verdict == Verdict.FAILED
    assert asked == ["rebinding.example"], "asked once for one attempt"
    assert tried == ["93.184.215.14"], "connected to the address that was judged"


def test_f40_an_address_that_changes_between_attempts_is_judged_again(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[Any] = []
    answers = iter([["93.184.215.14"], ["127.0.0.1"]])

    async def connect(*, addr_infos: Any, **_: Any) -> Any:
        tried.extend(info[4][0] for info in addr_infos)
        raise ConnectionRefusedError

    monkeypatch.setattr("aiohttp.connector.aiohappyeyeballs.start_connection", connect)
    monkeypatch.setattr("lambda_src.verification.resolver._KEEP_S", 0)
    plan = plan_of("https://rebinding.example")
    plan = plan.model_copy(update={"targets": plan.targets.model_copy(update={"allow_loopback": False})})

    result = only(run(plan, lookup=lambda _host: next(answers)))

    assert "127.0.0.1 is a loopback address" in result.message
    assert tried == []


def test_connect_to_goes_elsewhere_under_the_same_name(server: Server) -> None:
    server.default = answer(200, {"status": "ok"})
    plan = plan_of(
        "http://before-the-switch.localhost:8080",
        targets={"connect_to": {"before-the-switch.localhost:8080": f"localhost:{server.port}"}},
    )

    assert only(run(plan)).verdict == Verdict.PASSED
    assert server.received[0].headers["host"] == "before-the-switch.localhost:8080"


def test_f41_a_permission_that_comes_late_is_waited_for() -> None:
    """Through boto3 and the wire: AccessDenied twice, then the secret."""
    denied = answer(400, {"__type": "AccessDeniedException", "Message": "not yet"})
    granted = answer(200, {"SecretString": "the-key"})
    pauses: list[float] = []
    with Server(default=in_turn(denied, denied, granted)) as endpoint_of_aws:
        aws = BotoAws(sleep=pauses.append, client_options=_client(endpoint_of_aws.url))

        assert aws.secret(SECRET_ARN) == "the-key"

    assert pauses == [1.0, 2.0]


def test_f41_a_permission_that_never_comes_is_an_error_of_every_check_that_needs_it(
    cloudformation: CloudFormation, platform: FakePlatform, aws: FakeAws, latest: Any
) -> None:
    aws.faults["secret"] = refused()

    outcome = cloudformation.deliver("Create", properties(platform.plan().to_json()))

    assert outcome.status == "FAILED"
    verdicts = {check["name"]: check["verdict"] for check in latest()["checks"]}
    assert verdicts["api/templates"] == verdicts["smoke/trading-setup"] == "error"
    assert verdicts["api/health"] == verdicts["site/page"] == "passed", "the others were measured"
    assert "AccessDeniedException" in outcome.reason
    assert aws.calls["secret"] == 1, "asked once for all"


def test_f41_access_denied_is_given_up_after_its_time() -> None:
    denied = answer(400, {"__type": "AccessDeniedException", "Message": "never"})
    with Server(default=denied) as endpoint_of_aws:
        aws = BotoAws(sleep=lambda _s: None, access_denied_retry_s=0.05, client_options=_client(endpoint_of_aws.url))

        with pytest.raises(AwsProblem, match="AccessDeniedException: never") as problem:
            aws.secret(SECRET_ARN)

    assert problem.value.code == "AccessDeniedException"


def test_f39_no_way_to_aws_names_the_missing_endpoint() -> None:
    with Server() as gone:
        url = gone.url
    aws = BotoAws(client_options=_client(url))

    with pytest.raises(AwsProblem, match="interface endpoint for secretsmanager, or a NAT gateway"):
        aws.secret(SECRET_ARN)


def _client(url: str) -> dict[str, Any]:
    return {
        "endpoint_url": url,
        "region_name": "eu-central-1",
        "aws_access_key_id": "test",
        "aws_secret_access_key": "test",
    }
