"""The flow of a client: create, read back, remove."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from lambda_src.verification.specs.base import CheckSpec, Frozen, UrlPath


class SmokeStep(Frozen):
    """One thing that the smoke flow creates. `body` values of the form `{name}` become the id of that earlier step."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
    path: UrlPath
    id_field: str
    # DynamoDB table, whose partition key is `id_field`.
    table: str = Field(min_length=1)
    body: dict[str, Any]


class SmokeFlowCheck(CheckSpec):
    """Create once, however often asked; read back, find the audit entries, delete; remove what is left by key.

    Audit entries are removed by DynamoDB alone, at the time in `expires_attribute`: no role may delete one.
    """

    writes: ClassVar[bool] = True

    kind: Literal["smoke_flow"] = "smoke_flow"
    steps: tuple[SmokeStep, ...] = Field(min_length=1)
    audit_path: UrlPath = "/api/audit"
    # The attribute by which DynamoDB removes what a run left; None does not look.
    expires_attribute: str | None = None
    timeout_s: float = Field(default=60, gt=0, le=120)
    # Seconds for one call of the flow.
    call_timeout_s: float = Field(default=10, gt=0, le=60)

    @property
    def needs_api_key(self) -> bool:
        return True

    @model_validator(mode="after")
    def _references_exist(self) -> Self:
        known = set[str]()
        for step in self.steps:
            if step.name in known:
                raise ValueError(f"two steps are called {step.name!r}")
            for key, value in step.body.items():
                if isinstance(value, str) and value.startswith("{") and value.strip("{}") not in known:
                    raise ValueError(f"step {step.name!r}: {key} refers to {value}, which no earlier step creates")
            known.add(step.name)
        return self
