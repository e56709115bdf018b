"""All steps, in the order in which they are reported."""

from __future__ import annotations

from typing import Final

from pull_request.checks import checkov, code, dependencies, materials, secrets, suites, templates
from pull_request.step import Step

STEPS: Final[tuple[Step, ...]] = (
    *templates.STEPS,
    *secrets.STEPS,
    *code.STEPS,
    *suites.STEPS,
    *checkov.STEPS,
    *dependencies.STEPS,
    *materials.STEPS,
)
