"""`python -m delivery`: what a build calls. `run STEP` runs one; `digest` says what was synthesised, `verify`
compares it; `matrix` and `stage NAME` tell GitHub's workflow."""

from __future__ import annotations

import argparse
import json
import os
import sys
from itertools import zip_longest
from pathlib import Path

from delivery.assembly import VARIABLE, difference, digest
from delivery.checks import ASSEMBLY, GITHUB_ROLE
from delivery.plan import DeliveryPlan, delivery_plan
from delivery.run import ROLE_VARIABLE, run_step, tell
from delivery.settings import DeliveryFileError
from environments import EnvironmentFileError

EXIT_USAGE = 2


def main(arguments: list[str] | None = None) -> int:
    """Returns the step's exit code; 0 also for a step that failed and is only reported."""
    parser = argparse.ArgumentParser(prog="python -m delivery", description="The steps of a pipeline.")
    parser.add_argument("action", choices=["run", "digest", "verify", "matrix", "stage"])
    parser.add_argument("name", nargs="?", default="")
    parser.add_argument("--pipeline", default="main")
    parser.add_argument("--take-role", action="store_true", help="take the step's role with the credentials at hand")
    chosen = parser.parse_args(arguments)
    if chosen.action in ("digest", "verify"):
        return _assembly(verify=chosen.action == "verify")
    try:
        plan = delivery_plan(chosen.pipeline)
        if chosen.action == "run":
            return _run(plan, chosen.name, take_role=chosen.take_role)
        lines = {"tests": json.dumps([step.name for step in plan.tests])} if chosen.action == "matrix" else None
        for key, value in (lines or _stage(plan, chosen.name)).items():
            sys.stdout.write(f"{key}={value}\n")
    except (DeliveryFileError, EnvironmentFileError) as error:
        sys.stderr.write(f"delivery: {error}\n")
        return EXIT_USAGE
    return 0


def _assembly(*, verify: bool) -> int:
    """What was synthesised into the folder where steps find it."""
    folder = Path(ASSEMBLY)
    if not verify:
        sys.stdout.write(digest(folder) + "\n")
        return 0
    problem = difference(folder, os.environ.get(VARIABLE))
    sys.stderr.write(f"delivery: {problem or f'{folder} is what was synthesised'}\n")
    return 1 if problem else 0


def _run(plan: DeliveryPlan, name: str, *, take_role: bool) -> int:
    step = next((step for step in plan.steps if step.name == name), None)
    if step is None:
        known = ", ".join(step.name for step in plan.steps)
        raise DeliveryFileError(f"the pipeline {plan.name} has no step {name!r}; it has {known}")
    variables = dict(os.environ)
    if take_role and step.environment:
        account = next(one.environment.aws.account for one in plan.stages if one.environment.name == step.environment)
        variables[ROLE_VARIABLE] = f"arn:aws:iam::{account}:role/{step.role}"
    outcome = run_step(step, variables=variables)
    tell(outcome)
    return outcome.exit_code if outcome.stops else 0


def _stage(plan: DeliveryPlan, name: str) -> dict[str, str]:
    """What a job for one environment needs, and which steps ask its account, before and after the deployment.

    The promotion to the next environment asks this one's account, so it is this one's last step.
    """
    for stage, following in zip_longest(plan.stages, plan.stages[1:]):
        environment = stage.environment
        if environment.name == name:
            next_one = following.before if following else ()
            after = (*stage.after, *(step for step in next_one if step.environment == name))
            return {
                "region": environment.aws.region,
                "role": f"arn:aws:iam::{environment.aws.account}:role/{GITHUB_ROLE.format(environment=name)}",
                "before": " ".join(step.name for step in stage.before if step.environment == name),
                "after": " ".join(step.name for step in after),
            }
    known = ", ".join(stage.environment.name for stage in plan.stages)
    raise DeliveryFileError(f"the pipeline {plan.name} has no environment {name!r}; it has {known}")


if __name__ == "__main__":
    sys.exit(main())
