"""One event of CloudFormation, as the gate reads it: old and broken ones too."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from lambda_src.verification.plan import Plan, PlanError

PROPERTIES_SCHEMA_VERSION: Final = "1"


@dataclass(frozen=True, kw_only=True)
class Request:
    """One event, as far as it could be read. Fields are empty where an old or broken event lacks them."""

    request_id: str
    environment: str
    release_id: str
    bucket: str
    prefix: str
    schema_version: str
    # The plan itself in events of older releases; else where it is, and what is filled in (`gate_plan`).
    plan_text: str
    # The SSM parameter that says what the release consists of; releases before it have none.
    contents_parameter: str
    stack_id: str = ""
    # The journal's table, and what it is to be told about; empty in releases before it.
    journal: str = ""
    functions: tuple[str, ...] = ()
    alias: str = ""
    site_bucket: str = ""
    plan_bucket: str = ""
    plan_key: str = ""
    plan_digest: str = ""
    plan_values: tuple[str, ...] = ()

    @classmethod
    def of(cls, event: Mapping[str, Any]) -> Request:
        """Reads anything; never raises."""
        properties = event.get("ResourceProperties")
        values: Mapping[str, Any] = properties if isinstance(properties, Mapping) else {}

        def text(key: str) -> str:
            value = values.get(key)
            return value if isinstance(value, str) else ""

        def texts(key: str) -> tuple[str, ...]:
            value = values.get(key)
            return tuple(str(item) for item in value) if isinstance(value, list) else ()

        return cls(
            request_id=key_part(str(event.get("RequestId") or "")),
            environment=text("Environment"),
            release_id=text("ReleaseId"),
            bucket=text("ReportBucket"),
            prefix=text("ReportPrefix"),
            schema_version=text("SchemaVersion"),
            plan_text=text("Plan"),
            contents_parameter=text("ContentsParameter"),
            stack_id=str(event.get("StackId") or ""),
            journal=text("Journal"),
            functions=texts("Functions"),
            alias=text("Alias"),
            site_bucket=text("SiteBucket"),
            plan_bucket=text("PlanBucket"),
            plan_key=text("PlanKey"),
            plan_digest=text("PlanDigest"),
            plan_values=texts("PlanValues"),
        )

    @property
    def folder(self) -> str:
        """Where all that belongs to this release is, in the report bucket; ends with a slash."""
        return f"{self.prefix}{key_part(self.release_id)}/"

    @property
    def report_key(self) -> str:
        """Where this request's report is, in the report bucket."""
        return f"{self.folder}{self.request_id}.json"

    @property
    def page_key(self) -> str:
        """The same report as a page."""
        return f"{self.folder}{self.request_id}.html"

    @property
    def run_id(self) -> str:
        """The same for every delivery of the request, so that a second one meets (and removes) the first one's rows."""
        return hashlib.sha256(self.request_id.encode()).hexdigest()[:12]

    def plan(self) -> Plan:
        """The plan of this request. Raises PlanError."""
        if self.schema_version != PROPERTIES_SCHEMA_VERSION:
            raise PlanError(
                f"properties of schema {self.schema_version!r}; this gate knows {PROPERTIES_SCHEMA_VERSION!r}"
            )
        return Plan.from_json(self.plan_text)


def key_part(text: str) -> str:
    """`text` as one part of an object key; never empty and never a path."""
    return re.sub(r"[^A-Za-z0-9._-]", "-", text)[:128].strip(".") or "unknown"
