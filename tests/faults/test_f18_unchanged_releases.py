"""F18: nothing has changed. On the embedded cloud: tests/e2e/test_local_up.py (unchanged), test_release.py (forced)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support.synthesis import Synthesis, synthesise

GATE = "Custom::VerificationGate"
RECORD = "Custom::ReleaseRecord"


def test_f18_a_gate_that_is_forced_changes_alone_with_the_record_of_it(
    tmp_path: Path, synthesis_of: Callable[[str], Synthesis]
) -> None:
    """That nothing changes by itself is `test_stacks_all.py`'s: the same sources give the same templates."""
    as_it_is = synthesis_of("local").templates

    forced = synthesise("local", tmp_path, checked=False, force_gate="again").templates

    assert differing(as_it_is, forced) == {GATE, RECORD}
    assert gate(forced) == {**gate(as_it_is), "Force": "again"}


def differing(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    """Types of the resources that are not as they were."""
    return {
        resource["Type"]
        for part, template in after.items()
        for name, resource in template["Resources"].items()
        if before[part]["Resources"].get(name) != resource
    }


def gate(parts: dict[str, Any]) -> dict[str, Any]:
    """The gate's properties."""
    (found,) = (
        resource["Properties"]
        for template in parts.values()
        for resource in template["Resources"].values()
        if resource["Type"] == GATE
    )
    return dict(found)
