"""A release on the embedded cloud, from the first one to the repaired one. The tests build on each other, in order."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.release import GATE, PREFIX, RECORD, TABLES, Deployment, Installation

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

CHECKED = {
    "/health": 200,
    "/health/detailed": 200,
    "/health/ready": 200,
    "/health/live": 200,
    "/api/templates": 200,
    "/api/strategies": 200,
    "/api/risk-profiles": 200,
    "/api/data-sources": 200,
    "/api/providers": 200,
    "/api/market-data": 200,
    "/api/ai-intelligence": 200,
    "/api/exchanges": 200,
    "/api/orders": 200,
    "/api/audit": 200,
}
ANSWER = "    return api.resolve(event, context)\n"
FUTURE = "from __future__ import annotations\n"
# What a broken handler does -> (its name, what its code is replaced by). All at once: each must be named.
BROKEN = {
    "answers 500": ("templates", ANSWER, '    return {"statusCode": 500, "body": "{}"}\n'),
    "answers garbage": (
        "data_sources",
        ANSWER,
        '    return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": "<html>"}\n',
    ),
    "hangs": ("providers", ANSWER, f"    import time\n    time.sleep(60)\n{ANSWER}"),
    "cannot be imported": ("exchanges", FUTURE, f"{FUTURE}import nope\n"),
}

ADD_OUTPUTS = "        self._add_outputs()\n"
# A custom resource of a function that does not exist.
LATE_FAILURE = """        cdk.CfnResource(
            self,
            "Late",
            type="Custom::Late",
            properties={
                "ServiceToken": f"arn:aws:lambda:{self.region}:{self.account}:function:nope",
                "ServiceTimeout": 60,
            },
        ).node.add_dependency(self.gate.resource)
