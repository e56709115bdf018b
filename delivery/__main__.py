"""`python -m delivery run STEP --pipeline NAME`: what each of CodeBuild's projects calls."""

from __future__ import annotations

import argparse
import sys

from delivery.plan import delivery_plan
from delivery.run import run_step, tell
from delivery.settings import DeliveryFileError
from environments import EnvironmentFileError

EXIT_USAGE = 2


def main() -> int:
    """Returns the step's exit code; 0 also for a step that failed and is only reported."""
    parser = argparse.ArgumentParser(prog="python -m delivery", description="Run one step of a pipeline.")
    parser.add_argument("action", choices=["run"])
    parser.add_argument("step")
    parser.add_argument("--pipeline", default="main")
    arguments = parser.parse_args()
    try:
        plan = delivery_plan(arguments.pipeline)
    except (DeliveryFileError, EnvironmentFileError) as error:
        sys.stderr.write(f"delivery: {error}\n")
        return EXIT_USAGE
    step = next((step for step in plan.steps if step.name == arguments.step), None)
    if step is None:
        known = ", ".join(step.name for step in plan.steps)
        sys.stderr.write(f"delivery: the pipeline {plan.name} has no step {arguments.step!r}; it has {known}\n")
        return EXIT_USAGE
    outcome = run_step(step)
    tell(outcome)
    return outcome.exit_code if outcome.stops else 0


if __name__ == "__main__":
    sys.exit(main())
