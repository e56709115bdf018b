"""A small environment on a bare emulator to roll back: functions, a site, a journal with two releases that passed."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import boto3
from botocore.config import Config

from environments import Environment, load_environment
from lambda_src.journal import EntryKind, Journal, JournalEntry, ReleaseState, journal_table_name
from lambda_src.operations.hold import Hold
from lambda_src.operations.hold import read as read_hold
from lambda_src.operations.lease import KEY as LEASE_KEY
from tests.support.embedded import function

ENVIRONMENT = "local"
BUCKET = "site-of-local"
POLICY = "default-src 'self'; script-src 'self' 'sha256-other'; style-src 'self'"
# Two releases of a site: the page of the newer needs a script of its own, and it has one page more.
OLD_SITE = {
    "_next/static/a.0123456789abcdef.js": "old",
    "config.json": "{}",
    "favicon.ico": "i",
    "index.html": "<script>old()</script>",
    "lists.html": "<p>lists",
}
NEW_SITE = {
    "_next/static/a.0123456789abcdef.js": "old",
    "_next/static/b.fedcba9876543210.js": "new",
    "config.json": '{"new": true}',
    "favicon.ico": "j",
    "index.html": "<script>new()</script>",
    "lists.html": "<p>new lists",
    "extra.html": "<p>extra",
}
TYPES = {"js": "application/javascript", "json": "application/json", "ico": "image/x-icon", "html": "text/html"}
OLD, NEW = "20260101T120000Z-aaaa", "20260102T120000Z-bbbb"


@dataclass(frozen=True)
class State:
    """What serves: function -> version, key -> text."""

    functions: dict[str, int]
    site: dict[str, str]


@dataclass
class World:
    """The environment `local` on the emulator at `url`."""

    url: str
    functions: tuple[str, ...] = field(default_factory=lambda: tuple(f"local-crypto-trading-f{n}" for n in range(12)))
    distribution: str = ""
    headers: str = ""
    version_ids: dict[str, dict[str, str]] = field(default_factory=dict)
    _clients: dict[str, Any] = field(default_factory=dict)

    @property
    def environment(self) -> Environment:
        return load_environment(ENVIRONMENT)

    def variables(self) -> dict[str, str]:
        """Point AWS clients at the emulator."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "000000000000",
            "AWS_SECRET_ACCESS_KEY": "none",
            "AWS_DEFAULT_REGION": "eu-central-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }

    @cached_property
    def session(self) -> boto3.Session:
        """Keeps the descriptions of services that it has read, also for forks."""
        return boto3.Session(
            aws_access_key_id="000000000000",
            aws_secret_access_key="none",
            region_name="eu-central-1",
        )

    def client(self, service: str) -> Any:
        if service not in self._clients:
            config = Config(retries={"total_max_attempts": 2})
            self._clients[service] = self.session.client(  # type: ignore[call-overload]
                service, endpoint_url=self.url, config=config
            )
        return self._clients[service]

    def build(self) -> None:
        """Makes everything, with the newer release serving."""
        self._build_functions()
        self._build_site()
        dynamodb = self.client("dynamodb")
        names = ("stream", "id")
        dynamodb.create_table(
            TableName=journal_table_name(ENVIRONMENT),
            KeySchema=[
                {"AttributeName": name, "KeyType": kind} for name, kind in zip(names, ("HASH", "RANGE"), strict=True)
            ],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in names],
            BillingMode="PAY_PER_REQUEST",
        )
        platform = {"frontend_assets_bucket_id": BUCKET, "cloudfront_distribution_id": self.distribution}
        self.client("ssm").put_parameter(
            Name="/acinaces/local/manifest/platform", Value=json.dumps(platform), Type="String"
        )
        self.write_releases()

    def _build_functions(self) -> None:
        client = self.client("lambda")
        for name in self.functions:
            client.create_function(
                FunctionName=name,
                Runtime="python3.11",
                Role="arn:aws:iam::000000000000:role/r",
                Handler="m.handler",
                Code={"ZipFile": function("def handler(e, c): return 1")},
                Publish=True,
            )
            client.update_function_code(
                FunctionName=name, ZipFile=function("def handler(e, c): return 2"), Publish=True
            )
            client.create_alias(FunctionName=name, Name="live", FunctionVersion="2")

    def _build_site(self) -> None:
        s3, cloudfront = self.client("s3"), self.client("cloudfront")
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        self.version_ids = {OLD: self.publish(OLD_SITE), NEW: self.publish(NEW_SITE)}
        self.headers = cloudfront.create_response_headers_policy(
            ResponseHeadersPolicyConfig={
                "Name": "headers",
                "SecurityHeadersConfig": {"ContentSecurityPolicy": {"Override": True, "ContentSecurityPolicy": POLICY}},
            }
        )["ResponseHeadersPolicy"]["Id"]
        self.distribution = cloudfront.create_distribution(
            DistributionConfig={
                "CallerReference": "one",
                "Comment": "",
                "Enabled": True,
                "Origins": {"Quantity": 1, "Items": [{"Id": "s", "DomainName": "s.s3.amazonaws.com"}]},
                "DefaultCacheBehavior": {
                    "TargetOriginId": "s",
                    "ViewerProtocolPolicy": "redirect-to-https",
                    "ResponseHeadersPolicyId": self.headers,
                },
            }
        )["Distribution"]["Id"]

    def publish(self, files: Mapping[str, str]) -> dict[str, str]:
        """Uploads what differs, and returns the version id of every key."""
        s3, there = self.client("s3"), self.site()
        for key, text in files.items():
            if there.get(key) != text:
                s3.put_object(Bucket=BUCKET, Key=key, Body=text.encode(), ContentType=TYPES[key.rpartition(".")[2]])
        versions = s3.list_object_versions(Bucket=BUCKET)["Versions"]
        return {item["Key"]: item["VersionId"] for item in versions if item["IsLatest"]}

    def journal(self) -> Journal:
        return Journal(self.client("dynamodb"), table=journal_table_name(ENVIRONMENT))

    def write_releases(self) -> None:
        """A release that failed, then two that passed: version 1 and the old site, version 2 and the new one."""
        self.release("20251231T120000Z-0000", "2025-12-31T12:00:00.000+00:00", "f" * 16, verdict="failed")
        for attempt, day, version, release_id in ((OLD, "01", 1, "a" * 16), (NEW, "02", 2, "b" * 16)):
            state = ReleaseState(
                functions=dict.fromkeys(self.functions, version), site=self.version_ids.get(attempt, {})
            )
            self.release(attempt, f"2026-01-{day}T12:00:00.000+00:00", release_id, state=state)

    def release(
        self, attempt: str, at: str, release_id: str, *, verdict: str = "passed", state: ReleaseState | None = None
    ) -> None:
        """Writes the entries of one attempt."""
        journal = self.journal()
        commit = release_id[:1] * 40
        started = {"release_id": release_id, "environment": ENVIRONMENT, "commit": commit, "author": "Ada"}
        judged: dict[str, Any] = {"release_id": release_id, "verdict": verdict}
        if state is not None:
            judged["state"] = state.model_dump()
        outcome = "released" if state is not None else "failed"
        for kind, body in (
            (EntryKind.STARTED, started),
            (EntryKind.JUDGED, judged),
            (EntryKind.FINISHED, {"outcome": outcome}),
        ):
            journal.append(JournalEntry(attempt=attempt, kind=kind, at=at, by="deployer", body=body))

    def forget(self, attempt: str) -> None:
        """Takes a release's entries out of the journal."""
        for entry in self.journal().entries(limit=None):
            if entry.attempt == attempt:
                self._remove(entry)

    def _remove(self, entry: JournalEntry) -> None:
        key = {"stream": {"S": "journal"}, "id": {"S": f"{entry.at}#{entry.attempt}#{entry.kind}"}}
        self.client("dynamodb").delete_item(TableName=journal_table_name(ENVIRONMENT), Key=key)

    def reset(self) -> None:
        """As `build` left it: the newer release serves, and nobody has rolled anything back."""
        for name, version in self.state().functions.items():
            if version != 2:
                self.serve(name, 2)
        self.publish(NEW_SITE)
        self._reset_policy()
        self.client("ssm").delete_parameters(Names=["/acinaces/local/hold"])
        dynamodb, table = self.client("dynamodb"), journal_table_name(ENVIRONMENT)
        for entry in self.journal().entries(limit=None):
            if entry.kind in (EntryKind.OPERATION, EntryKind.ROLLED_BACK) or "operation" in entry.body:
                self._remove(entry)
        dynamodb.delete_item(TableName=table, Key=LEASE_KEY)

    def serve(self, name: str, version: int, weights: Mapping[str, float] | None = None) -> None:
        """Points an alias somewhere by hand."""
        self.client("lambda").update_alias(
            FunctionName=name,
            Name="live",
            FunctionVersion=str(version),
            RoutingConfig={"AdditionalVersionWeights": dict(weights or {})},
        )

    def state(self) -> State:
        """What serves."""
        client = self.client("lambda")
        aliases = {name: client.get_alias(FunctionName=name, Name="live") for name in self.functions}
        assert not any((alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") for alias in aliases.values())
        return State(
            functions={name: int(alias["FunctionVersion"]) for name, alias in aliases.items()}, site=self.site()
        )

    def site(self) -> dict[str, str]:
        """The site's files."""
        s3 = self.client("s3")
        found = s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])
        return {item["Key"]: s3.get_object(Bucket=BUCKET, Key=item["Key"])["Body"].read().decode() for item in found}

    def hold(self) -> Hold | None:
        return read_hold(self.client("ssm"), ENVIRONMENT)

    def policy(self) -> str:
        """The distribution's content security policy."""
        answer = self._headers()["ResponseHeadersPolicyConfig"]
        return str(answer["SecurityHeadersConfig"]["ContentSecurityPolicy"]["ContentSecurityPolicy"])

    def _headers(self) -> Any:
        return self.client("cloudfront").get_response_headers_policy_config(Id=self.headers)

    def _reset_policy(self) -> None:
        if self.policy() == POLICY:
            return
        answer = self._headers()
        config = answer["ResponseHeadersPolicyConfig"]
        config["SecurityHeadersConfig"]["ContentSecurityPolicy"]["ContentSecurityPolicy"] = POLICY
        self.client("cloudfront").update_response_headers_policy(
            Id=self.headers, IfMatch=answer["ETag"], ResponseHeadersPolicyConfig=config
        )
