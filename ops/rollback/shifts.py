"""Stopping a shift of traffic that is under way (FAULTS F32): CodeDeploy would go on moving the aliases."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any, Final

_UNDER_WAY: Final = ("Created", "Queued", "InProgress", "Ready")


def stop_shifts(client: Any, functions: Collection[str]) -> list[str]:
    """Stops CodeDeploy's deployments of these functions and returns their ids. Raises what boto3 raises.

    CodeDeploy is told not to put back by itself: it is told where to go by the rollback.
    """
    stopped = []
    for deployment in _under_way(client):
        if _is_of(client, deployment, functions):
            client.stop_deployment(deploymentId=deployment, autoRollbackEnabled=False)
            stopped.append(deployment)
    return stopped


def _under_way(client: Any) -> Iterator[str]:
    for page in client.get_paginator("list_applications").paginate():
        for application in page["applications"]:
            groups = client.get_paginator("list_deployment_groups").paginate(applicationName=application)
            for group in (name for found in groups for name in found["deploymentGroups"]):
                pages = client.get_paginator("list_deployments").paginate(
                    applicationName=application, deploymentGroupName=group, includeOnlyStatuses=list(_UNDER_WAY)
                )
                yield from (deployment for found in pages for deployment in found["deployments"])


def _is_of(client: Any, deployment: str, functions: Collection[str]) -> bool:
    """Whether the deployment's specification names one of the functions."""
    info = client.get_deployment(deploymentId=deployment)["deploymentInfo"]
    revision = info.get("revision") or {}
    text = str((revision.get("string") or revision.get("appSpecContent") or {}).get("content") or "")
    # YAML or JSON: a whole name is looked for, whatever stands around it.
    names = set(re.findall(r"[A-Za-z0-9_-]+", text))
    return info.get("computePlatform") == "Lambda" and not names.isdisjoint(functions)
