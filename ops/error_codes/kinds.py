"""What is written down about a kind of error; each is a section of the runbook (MISSION M25)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """Where an error comes from."""

    ENVIRONMENT = "environment"
    DEPENDENCY = "dependency"
    CONFIGURATION = "configuration"
    TEST_FAILURE = "test failure"
    DEPLOYMENT = "deployment"
    VALIDATION = "validation"
    SECURITY = "security"
    MONITORING = "monitoring"


class Phase(StrEnum):
    """The phase of a deployment that it ends; `operation` is all that people do between deployments."""

    PREPARATION = "preparation"
    TESTING = "testing"
    DEPLOYMENT = "deployment"
    VALIDATION = "validation"
    COMPLETE = "complete"
    OPERATION = "operation"


@dataclass(frozen=True, kw_only=True)
class ErrorCode:
    """One kind of error.

    `recoverable`: the same command may succeed later without a change to code or settings, once the fix is done.
    `symptom` is what a person sees, `check` how to look, `fix` what to do: one exact command where there is one.
    `E` stands for the environment's name in commands.
    """

    code: str
    kind: Kind
    phase: Phase
    recoverable: bool
    symptom: str
    check: str
    fix: str
