"""Ends records, keeps the stacks of releases, and tells CloudWatch the figures of delivery.

Lambda handler: `lambda_src.journal.recorder.on_event`.

Called when CloudFormation tells of the release's stack or of Operations, and on a schedule: a release that goes on for
too long tells nobody, and rollbacks by people are written by others.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

from lambda_src.journal.closing import Clients, Where, close
from lambda_src.journal.delivery import Delivery, delivery
from lambda_src.journal.keeping import keep
from lambda_src.journal.store import Journal

NAMESPACE: Final = "Acinaces/Delivery"
# Figure -> (CloudWatch's name, its unit). Their alarms are in `constructs/delivery_alarms.py`.
FIGURES: Final = {
    "success_rate": ("SuccessRate", "Percent"),
    "change_failure_rate": ("ChangeFailureRate", "Percent"),
    "frequency_per_day": ("ReleasesPerDay", "Count"),
    "lead_time_s": ("LeadTime", "Seconds"),
    "time_to_restore_s": ("TimeToRestore", "Seconds"),
    "longest_s": ("ReleaseDuration", "Seconds"),
    "rollbacks_of_a_day": ("RollbacksOfADay", "Count"),
}


def on_event(event: Mapping[str, Any], _context: Any) -> dict[str, Any]:
    """Ends what has ended, keeps it, then publishes.

    Returns `closed` (attempts), `kept` (stacks) and the figures; raises boto3's.
    """
    where = Where(
        environment=os.environ["ENVIRONMENT"],
        stack=os.environ["RELEASE_STACK"],
        table=os.environ["JOURNAL"],
        contents_parameter=os.environ["CONTENTS_PARAMETER"],
    )
    clients = Clients(cloudformation=_client("cloudformation"), dynamodb=_client("dynamodb"), ssm=_client("ssm"))
    closed = close(where, clients)
    if closed:
        sys.stderr.write(f"complete: the record of {', '.join(closed)}\n")
    kept = _keep(clients, where) if event.get("source") == "aws.cloudformation" else []
    figures = delivery(Journal(clients.dynamodb, table=where.table).records(), now=datetime.now(UTC))
    _client("cloudwatch").put_metric_data(
        Namespace=NAMESPACE, MetricData=metric_data(figures, environment=where.environment)
    )
    return {"closed": closed, "kept": kept, "figures": figures.document()}


def _keep(clients: Clients, where: Where) -> list[str]:
    # The first part is enough: it says which release it is.
    contents = json.loads(clients.ssm.get_parameter(Name=where.contents_parameter)["Parameter"]["Value"])
    return keep(
        os.environ["STACKS"].split(","),
        release_id=contents["release_id"],
        bucket=os.environ["REPORT_BUCKET"],
        prefix=os.environ["REPORT_PREFIX"],
        cloudformation=clients.cloudformation,
        s3=_client("s3"),
    )


def metric_data(figures: Delivery, *, environment: str) -> list[dict[str, Any]]:
    """What is known of `figures`, as CloudWatch takes it."""
    return [
        {
            "MetricName": name,
            "Dimensions": [{"Name": "Environment", "Value": environment}],
            "Value": float(value),
            "Unit": unit,
        }
        for key, (name, unit) in FIGURES.items()
        if (value := getattr(figures, key)) is not None
    ]


@cache
def _client(service: str) -> Any:
    import boto3
    from botocore.config import Config

    config = Config(connect_timeout=3, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 3})
    return boto3.client(service, config=config)  # type: ignore[call-overload]
