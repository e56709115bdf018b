"""Sections that grow from environment to environment (M30), and the environment's place in the delivery pipeline."""

from __future__ import annotations

from typing import Final, Literal, Self

from pydantic import Field, model_validator

from environments.sections import AccountId, Section

# What a task of AWS Fargate can be: vCPUs -> MiB from, to. A service's task is the smallest of them that holds it.
_FARGATE: Final = {
    0.25: (512, 2048),
    0.5: (1024, 4096),
    1.0: (2048, 8192),
    2.0: (4096, 16384),
    4.0: (8192, 30720),
}


class Capacity(Section):
    """How many copies there are of what runs in copies, and how large one is.

    `replicas`: nodes of the cache. `memory_mb`: of a function, which gets a vCPU with every 1,769 MiB, and does not
    take `cpu`. All three are what a container service gets per environment.
    """

    replicas: int = Field(default=1, ge=1, le=6)
    cpu: float = Field(default=0.5, strict=False)
    memory_mb: int = Field(default=512, ge=128, le=10240)

    @model_validator(mode="after")
    def _cpu_exists(self) -> Self:
        if self.cpu not in _FARGATE:
            raise ValueError(f"capacity.cpu must be one of {', '.join(map(str, _FARGATE))} vCPUs, got {self.cpu}")
        if self.memory_mb > _FARGATE[self.cpu][1]:
            raise ValueError(f"capacity.memory_mb: {self.cpu} vCPUs take at most {_FARGATE[self.cpu][1]} MiB")
        return self

    @property
    def task_memory_mb(self) -> int:
        """MiB of a Fargate task with `cpu`: AWS sells no less with it, whatever `memory_mb` asks for."""
        return max(self.memory_mb, _FARGATE[self.cpu][0])


class Pipeline(Section):
    """When the delivery pipeline comes here, and from which account (docs/pipeline.md)."""

    order: int = Field(ge=1, le=99)
    # The account whose pipeline may deploy here: `acinaces bootstrap` makes this one trust it.
    account: AccountId
    # Permissions that the environment does not have yet: wait for a person, or be reported.
    new_permissions: Literal["ask", "report"] = "ask"
    # Whether GitHub's workflow may deploy as well, in the name of the repository that delivery.toml names.
    github_actions: bool = False
