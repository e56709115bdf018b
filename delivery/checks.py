"""What is done around each deployment: look first, show what grows, verify after. Each is a step of its own."""

from __future__ import annotations

from typing import Final

from delivery.step import Needs, Phase, Step
from environments import Environment

# Reads what doctor, the permission check and the promotion check ask; `ops.bootstrap` makes it, before any deployment.
PREFLIGHT_ROLE: Final = "acinaces-{environment}-preflight"
# Verifies what serves; the Operations stack makes it.
VALIDATION_ROLE: Final = "{environment}-crypto-trading-validation"
# What GitHub's workflow comes in by, where an environment allows it; `ops.bootstrap` makes it.
GITHUB_ROLE: Final = "acinaces-{environment}-github"
REPORTS: Final = "reports"
# What synthesis writes: an assembly per environment below it.
ASSEMBLY: Final = "cdk.out"


def preflight(environment: Environment) -> Step:
    """`acinaces doctor`: nothing is started where something is in the way."""
    name = environment.name
    return Step(
        name=f"{name}-preflight",
        phase=Phase.PREPARATION,
        commands=(f"python -m ops doctor --env {name}",),
        environment=name,
        role=PREFLIGHT_ROLE.format(environment=name),
    )


def changes(environment: Environment) -> Step:
    """What the deployment would change, new permissions first; those stop it where somebody has to agree to them.

    Where each deployment is approved by a person, that person sees them, and nobody is asked twice.
    """
    name = environment.name
    asks = environment.pipeline is not None and environment.pipeline.new_permissions == "ask"
    stops = " --stop-at-new-permissions" if asks and not environment.require_manual_approval else ""
    step = f"{name}-changes"
    return Step(
        name=step,
        phase=Phase.PREPARATION,
        commands=(
            # Also the approver's: what is shown here is what synthesis made, and nothing else is deployed.
            "python -m delivery verify",
            f"python -m ops changes --env {name} --assembly {ASSEMBLY}/{name}"
            f" --markdown {REPORTS}/{step}.md --summary {REPORTS}/{step}.summary{stops}",
        ),
        needs=Needs.ASSEMBLY,
        environment=name,
        role=PREFLIGHT_ROLE.format(environment=name),
        tells=True,
    )


def promotion(environment: Environment, before: Environment) -> Step:
    """Lets through only the very artefacts that run in the environment before, and passed there."""
    step = f"{environment.name}-promotion"
    return Step(
        name=step,
        phase=Phase.PREPARATION,
        commands=(
            f"python -m ops promotion --env {before.name} --to {environment.name}"
            f" --assembly {ASSEMBLY}/{environment.name} --summary {REPORTS}/{step}.summary",
        ),
        needs=Needs.ASSEMBLY,
        environment=before.name,
        role=PREFLIGHT_ROLE.format(environment=before.name),
        tells=True,
    )


def validation(environment: Environment) -> Step:
    """`acinaces validate`: all groups of checks, beyond what the gate had time for."""
    name = environment.name
    report = f"{REPORTS}/{name}-validation"
    return Step(
        name=f"{name}-validation",
        phase=Phase.VALIDATION,
        commands=(f"python -m ops validate --env {name} --junit {report}.xml --markdown {report}.md",),
        environment=name,
        role=VALIDATION_ROLE.format(environment=name),
    )
