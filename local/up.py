"""Bringing the cloud up: start, bootstrap, deploy with the gate, manifest. Each step looks what is there already."""

from __future__ import annotations

import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from environments import Environment, load_environment
from environments.loader import DIRECTORY
from local import addresses, deploy, orphans, sources, stacks
from local.cloud import EmbeddedCloud, last_lines
from local.diagnosis import GATE_TYPE, Diagnosis, diagnose
from local.edge.settings import AUTHORITY_FILE
from local.progress import Progress
from local.result import Result, recorded_types
from local.state import DEFAULT, ROOT, StateDirectory, read_json, write_json
from local.tools import find_tools
from ops.bootstrap.account import account_of, execution_options, put_access
from ops.errors import ExitCode, OperatorError

# What an interrupted command left the emulator at work on: its longest step is the gate.
SETTLE_LIMIT_S = 180.0
# Beginnings of what no release is made of.
_NOT_RELEASED = ("docs/", "tests/", "benchmarks/", "README.md")


@dataclass(frozen=True, kw_only=True)
class Request:
    """What to bring up: the port (None: the one that `local.toml` names) and the folders to use."""

    port: int | None = None
    state: Path = DEFAULT
    environments: Path = DIRECTORY
    manifests: Path = ROOT / "manifests"


class DeploymentFailedError(OperatorError):
    """The deployment did not succeed; `diagnosis` says what is known."""

    def __init__(self, message: str, *, error: str, diagnosis: Diagnosis, next_step: str, code: ExitCode) -> None:
        super().__init__(message, error=error, next_step=next_step, code=code)
        self.diagnosis = diagnosis


def bring_up(request: Request, progress: Progress) -> Result:
    """Start what does not run, deploy what has changed, and say where it is.

    Raises:
        OperatorError: with the fix and the exit code; DeploymentFailedError if cdk did not succeed.
    """
    started = time.monotonic()
    find_tools()
    port = request.port or addresses.declared_port(request.environments)
    cloud = _cloud(request, port, progress)
    orphans.settle(cloud, tell=progress.tell, time_limit_s=deploy.TIME_LIMIT_S)
    with progress.phase("Emulator, Redis and edge"):
        cloud.start()
    _make_deployable(cloud, progress)
    # After the start, which may clear the state folder that the copy lies in.
    folder = addresses.environments_at(
        port=port,
        source=request.environments,
        target=cloud.state.environments,
        edge=cloud.edge,
        authority=cloud.state.edge / AUTHORITY_FILE,
    )
    environment = load_environment(addresses.NAME, folder)
    wanted = _sources(folder)
    gate_ran = False
    if wanted and read_json(cloud.state.deployed) == _deployed(cloud, wanted):
        progress.tell("Nothing has changed since the last release: not deployed again")
    else:
        cloud.state.deployed.unlink(missing_ok=True)
        _bootstrap(cloud, environment, progress)
        gate_ran = _deploy(cloud, environments=folder, progress=progress)
        with progress.phase("Keep what the cloud holds"):
            cloud.keep()
            write_json(cloud.state.deployed, _deployed(cloud, wanted))
    with progress.phase("Manifest"):
        result = _result(
            cloud, environment, manifests=request.manifests, gate_ran=gate_ran, seconds=time.monotonic() - started
        )
    write_json(cloud.state.release, result.dump())
    return result


def _sources(environments: Path) -> str:
    """A digest of all that a release is made of; empty where git does not know the project, and it is made again."""
    try:
        return sources.digest(besides=[environments], without=_NOT_RELEASED)
    except (OSError, subprocess.CalledProcessError):
        return ""


def _deployed(cloud: EmbeddedCloud, wanted: str) -> dict[str, Any]:
    """What would be released, and the stacks as they are: a deployment by another command changes them."""
    found = {f"{stack.region}/{stack.name}": [stack.status, stack.changed] for stack in stacks.stacks(cloud)}
    return {"sources": wanted, "stacks": found}


def _cloud(request: Request, port: int, progress: Progress) -> EmbeddedCloud:
    aws = load_environment(addresses.NAME, request.environments).aws
    edge = addresses.edge_ports(port=port, source=request.environments, state=StateDirectory(path=request.state))
    return EmbeddedCloud(
        port=port,
        state=request.state,
        account=aws.account,
        region=aws.region,
        edge=edge,
        keeps=True,
        tell=progress.tell,
    )


