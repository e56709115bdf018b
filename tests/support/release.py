"""One environment on an embedded cloud, as a person at a terminal sees it: deploy, look, call, break, look again."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lambda_src.journal import Journal, ReleaseRecord
from lambda_src.journal import Outcome as Ended
from local.cloud import EmbeddedCloud
from local.deploy import Outcome, deploy
from local.loopback import Answer, request
from tests.support.project import copy_project

STACK = "Acinaces-local-Release"
PREFIX = "local-crypto-trading-"
# What the gate writes to; the audit table too.
TABLES = ("templates", "strategies", "risk-profiles", "data-sources", "providers", "orders", "audit")
GATE = "Custom::VerificationGate"
RECORD = "Custom::ReleaseRecord"


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """How one `cdk deploy` ended, and what it changed in the Release stack: logical id -> type."""

    outcome: Outcome
    changed: dict[str, str]

    @property
    def log(self) -> str:
        """All that cdk printed."""
        return self.outcome.log.read_text(encoding="utf-8")


@dataclass(frozen=True, kw_only=True)
class Installation:
    """A copy of the project and the cloud that it is deployed to."""

    cloud: EmbeddedCloud
    project: Path

    def deploy(self, *, release_only: bool = True, context: Mapping[str, str] | None = None) -> Deployment:
        """`cdk deploy`, of the Release stack alone unless said otherwise: the others have not changed."""
        since = datetime.now(UTC)
        outcome = deploy(
            cloud=self.cloud,
            project=self.project,
            stacks=["--exclusively", STACK] if release_only else [],
            context=context,
            time_limit_s=300,
        )
        return Deployment(outcome=outcome, changed=self.changed_since(since))

    def first(self) -> Deployment:
        """The deployment that `python -m local up` has made."""
        log = self.cloud.log("deploy")
        always = datetime.fromtimestamp(0, UTC)
        return Deployment(outcome=Outcome(exit_code=0, log=log, seconds=0), changed=self.changed_since(always))

    def changed_since(self, since: datetime) -> dict[str, str]:
        """What has changed in the Release stack since then: logical id -> type."""
        client = self.cloud.client("cloudformation")
        if STACK not in {stack["StackName"] for stack in client.list_stacks()["StackSummaries"]}:
            return {}
        pages = client.get_paginator("describe_stack_events").paginate(StackName=STACK)
        return {
            event["LogicalResourceId"]: event["ResourceType"]
            for page in pages
            for event in page["StackEvents"]
            if event["Timestamp"] >= since
            and event["ResourceType"] != "AWS::CloudFormation::Stack"
            # An old version leaves the template and stays as it is.
            and event["ResourceStatus"] != "DELETE_SKIPPED"
        }

    def outputs(self) -> dict[str, str]:
        """The Release stack's outputs."""
        (stack,) = self.cloud.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
        return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    def status(self) -> str:
        """The Release stack's status."""
        (stack,) = self.cloud.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
        return str(stack["StackStatus"])

    def aliases(self) -> dict[str, str]:
        """The version that `live` points at, by handler."""
        client = self.cloud.client("lambda")
        handlers = (self.project / "lambda_src" / "handlers").glob("[a-z]*.py")
        names = [path.stem.replace("_", "-") for path in handlers]
        return {
            name: client.get_alias(FunctionName=f"{PREFIX}{name}", Name="live")["FunctionVersion"] for name in names
        }

    def rows(self) -> dict[str, int]:
        """How many rows each table has; the count of blocked orders, which stands among the orders, is none."""
        client = self.cloud.client("dynamodb")
        return {
            table: len(
                [
                    row
                    for row in client.scan(TableName=f"{PREFIX}{table}")["Items"]
                    if not row.get("orderId", {}).get("S", "").startswith("counter#")
                ]
            )
            for table in TABLES
        }

    def reports(self) -> list[str]:
        """Keys of the gate's reports; their pages, plans, stacks and the history stand beside them."""
        bucket = self.outputs()["GateReport"].removeprefix("s3://").split("/")[0]
        pages = self.cloud.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="releases/")
        keys = (Path(item["Key"]) for page in pages for item in page.get("Contents", []))
        reports = (key for key in keys if key.suffix == ".json" and key.parent.name != "stacks")
        return sorted(str(key) for key in reports if key.stem not in ("plan", "history"))

    def report(self, key: str) -> Any:
        """One report."""
        bucket = self.outputs()["GateReport"].removeprefix("s3://").split("/")[0]
        return json.loads(self.cloud.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())

    def records(self) -> list[ReleaseRecord]:
        """The journal's records of the attempts that have ended, newest first, once the last one's end is told."""
        journal = Journal(self.cloud.client("dynamodb"), table=f"{PREFIX}journal")
        ends_at = time.monotonic() + 30
        while (records := journal.records())[0].outcome is Ended.RUNNING and time.monotonic() < ends_at:
            time.sleep(0.2)
        return records

    def api_key(self) -> str:
        """The key that clients send."""
        client = self.cloud.client("secretsmanager")
        return str(client.get_secret_value(SecretId="local/api-key")["SecretString"])

    def api(self, path: str, *, method: str = "GET", body: Any = None, key: str | None = None) -> Answer:
        """Calls the API by its name; with the API's key unless `key` is given ("" sends none)."""
        key = self.api_key() if key is None else key
        headers = {"content-type": "application/json", **({"x-api-key": key} if key else {})}
        data = None if body is None else json.dumps(body).encode()
        return request(f"{self.outputs()['ApiUrl']}{path}", method=method, headers=headers, body=data)

    def site(self, path: str) -> Answer:
        """Reads a page or file of the site by its name."""
        return request(f"{self.outputs()['SiteUrl']}{path}")

    def edit(self, path: str, old: str, new: str) -> None:
        """Replaces `old`, which must be there, in a source file of the copy."""
        file = self.project / path
        text = file.read_text(encoding="utf-8")
        if old not in text:
            raise AssertionError(f"{path} does not contain {old!r}")
        file.write_text(text.replace(old, new), encoding="utf-8")


def install(cloud: EmbeddedCloud, directory: Path) -> Installation:
    """A copy of the project in `directory`, whose environments are those that `cloud` was brought up with."""
    project = copy_project(directory)
    for path in cloud.state.environments.glob("*.toml"):
        shutil.copy2(path, project / "environments" / path.name)
    return Installation(cloud=cloud, project=project)
