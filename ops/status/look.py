"""What a status is made of, asked for at once: journal, hold, stacks, aliases, the site's files, alarms."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

from botocore.config import Config
from botocore.exceptions import ClientError

from environments import Environment
from lambda_src.journal import Journal, ReleaseRecord, journal_table_name
from lambda_src.verification.building.monitoring import TEST_ALARM
from ops.aws import explained, session
from ops.releases.read import nothing_deployed

_AT_ONCE: Final = 16
# A status that takes longer is of no use to anybody.
_CONFIG: Final = Config(
    connect_timeout=3, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 2},
    max_pool_connections=_AT_ONCE,
)  # fmt: skip
# The newest entries: what serves was released, or returned to, within them.
_ENTRIES: Final = 300
ALIAS: Final = "live"
# Of the environment's own region.
PARTS: Final = ("Network", "Data", "Secrets", "Release", "Operations")


@dataclass(frozen=True, kw_only=True)
class Seen:
    """As AWS has it now. `aliases`: function -> version, 0 where it is gone; `shifting`: functions with two versions.

    `stacks`: part -> its description, of those that exist; `hold`: the parameter's value; `alarms`: those that ring.
    """

    records: tuple[ReleaseRecord, ...]
    contents: dict[str, Any]
    hold: str | None
    stacks: dict[str, dict[str, Any]]
    aliases: dict[str, int]
    shifting: tuple[str, ...]
    site: dict[str, str]
    alarms: tuple[str, ...]


def look(environment: Environment) -> Seen:
    """Asks for everything at once.

    Raises:
        OperatorError: nothing is deployed (exit code 5), or AWS cannot be asked.
    """
    made = session(environment)
    names = ("dynamodb", "ssm", "cloudformation", "lambda", "s3", "cloudwatch")
    with explained(environment, f"asking how {environment.name} is"):
        # Made one after the other: boto3 does not make clients in several threads.
        clients: dict[str, Any] = {name: made.client(name, config=_CONFIG) for name in names}  # type: ignore[call-overload]
        with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
            journal = pool.submit(_records, environment, clients["dynamodb"])
            parameters = pool.submit(_parameters, environment, clients["ssm"])
            stacks = list(zip(PARTS, pool.map(_stack(environment, clients["cloudformation"]), PARTS), strict=True))
            alarms = pool.submit(_alarms, environment, clients["cloudwatch"])
            known = parameters.result()
            site = pool.submit(_site, clients["s3"], str(known["platform"].get("frontend_assets_bucket_id", "")))
            functions = sorted(known["functions"].get("lambda_function_names", {}).values())
            served = dict(zip(functions, pool.map(_served(clients["lambda"]), functions), strict=True))
            records = journal.result()
        if records is None:
            raise nothing_deployed(environment)
        return Seen(
            records=tuple(records),
            contents=known["contents"],
            hold=known["hold"].get("text"),
            stacks={part: stack for part, stack in stacks if stack is not None},
            aliases={name: version for name, (version, _) in served.items()},
            shifting=tuple(name for name, (_, shifting) in served.items() if shifting),
            site=site.result(),
            alarms=alarms.result(),
        )


def _records(environment: Environment, client: Any) -> list[ReleaseRecord] | None:
    try:
        return Journal(client, table=journal_table_name(environment.name)).records(limit=_ENTRIES)
    except client.exceptions.ResourceNotFoundException:
        return None


def _parameters(environment: Environment, client: Any) -> dict[str, dict[str, Any]]:
    """The manifest's sections that are needed, and the hold as `{"text": …}`; empty where there is none."""
    prefix = f"/acinaces/{environment.name}"
    sections = {f"{prefix}/manifest/{name}": name for name in ("platform", "functions", "contents")}
    answer = client.get_parameters(Names=[*sections, f"{prefix}/hold"])
    found = {item["Name"]: str(item["Value"]) for item in answer["Parameters"]}
    known: dict[str, dict[str, Any]] = {
        name: json.loads(found[path]) if path in found else {} for path, name in sections.items()
    }
    text = found.get(f"{prefix}/hold")
    return {**known, "hold": {"text": text} if text else {}}


def _stack(environment: Environment, client: Any) -> Callable[[str], dict[str, Any] | None]:
    def read(part: str) -> dict[str, Any] | None:
        try:
            stack: dict[str, Any] = client.describe_stacks(StackName=f"Acinaces-{environment.name}-{part}")["Stacks"][0]
        except ClientError as error:
            # How CloudFormation says that there is no such stack.
            if error.response["Error"]["Code"] != "ValidationError":
                raise
            return None
        return stack

    return read


def _served(client: Any) -> Callable[[str], tuple[int, bool]]:
    def read(function: str) -> tuple[int, bool]:
        try:
            alias = client.get_alias(FunctionName=function, Name=ALIAS)
        except client.exceptions.ResourceNotFoundException:
            return 0, False
        shifting = bool((alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights"))
        return int(alias["FunctionVersion"]), shifting

    return read


def _site(client: Any, bucket: str) -> dict[str, str]:
    if not bucket:
        return {}
    return dict(_versions(client, bucket))


def _versions(client: Any, bucket: str) -> Iterator[tuple[str, str]]:
    try:
        for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket):
            yield from ((item["Key"], item["VersionId"]) for item in page.get("Versions", []) if item["IsLatest"])
    except ClientError as error:
        # A bucket that is gone has no files; what the journal says about them shows it.
        if error.response["Error"]["Code"] != "NoSuchBucket":
            raise


def _alarms(environment: Environment, client: Any) -> tuple[str, ...]:
    pages = client.get_paginator("describe_alarms").paginate(
        AlarmNamePrefix=environment.resource_name(""), StateValue="ALARM", AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    found = [alarm for page in pages for kind in ("MetricAlarms", "CompositeAlarms") for alarm in page.get(kind, [])]
    names = {alarm["AlarmName"] for alarm in found}
    return tuple(sorted(names - {environment.resource_name(TEST_ALARM)}))
