"""After a rollback of the whole release the schedules check what serves by its own plan, not by that which was left."""

from __future__ import annotations

import json
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from ops.surroundings import Surroundings

# What `stacks/operations.py` has the schedules read; the next release's gate stores its own there.
PLAN_KEY: Final = "releases/plan.json"


def check_by_plan_of(around: Surroundings, release_id: str) -> str:
    """Puts the stored plan of `release_id` where schedules read it; why that failed, empty where it did not."""
    name = f"/acinaces/{around.name}/manifest/release"
    try:
        section = json.loads(around.client("ssm").get_parameter(Name=name)["Parameter"]["Value"])
        bucket = str(section["report"]).removeprefix("s3://").partition("/")[0]
        source = f"{bucket}/releases/{release_id}/plan.json"
        around.client("s3").copy_object(Bucket=bucket, Key=PLAN_KEY, CopySource=source)
    except (ClientError, BotoCoreError, ValueError, KeyError) as error:
        return str(error)
    return ""
