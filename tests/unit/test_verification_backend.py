"""The release's plan against the real handlers: what the gate expects is what the platform answers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lambda_build.discovery import discover_handlers
from lambda_src.verification.plan import Plan
from lambda_src.verification.plans import Endpoint, SmokeTables, release_plan
from lambda_src.verification.verdicts import Verdict
from tests.faults.support.fake_aws import SECRET_ARN, FakeAws
from tests.faults.support.platform import BUILD_ID, TestPolicy
from tests.faults.support.runs import run
from tests.faults.support.server import Request, Server, Writer, answer
from tests.support.backend import Backend

HANDLERS = discover_handlers(Path(__file__).resolve().parents[2] / "lambda_src" / "handlers")


@pytest.fixture
def backend() -> Backend:
    return Backend()


@pytest.fixture
def server(backend: Backend) -> Iterator[Server]:
    async def serve(request: Request, writer: Writer) -> None:
        source = next(source for source in HANDLERS if request.path.startswith(source.spec.route))
        query = "&".join(f"{name}={value}" for name, value in request.query.items())
        path = f"{request.path}?{query}" if query else request.path
        body = request.body.decode() if request.body else None
        got = backend.call(source.path.stem, request.method, path, body=body, headers=request.headers)
        await answer(got.status, got.text, headers=got.headers)(request, writer)

    with Server(default=serve) as running:
        yield running


@pytest.fixture
def aws(backend: Backend) -> FakeAws:
    """AWS whose tables are the handlers' own, and whose clock is theirs."""
    tables = {"a": "templates", "b": "strategies", "c": "risk-profiles"}

    def item(*, TableName: str, Key: dict[str, dict[str, str]], **_: Any) -> dict[str, Any]:
        row = backend.store.get(tables[TableName], {name: value["S"] for name, value in Key.items()})  # type: ignore[arg-type]
        assert row is not None
        left_s = float(row["expiresAt"]) - backend.services.clock.now().timestamp()
        return {"Item": {"expiresAt": {"N": str(round(time.time() + left_s))}}}

    aws = FakeAws()
    aws.answers["dynamodb.get_item"] = item
    return aws


def plan(server: Server) -> Plan:
    """The plan as the release stack builds it from the handlers' declarations, without the site."""
    whole = release_plan(
        environment="local",
        api_url=server.url,
        site_url=server.url,
        endpoints=[
            Endpoint(
                function=source.name,
                category=source.spec.category,
                path=source.spec.check,
                critical=source.spec.critical,
                public=source.spec.public,
            )
            for source in HANDLERS
        ],
        build_id=BUILD_ID,
        smoke_tables=SmokeTables(templates="a", strategies="b", risk_profiles="c"),
        api_key_secret_arn=SECRET_ARN,
        policy=TestPolicy(),
    )
    return whole.model_copy(update={"checks": tuple(check for check in whole.checks if check.group != "site")})


def test_every_handler_passes_its_check_and_the_smoke_flow_works(server: Server, aws: FakeAws) -> None:
    report = run(plan(server), aws=aws)

    assert {result.name: result.message for result in report.checks if result.verdict != Verdict.PASSED} == {}
    assert report.counts["passed"] == len(report.checks)
    assert {f"api/{handler.name}" for handler in HANDLERS} <= {result.name for result in report.checks}


def test_the_smoke_flows_rows_expire_and_are_gone_when_it_ends(server: Server, backend: Backend, aws: FakeAws) -> None:
    run(plan(server), aws=aws)

    assert backend.store.rows("templates") == backend.store.rows("strategies") == []
    entries = backend.store.rows("audit")
    assert {entry["action"] for entry in entries} == {"created", "deleted"}
    assert all(entry["entityId"].startswith("smoke-") and "expiresAt" in entry for entry in entries)


def test_the_smoke_flow_can_be_repeated_with_the_same_ids(server: Server, aws: FakeAws) -> None:
    """A second delivery of the same CloudFormation request has the same run id."""
    reports = [run(plan(server), aws=aws) for _ in range(2)]

    assert [report.verdict for report in reports] == [Verdict.PASSED] * 2
