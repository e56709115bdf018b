"""Deployments to a cloud by other commands: those that go on are waited for, those without their command are ended."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import psutil

from local import processes
from local.cloud import EmbeddedCloud
from ops.deploy import PARENT_VARIABLE

_WORDS = frozenset({"deploy", "bootstrap", "destroy"})
_POLL_S = 0.2


@dataclass(frozen=True)
class Deployment:
    """A cdk that is at work on the cloud; `left`: the command that started it has ended."""

    process: psutil.Process
    left: bool


def deployments(cloud: EmbeddedCloud) -> list[Deployment]:
    """Found by their environment: they name the cloud's address, whoever started them."""
    found = []
    for process in psutil.process_iter():
        try:
            words = process.cmdline()
            if not any("cdk" in word for word in words) or not _WORDS.intersection(words):
                continue
            variables = process.environ()
            if variables.get("AWS_ENDPOINT_URL") == cloud.url:
                command = variables.get(PARENT_VARIABLE, "")
                # Not by its parent alone: Node may be started through another process.
                living = {str(parent.pid) for parent in process.parents()}
                found.append(Deployment(process, left=command != "" and command not in living))
        except (psutil.Error, OSError):
            continue  # not ours to look at, or already gone
    pids = {deployment.process.pid for deployment in found}
    # One for each: Node's starter stands for Node.
    return [deployment for deployment in found if deployment.process.ppid() not in pids]


def settle(cloud: EmbeddedCloud, *, tell: Callable[[str], None], time_limit_s: float) -> None:
    """End the deployments that were left, and wait for the others."""
    for deployment in deployments(cloud):
        if deployment.left:
            tell(f"Ended a cdk (process {deployment.process.pid}) whose command had been killed")
            processes.stop([deployment.process])
    deadline = time.monotonic() + time_limit_s
    waited = False
    while (others := deployments(cloud)) and time.monotonic() < deadline:
        if not waited:
            tell(f"Waiting for another deployment to this cloud (process {others[0].process.pid})")
        waited = True
        time.sleep(_POLL_S)
