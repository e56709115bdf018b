"""What every check has, and the words that specifications are made of."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Criticality = Literal["critical", "advisory"]
# Where a check runs: inside a release, by a person's command, on a schedule.
Stage = Literal["gate", "validate", "schedule"]
EVERYWHERE: Final[tuple[Stage, ...]] = ("gate", "validate", "schedule")
OUTSIDE_RELEASES: Final[tuple[Stage, ...]] = ("validate", "schedule")
JsonType = Literal["object", "array", "string", "number", "integer", "boolean", "null", "any"]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9./_-]{0,99}$")]
UrlPath = Annotated[str, StringConstraints(pattern=r"^/[A-Za-z0-9._~/%?=&-]*$", max_length=500)]


class Frozen(BaseModel):
    """Immutable, and without unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class CheckSpec(Frozen):
    """What every check has."""

    # Whether the check creates rows; such a check is left out while a stack rolls back.
    writes: ClassVar[bool] = False

    kind: str
    name: Name
    group: Name
    criticality: Criticality = "critical"
    stages: tuple[Stage, ...] = Field(default=EVERYWHERE, min_length=1)
    # What to do when it does not pass; shown with the result.
    remedy: str = Field(min_length=1, max_length=500)
    # Seconds: one attempt, and all of them (None: the consistency window and two attempts).
    timeout_s: float = Field(default=10, gt=0, le=120)
    deadline_s: float | None = Field(default=None, gt=0, le=900)

    @property
    def needs_api_key(self) -> bool:
        """Whether the run must read the API key before this check starts."""
        return False

    @property
    def needs_site(self) -> bool:
        """Whether the plan must name a site."""
        return False
