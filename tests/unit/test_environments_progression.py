"""M30: each environment has at least what the one before it has, and the values are checked."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from environments import load_environment
from environments.progression import Capacity
from tests.unit.test_environments_rules import build, refusal

PLACE = {"order": 1, "account": "555555555555"}


@pytest.mark.parametrize(
    ("name", "replicas", "cpu", "memory_mb", "log_level"),
    [
        ("dev", 1, 0.5, 512, "DEBUG"),
        ("staging", 2, 1, 1024, "INFO"),
        ("production", 3, 2, 2048, "INFO"),
    ],
)
def test_the_figures_of_the_seeds(name: str, replicas: int, cpu: float, memory_mb: int, log_level: str) -> None:
    environment = load_environment(name)
    capacity = environment.capacity
    assert (capacity.replicas, capacity.cpu, capacity.memory_mb) == (replicas, cpu, memory_mb)
    assert environment.functions.log_level == log_level


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"cpu": 0.3}, "capacity.cpu must be one of 0.25, 0.5, 1.0, 2.0, 4.0 vCPUs, got 0.3"),
        ({"cpu": 0.5, "memory_mb": 5000}, "capacity.memory_mb: 0.5 vCPUs take at most 4096 MiB"),
        ({"replicas": 0}, "greater than or equal to 1"),
        ({"memory_mb": 64}, "greater than or equal to 128"),
    ],
)
def test_sizes_that_aws_does_not_have(values: dict[str, Any], expected: str) -> None:
    with pytest.raises(ValidationError, match=expected):
        Capacity.model_validate(values)


@pytest.mark.parametrize(
    ("cpu", "memory_mb", "task"), [(0.5, 512, 1024), (1, 1024, 2048), (2, 2048, 4096), (1, 3000, 3000)]
)
def test_a_task_is_never_smaller_than_what_is_sold(cpu: float, memory_mb: int, task: int) -> None:
    assert Capacity(cpu=cpu, memory_mb=memory_mb).task_memory_mb == task


def test_details_stay_out_of_protected_logs() -> None:
    assert refusal(functions={"log_level": "DEBUG"}) == "functions.log_level must not be 'DEBUG' where protected = true"
    assert build(functions={"log_level": "DEBUG"}, protected=False)


def test_the_pipeline_asks_where_it_matters() -> None:
    assert "must be 'ask'" in refusal(pipeline=PLACE | {"new_permissions": "report"})
    assert build(pipeline=PLACE).pipeline
