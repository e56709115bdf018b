"""Alarms of the environment: there, heard by somebody, and OK. All are read at once for all checks of a run."""

from __future__ import annotations

from typing import Any, Final

from lambda_src.verification.calls import pages
from lambda_src.verification.checks import traffic
from lambda_src.verification.context import CheckContext
from lambda_src.verification.specs.monitoring import AlarmCheck, OtherAlarmsCheck
from lambda_src.verification.verdicts import CheckProblem, Observation, Verdict

OK: Final = "OK"
ALARM: Final = "ALARM"
NO_DATA: Final = "INSUFFICIENT_DATA"
# CloudWatch lists composite alarms only where they are asked for.
_TYPES: Final = ("MetricAlarm", "CompositeAlarm")


async def run(spec: AlarmCheck, context: CheckContext) -> Observation:
    """Passed when OK. Without data traffic is sent and the alarm is read again inside the window (FAULTS F25)."""
    alarm = (await described(spec.prefix, context)).get(spec.alarm)
    if alarm is None:
        raise CheckProblem(f"there is no alarm {spec.alarm!r}")
    if not alarm.get("ActionsEnabled", True):
        raise CheckProblem(f"{spec.alarm}: its actions are disabled, so it tells nobody")
    if not alarm.get("AlarmActions"):
        raise CheckProblem(f"{spec.alarm}: it has no action, so it tells nobody")
    state, reason = str(alarm.get("StateValue")), str(alarm.get("StateReason") or "")
    if state == NO_DATA:
        await traffic.send(spec.traffic, context)
        raise CheckProblem(f"{spec.alarm}: no data yet ({reason})", verdict=Verdict.INCONCLUSIVE, retry=True)
    if state != OK:
        raise CheckProblem(f"{spec.alarm}: in {state} ({reason})")
    return Observation(
        verdict=Verdict.PASSED,
        message=f"{spec.alarm}: OK",
        evidence={"alarm": spec.alarm, "since": str(alarm.get("StateUpdatedTimestamp", ""))},
    )


async def run_others(spec: OtherAlarmsCheck, context: CheckContext) -> Observation:
    """Passed when no alarm of the environment is in ALARM that the plan does not name."""
    found = {
        name: str(alarm.get("StateValue"))
        for name, alarm in (await described(spec.prefix, context)).items()
        if name not in spec.known and not name.startswith(spec.ignored_prefixes)
    }
    raised = sorted(name for name, state in found.items() if state == ALARM)
    if raised:
        raise CheckProblem(f"in ALARM, though not of the release: {', '.join(raised)}")
    silent = sorted(name for name, state in found.items() if state != OK)
    if silent:
        message = f"no data yet, though not of the release: {', '.join(silent)}"
        raise CheckProblem(message, verdict=Verdict.INCONCLUSIVE, retry=True)
    return Observation(
        verdict=Verdict.PASSED,
        message=f"{len(found)} further alarms with the prefix {spec.prefix!r}, none of them raised",
        evidence={"others": sorted(found)},
    )


async def described(prefix: str, context: CheckContext) -> dict[str, dict[str, Any]]:
    """All alarms whose name starts with `prefix`, by name."""

    async def describe() -> dict[str, dict[str, Any]]:
        found = {}
        for kind, field in zip(_TYPES, ("MetricAlarms", "CompositeAlarms"), strict=True):
            listed = await pages(
                context, "cloudwatch", "describe_alarms", subject=f"alarms {prefix}*", items=field,
                AlarmNamePrefix=prefix, AlarmTypes=[kind],
            )  # fmt: skip
            found.update({alarm["AlarmName"]: alarm for alarm in listed})
        return found

    return await context.shared.get(("alarms", prefix), describe)
