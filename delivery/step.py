"""One step of a pipeline. It knows its commands, and nothing of CodeBuild or of a laptop."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Phase(StrEnum):
    """MISSION M25."""

    PREPARATION = "preparation"
    TESTING = "testing"
    DEPLOYMENT = "deployment"
    VALIDATION = "validation"


class Kind(StrEnum):
    """What a failure does: `BLOCKING` ends the execution, `REPORTED` is told to the approver and to people by mail."""

    BLOCKING = "blocking"
    REPORTED = "reported"


class Needs(StrEnum):
    """What is installed and mounted before the commands: the locked release packages, all packages, or also the
    synthesised assembly (in `cdk.out`) that is about to be deployed."""

    RELEASE = "release"
    DEVELOPMENT = "development"
    ASSEMBLY = "assembly"


@dataclass(frozen=True, kw_only=True)
class Step:
    """`commands` run one after another in the project's folder by bash; the first that fails fails the step.

    environment: the name of the one whose account is asked, with the role `role`; None: no account is needed.
    tells: it leaves `reports/NAME.summary`, a line or two that whoever approves the deployment reads.
    """

    name: str
    phase: Phase
    commands: tuple[str, ...]
    kind: Kind = Kind.BLOCKING
    critical: bool = True
    needs: Needs = Needs.RELEASE
    environment: str | None = None
    role: str | None = None
    tells: bool = False
    timeout_min: int = 30