"""


def test_the_first_release_passes_its_gate(installation: Installation, first: Deployment) -> None:
    assert first.outcome.succeeded, first.log[-4000:]
    outputs = installation.outputs()
    assert outputs["GateVerdict"] == "passed", outputs["GateSummary"]
    assert outputs["CdnInvalidation"].startswith("requested ")
    report = installation.report(outputs["GateReport"].split("/", 3)[3])
    assert {check["verdict"] for check in report["checks"]} == {"passed"}
    assert {check["group"] for check in report["checks"]} == {*("api", "data", "security", "site", "smoke", "trading")}


@pytest.mark.parametrize("path", CHECKED)
def test_every_endpoint_answers_a_client(installation: Installation, first: Deployment, path: str) -> None:
    assert installation.api(path).status == CHECKED[path]
    assert installation.api(path, key="").status == (200 if path.startswith("/health") else 403)


def test_detailed_health_sees_every_table_and_the_cache(installation: Installation, first: Deployment) -> None:
    health = json.loads(installation.api("/health/detailed").body)

    assert health["status"] == "healthy", health
    assert len(health["dataStores"]) >= len(TABLES) + 1


def test_the_site_is_served_with_its_headers(installation: Installation, first: Deployment) -> None:
    page = installation.site("/lists")
    config = installation.site("/config.json")

    assert page.status == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["cache-control"] == "no-cache, no-store, must-revalidate"
    assert json.loads(config.body)["NEXT_PUBLIC_ENVIRONMENT"] == "local"
    assert installation.site("/there-is-no-such-page").status == 404


def test_a_smoke_run_leaves_no_row_but_audit_entries_that_expire(installation: Installation, first: Deployment) -> None:
    """Audit entries are never deleted, by a smoke run as little as by any other caller."""
    entries = installation.cloud.client("dynamodb").scan(TableName=f"{PREFIX}audit")["Items"]

    assert {**installation.rows(), "audit": 0} == dict.fromkeys(TABLES, 0)
    assert entries
    assert all("expiresAt" in entry for entry in entries)


def test_what_a_client_writes_is_audited_and_can_be_activated(installation: Installation, first: Deployment) -> None:
    template = json.loads(installation.api("/api/templates", method="POST", body={"name": "Mean reversion"}).body)
    strategy = json.loads(
        installation.api(
            "/api/strategies", method="POST", body={"name": "Mine", "templateId": template["templateId"]}
        ).body
    )
    audit = json.loads(installation.api(f"/api/audit?entityId={strategy['strategyId']}").body)
    activation = installation.api(f"/api/strategies/{strategy['strategyId']}/activate", method="POST", body={})

    assert audit["count"] == 1
    assert activation.status == 202
    refused = installation.api("/api/orders", method="POST", body={"mode": "real"})
    assert refused.status in (403, 422)
    installation.api(f"/api/strategies/{strategy['strategyId']}", method="DELETE")
    installation.api(f"/api/templates/{template['templateId']}", method="DELETE")


def test_f01_broken_handlers_fail_the_release_and_everything_is_put_back(
    installation: Installation, first: Deployment
) -> None:
    before, reports = seen(installation), installation.reports()
    for handler, old, new in BROKEN.values():
        installation.edit(source(handler), old, new)
    installation.edit("frontend_deploy/config.py", '"features": {', '"broken": "release", "features": {')

    failed = installation.deploy()

    for handler, old, new in BROKEN.values():
        installation.edit(source(handler), new, old)
    installation.edit("frontend_deploy/config.py", '"broken": "release", ', "")
    assert not failed.outcome.succeeded
    for how, (handler, _, _) in BROKEN.items():
        assert f"api/{handler.replace('_', '-')} (" in failed.log, how
    assert "Report: s3://" in failed.log
    assert installation.status() == "UPDATE_ROLLBACK_COMPLETE"
    assert seen(installation) == before
    assert "broken" not in installation.site("/config.json").body.decode()
    judged = judgement(installation, reports)
    assert judged["verdict"] == "failed"
    # What still works has passed all the same: one failing endpoint does not stop the others.
    verdicts = {check["name"]: check["verdict"] for check in judged["checks"]}
    assert verdicts["api/audit"] == verdicts["site/page"] == "passed"


def test_f14_a_resource_that_fails_after_the_gate_finds_it_observing(
    installation: Installation, first: Deployment
) -> None:
    """The gate is called again with the old properties and must not fail the rollback."""
    before = seen(installation)
    installation.edit(source("templates"), ANSWER, f"    # Changed.\n{ANSWER}")
    installation.edit("stacks/release.py", ADD_OUTPUTS, ADD_OUTPUTS + LATE_FAILURE)

    failed = installation.deploy()

    installation.edit("stacks/release.py", LATE_FAILURE, "")
    assert not failed.outcome.succeeded
    assert installation.status() == "UPDATE_ROLLBACK_COMPLETE", failed.log[-4000:]
    assert seen(installation) == before
    latest = [installation.report(key) for key in installation.reports()]
    assert "rollback" in {report["kind"] for report in latest}


def test_the_repaired_release_touches_the_changed_handlers_version_and_alias_and_the_gate(
    installation: Installation, first: Deployment
) -> None:
    before = installation.aliases()

    repaired = installation.deploy()

    assert repaired.outcome.succeeded, repaired.log[-4000:]
    assert installation.outputs()["GateVerdict"] == "passed"
    after = installation.aliases()
    assert {name for name in after if after[name] != before[name]} == {"templates"}
    # The manifest's parameter names the new digest; the old version is retained and only leaves the template.
    assert set(repaired.changed.values()) == {
        "AWS::Lambda::Function",
        "AWS::Lambda::Version",
        "AWS::Lambda::Alias",
        "AWS::SSM::Parameter",
        RECORD,
        GATE,
    }
    assert len([kind for kind in repaired.changed.values() if kind not in (RECORD, GATE)]) <= 5


def test_the_code_before_it_is_released_again(installation: Installation, first: Deployment) -> None:
    """Its version was retained when the next one came, and the test above released what had been rolled back."""
    before = installation.aliases()
    installation.edit(source("templates"), f"    # Changed.\n{ANSWER}", ANSWER)

    again = installation.deploy()

    assert again.outcome.succeeded, again.log[-4000:]
    assert installation.outputs()["GateVerdict"] == "passed"
    after = installation.aliases()
    assert int(after.pop("templates")) > int(before.pop("templates"))
    assert after == before


def test_f18_the_gate_can_be_forced(installation: Installation, first: Deployment) -> None:
    reports = installation.reports()

    forced = installation.deploy(context={"gate.force": "again"})

    assert forced.outcome.succeeded, forced.log[-4000:]
    assert set(forced.changed.values()) <= {RECORD, GATE, "AWS::SSM::Parameter"}
    assert len(installation.reports()) > len(reports)


def test_every_attempt_is_in_the_journal(installation: Installation, first: Deployment) -> None:
    """What the tests above did, as the release itself and the recorder wrote it down."""
    records = installation.records()

    told = [(record.outcome.value, record.verdict, (record.error or {}).get("code")) for record in reversed(records)]
    assert told[-6:] == [
        ("released", "passed", None),
        ("rolled-back", "failed", "gate-failed"),
        # The gate had accepted it; a later resource failed.
        ("rolled-back", "passed", "deployment-failed"),
        ("released", "passed", None),
        ("released", "passed", None),
        ("released", "passed", None),
    ]
    newest = records[0]
    assert newest.state.functions == {
        f"{PREFIX}{name}": int(version) for name, version in installation.aliases().items()
    }
    assert "index.html" in newest.state.site
    assert [phase["name"] for phase in newest.phases] == ["deployment", "validation", "complete"]
    assert records[-1].duration_s


def source(handler: str) -> str:
    return f"lambda_src/handlers/{handler}.py"


def judgement(installation: Installation, earlier: list[str]) -> dict[str, Any]:
    """The report that the gate has written since there were `earlier` ones, and that judged."""
    new = [installation.report(key) for key in installation.reports() if key not in earlier]
    (judged,) = (report for report in new if report["kind"] != "rollback")
    return dict(judged)


def seen(installation: Installation) -> dict[str, object]:
    """What a client and an operator see of a release."""
    return {
        "aliases": installation.aliases(),
        "page": installation.site("/").body,
        "config": installation.site("/config.json").body,
        "templates": json.loads(installation.api("/api/templates").body),
        "rows": {table: count for table, count in installation.rows().items() if table != "audit"},
    }
