"""F12: a function behind a custom resource dies. CloudFormation waits as long as ServiceTimeout says, else an hour."""

from __future__ import annotations

from environments import load_environment
from tests.support.synthesis import Synthesis

# Seconds: Lambda's own limit, and a minute to answer.
LONGEST = 900 + 60


def test_every_custom_resource_is_bounded(synthesis: Synthesis) -> None:
    custom = {
        **synthesis.resources(prefix="Custom::"),
        **synthesis.resources(prefix="AWS::CloudFormation::CustomResource"),
    }
    assert any(name.startswith("Release/Gate") for name in custom)
    unbounded = [
        name
        for name, resource in custom.items()
        if not 1 <= int(resource["Properties"].get("ServiceTimeout", 0)) <= LONGEST
    ]
    assert not unbounded


def test_the_gate_has_time_to_answer(synthesis: Synthesis) -> None:
    ((_name, resource),) = synthesis.resources(prefix="Custom::VerificationGate").items()
    assert int(resource["Properties"]["ServiceTimeout"]) > load_environment(synthesis.environment).gate.timeout_s
