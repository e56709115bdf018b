"""`make pipeline-local`: synthesis, matrix, and each environment in an account of its own; then the approval."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from delivery.assembly import VARIABLE, digest
from delivery.checks import ASSEMBLY
from delivery.plan import DeliveryPlan, StagePlan, delivery_plan
from delivery.step import Step
from local import deploy
from local.cloud import EmbeddedCloud
from local.edge.settings import EdgePorts
from local.pipeline import steps
from local.pipeline.steps import Ran
from local.pipeline.workspace import make_workspace
from local.progress import Progress
from local.state import ROOT
from local.tools import find_tools
from ops.errors import ExitCode, OperatorError

# Seconds; two regions take ten.
_PREPARE_LIMIT_S = 300


@dataclass(kw_only=True)
class Rehearsal:
    """What ran. `not_approved`: the environment that a person did not let through."""

    ran: list[Ran] = field(default_factory=list)
    deployed: list[str] = field(default_factory=list)
    not_approved: str | None = None
    seconds: float = 0.0

    def dump(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "steps": [one.dump() for one in self.ran],
            "deployed": self.deployed,
            "not_approved": self.not_approved,
            "seconds": round(self.seconds, 1),
        }


@dataclass(frozen=True, kw_only=True)
class Request:
    """`approve` is asked with an environment's name and what the steps have told, and answers for a person."""

    port: int
    state: Path
    pipeline: str
    approve: Callable[[str, list[str]], bool]


class Runner:
    """One run of one pipeline, on one cloud."""

    def __init__(self, request: Request, progress: Progress) -> None:
        self._request, self._progress = request, progress
        self._edge = EdgePorts.free()
        self._workspace = request.state / "workspace"
        self._search_path = find_tools().search_path
        self._digest = ""
        self.result = Rehearsal()

    def run(self) -> Rehearsal:
        """All of it; the cloud has ended afterwards.

        Raises:
            OperatorError: a step that stops, or a deployment, failed.
        """
        started = time.monotonic()
        cloud = self._cloud("000000000000")
        try:
            with self._progress.phase("Emulator, Redis and edge"):
                cloud.start()
            make_workspace(self._workspace, port=self._request.port, edge=self._edge, state=cloud.state)
            plan = delivery_plan(self._request.pipeline, directory=self._workspace / "environments")
            self._step(plan, plan.synth)
            self._digest = digest(self._workspace / ASSEMBLY)
            for step in plan.tests:
                # Tests are about the sources as they are, environments included.
                self._step(plan, step, folder=ROOT, once=True)
            for stage in plan.stages:
                if not self._stage(plan, stage):
                    break
        finally:
            cloud.stop()
            self.result.seconds = time.monotonic() - started
        return self.result

    def _cloud(self, account: str) -> EmbeddedCloud:
        return EmbeddedCloud(port=self._request.port, state=self._request.state, account=account, edge=self._edge)

    def _stage(self, plan: DeliveryPlan, stage: StagePlan) -> bool:
        """Whether the pipeline may go on."""
        environment = stage.environment
        cloud = self._cloud(environment.aws.account)
        # The edge changes to the account's names and certificates.
        cloud.start()
        with self._progress.phase(f"{environment.name}: prepare account {environment.aws.account}"):
            self._prepare(cloud, stage)
        told = [self._step(plan, step).summary for step in stage.before]
        if stage.approved_by_a_person and not self._request.approve(environment.name, [*self._reported(), *told]):
            self.result.not_approved = environment.name
            return False
        with self._progress.phase(f"{environment.name}: deploy what was synthesised"):
            self._deploy(cloud, environment.name)
        self.result.deployed.append(environment.name)
        for step in stage.after:
            self._step(plan, step)
        return True

    def _reported(self) -> list[str]:
        return [
            one.summary for one in self.result.ran if one.summary and not one.step.endswith(("-changes", "-promotion"))
        ]

    def _prepare(self, cloud: EmbeddedCloud, stage: StagePlan) -> None:
        """As a person does it once: policies, boundary, roles, then CDK's bootstrap."""
        name = stage.environment.name
        log = self._request.state / "logs" / f"{name}-bootstrap.log"
        command = [sys.executable, "-m", "ops", "bootstrap", "--env", name, "--yes"]
        variables = deploy.cdk_variables(os.environ, cloud=cloud, search_path=self._search_path)
        if steps.logged(command, folder=self._workspace, variables=variables, log=log, limit_s=_PREPARE_LIMIT_S):
            raise _failed(f"account {cloud.account} could not be prepared", log, "bootstrap-failed")

    def _deploy(self, cloud: EmbeddedCloud, name: str) -> None:
        assembly = str(self._workspace / ASSEMBLY / name)
        arguments = ["deploy", "--app", assembly, "--all", "--require-approval", "never", "--progress", "events"]
        outcome = deploy.cdk([*arguments, "--no-notices"], cloud=cloud, log=f"deploy-{name}", project=self._workspace)
        if not outcome.succeeded:
            raise _failed(f"{name} could not be deployed, and is as it was before", outcome.log, "deployment-failed")

    def _step(self, plan: DeliveryPlan, step: Step, *, folder: Path | None = None, once: bool = False) -> Ran:
        accounts = {stage.environment.name: stage.environment.aws.account for stage in plan.stages}
        cloud = self._cloud(accounts[step.environment]) if step.environment else None
        variables = {
            **steps.person_variables(self._search_path),
            **(cloud.variables() if cloud else {}),
            VARIABLE: self._digest,
        }
        run = steps.run_once if once else steps.run
        with self._progress.phase(step.name) as phase:
            ran = run(
                step,
                pipeline=plan.name,
                workspace=folder or self._workspace,
                logs=self._request.state / "logs",
                variables=variables,
            )
            phase.title = f"{step.name}{': passed before, for the same sources' if ran.before else ''}"
            self.result.ran.append(ran)
            if ran.stops:
                raise _failed(
                    f"the step {step.name} failed, and nothing after it ran", ran.log, "step-failed", ran.excerpt()
                )
        if not ran.passed:
            self._progress.console.print(
                f"  {step.name} failed: critical, and it does not stop the pipeline", markup=False
            )
        return ran


def _failed(message: str, log: Path | None, error: str, excerpt: list[str] | None = None) -> OperatorError:
    return OperatorError(
        message,
        error=error,
        next_step=f"read {log}, mend it, then: make pipeline-local",
        code=ExitCode.CHECK_FAILED,
        where=str(log or ""),
        why=" / ".join((excerpt or [])[-3:]),
    )