def _make_deployable(cloud: EmbeddedCloud, progress: Progress) -> None:
    """Let the emulator end what it is at; go back to what was kept, or begin empty, where a stack cannot go on."""
    found = stacks.stacks(cloud)
    if any(stack.in_progress for stack in found):
        with progress.phase("Waiting for what an interrupted command has left at work"):
            found = stacks.settle(cloud, time_limit_s=SETTLE_LIMIT_S)
    for again, what in ((cloud.revert, "going back to what was kept"), (cloud.clear, "beginning with an empty cloud")):
        stuck = [stack for stack in found if stack.stuck or stack.in_progress]
        if not stuck:
            return
        with progress.phase(f"{stuck[0].name} is stuck in {stuck[0].status}: {what}"):
            again()
            cloud.start()
            found = stacks.stacks(cloud)


def _bootstrap(cloud: EmbeddedCloud, environment: Environment, progress: Progress) -> None:
    """The strict way, where the environment names a boundary: every deployment here shows that its grants suffice."""
    account = account_of(environment) if environment.aws.permissions_boundary else None
    if account is not None:
        # Its policies may have changed since.
        put_access(cloud.client("cloudformation"), account)
    missing = stacks.missing_bootstrap(cloud)
    if not missing:
        return
    since = time.time()
    with progress.phase(f"Bootstrap {' and '.join(missing)}"):
        outcome = deploy.bootstrap(
            cloud=cloud,
            regions=missing,
            options=execution_options(account) if account else (),
            on_line=lambda line: _tell(progress, line),
        )
        if not outcome.succeeded:
            raise _failure(cloud, outcome, what="the bootstrap", since=since)


def _deploy(cloud: EmbeddedCloud, *, environments: Path, progress: Progress) -> bool:
    """Deploy all stacks; returns whether the gate was called."""
    since, gate_ran = time.time(), False

    def on_line(line: str) -> None:
        nonlocal gate_ran
        event = deploy.parse_event(line)
        gate_ran = gate_ran or (event is not None and event.resource_type == GATE_TYPE)
        _tell(progress, line)

    with progress.phase("Build, synthesise and deploy"):
        outcome = deploy.deploy(
            cloud=cloud,
            environments=None if environments == DIRECTORY else environments,
            on_line=on_line,
        )
        if not outcome.succeeded:
            raise _failure(cloud, outcome, what="the deployment", since=since)
    return gate_ran


def _tell(progress: Progress, line: str) -> None:
    """One line of cdk's output as a note: stack events in short, other lines as they are."""
    event = deploy.parse_event(line)
    if event is not None:
        count = f" {event.done}/{event.total}" if event.done is not None else ""
        progress.note(f"{event.stack}{count} {event.resource_type} {event.what}")
    elif line.strip():
        progress.note(line.strip())


def _failure(cloud: EmbeddedCloud, outcome: deploy.Outcome, *, what: str, since: float) -> OperatorError:
    """What to raise for a run of cdk that did not succeed."""
    if not cloud.is_running():
        last = " / ".join(last_lines(cloud.log("emulator"), 2))
        return OperatorError(
            f"the emulator ended during {what}: {last}",
            error="emulator-ended",
            next_step=f"run `make local` again; log: {cloud.log('emulator')}",
        )
    diagnosis = diagnose(cloud, log=outcome.log, since=since)
    if outcome.timed_out:
        message = f"{what} took longer than {deploy.TIME_LIMIT_S:.0f} s and was ended"
        error, code = "deployment-timed-out", ExitCode.COULD_NOT_RUN
    elif diagnosis.by_gate:
        message = "the gate stopped the release, and CloudFormation put it back"
        error, code = "gate-failed", ExitCode.CHECK_FAILED
    elif diagnosis.by_settings:
        message = "nothing was deployed: synthesis refused the settings"
        error, code = "environment-file", ExitCode.USAGE
    elif diagnosis.by_synthesis:
        message = "nothing was deployed: the project could not be synthesised"
        error, code = "synthesis-failed", ExitCode.COULD_NOT_RUN
    else:
        message, error, code = f"{what} failed", "deployment-failed", ExitCode.COULD_NOT_RUN
    return DeploymentFailedError(
        message,
        error=error,
        diagnosis=diagnosis,
        next_step=f"mend what is named above, then `make local` again; log: {outcome.log}",
        code=code,
    )


def _result(
    cloud: EmbeddedCloud, environment: Environment, *, manifests: Path, gate_ran: bool, seconds: float
) -> Result:
    """Write the manifest, and gather what the screen shows."""
    from ops.manifest import write_manifest

    with cloud.selected():
        path, manifest = write_manifest(environment, manifests)
    return Result(
        site_url=environment.site_url,
        api_url=environment.api_url,
        api_key=manifest.api_key or "",
        verdict=manifest.verdict,
        summary=manifest.verification_summary,
        report=manifest.report,
        manifest=str(path),
        unchanged=not gate_ran,
        recorded=recorded_types(cloud),
        seconds=round(seconds, 1),
    )
