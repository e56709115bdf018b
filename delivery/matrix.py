"""The test matrix (MISSION M21): what runs before anything is deployed, each part a step with its own verdict."""

from __future__ import annotations

from delivery.step import Kind, Needs, Phase, Step

# Which files a part is. What no part names is unit tests'.
SECURITY = (
    "tests/unit/test_acknowledgements.py",
    "tests/unit/test_compliance.py",
    "tests/unit/test_stacks_all.py",
    "tests/unit/test_bootstrap_policies.py",
    "tests/unit/test_handlers_credentials.py",
    "tests/unit/test_verification_addresses.py",
    "tests/unit/test_verification_redaction.py",
    "tests/unit/test_verification_security_checks.py",
)
TRADING_SAFETY = (
    "tests/unit/test_environments_rules.py",
    "tests/unit/test_handlers_orders.py",
    "tests/unit/test_handlers_races.py",
    "tests/unit/test_verification_stores_and_trading.py",
)
INTEGRATION = ("tests/faults", "tests/unit/test_local_emulator_stacks.py", "tests/unit/test_local_emulator_api.py")


def _pytest(name: str, *arguments: str, workers: int = 2) -> str:
    return f"python -m pytest -q -n {workers} --junitxml reports/{name}.xml {' '.join(arguments)}"


def _tests(name: str, *arguments: str, kind: Kind = Kind.BLOCKING, timeout_min: int = 30) -> Step:
    return Step(
        name=name,
        phase=Phase.TESTING,
        commands=(_pytest(name, *arguments),),
        kind=kind,
        tells=kind is Kind.REPORTED,
        needs=Needs.DEVELOPMENT,
        timeout_min=timeout_min,
    )


def matrix() -> tuple[Step, ...]:
    """In the order of M21. Critical and blocking: the first four; critical and reported: the last two."""
    elsewhere = (*SECURITY, *TRADING_SAFETY, *(path for path in INTEGRATION if path.endswith(".py")))
    left_out = " ".join(f"--ignore {path}" for path in elsewhere)
    return (
        _tests("unit", "tests/unit tests/property tests/snapshot", left_out),
        _tests("integration", *INTEGRATION),
        _tests("security", *SECURITY),
        _tests("trading-safety", *TRADING_SAFETY),
        Step(
            name="performance",
            phase=Phase.TESTING,
            commands=(
                "python -m benchmarks.cli",
                "python -m benchmarks.packages",
                "python -m benchmarks.gate_overhead",
            ),
            kind=Kind.REPORTED,
            tells=True,
            needs=Needs.DEVELOPMENT,
        ),
        _tests("end-to-end", "tests/e2e", kind=Kind.REPORTED, timeout_min=45),
    )
