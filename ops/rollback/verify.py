"""Verifying what serves after a rollback: the plan of the release that was gone back to."""

from __future__ import annotations

from typing import Final

from environments import Environment
from ops import validate
from ops.errors import ExitCode, OperatorError
from ops.rollback.work import Progress
from ops.validate import Watcher

# Groups of the plan by what was moved. Alarms need minutes to calm down, certificates and names were not touched.
_BACKEND: Final = ("api", "data", "trading")
_SITE: Final = ("site",)
GROUPS: Final = {"backend": _BACKEND, "frontend": _SITE, "release": (*_BACKEND, *_SITE)}


def verify(
    environment: Environment, scope: str, release_id: str, watcher: Watcher, progress: Progress
) -> tuple[str, ExitCode]:
    """Runs the checks of the release's plan that a rollback of `scope` can break; its verdict and exit code.

    What keeps them from running is a warning and exit code 3: the rollback stands.
    """
    try:
        live = validate.read_live(environment, release_id=release_id)
        known = {check.group for check in live.plan.checks if "validate" in check.stages}
        groups = [group for group in GROUPS[scope] if group in known]
        plan = validate.choose(live.plan, groups=groups, names=())
        report = validate.run(environment, live, plan, watcher)
    except OperatorError as error:
        progress.warn(f"not verified: {error}")
        return "not verified", ExitCode.COULD_NOT_RUN
    return report.verdict.value, validate.exit_code(report)
