"""A real order is attempted, and must be refused and counted (MISSION M29)."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from lambda_src.verification.checks.json_answers import json_object
from lambda_src.verification.checks.smoke_flow import remove_row, smoke_id
from lambda_src.verification.cleanup import CleanupItem
from lambda_src.verification.context import CheckContext
from lambda_src.verification.http import Answer
from lambda_src.verification.specs.trading import RealOrderCheck
from lambda_src.verification.verdicts import CheckProblem, Observation, Verdict

# The end of the problem's `type` by which the platform says that it was its own decision.
BLOCKED: Final = "real-trading-off"


async def run(spec: RealOrderCheck, context: CheckContext) -> Observation:
    """Passed when the order was refused as one that is blocked, and the counter has grown."""
    if spec.not_attempted is not None:
        return Observation(verdict=Verdict.SKIPPED, message=spec.not_attempted)
    order_id = smoke_id(context.run_id, "real-order")
    _note_cleanup(spec, context, order_id)
    before = await _counted(spec, context)
    answer = await context.api("POST", spec.path, json_body=_order(spec, order_id), timeout_s=spec.call_timeout_s)
    _refused(spec, context, answer)
    after = await _counted(spec, context)
    if after <= before:
        raise CheckProblem(f"the real order was refused, but not counted: {before} before, {after} after", retry=True)
    return Observation(
        verdict=Verdict.PASSED,
        message=f"a real order was refused with HTTP 403 and counted ({before} before, {after} after)",
        latency_ms=answer.latency_ms,
        evidence={"orderId": order_id, "before": before, "after": after},
    )


def _order(spec: RealOrderCheck, order_id: str) -> dict[str, Any]:
    return {"orderId": order_id, "mode": "real", "symbol": "BTC-EUR", "side": "buy", "quantity": spec.quantity}


def _refused(spec: RealOrderCheck, context: CheckContext, answer: Answer) -> None:
    """Raises CheckProblem unless the platform itself refused because real trading is off."""
    what = f"real order, POST {spec.path}"
    if answer.status < 300:
        raise CheckProblem(f"{what}: HTTP {answer.status}: THE ORDER WAS ACCEPTED: {context.excerpt(answer)}")
    problem = json_object(answer, context, what=what, status=(403,))
    kind = str(problem.get("type", "")) if isinstance(problem, dict) else ""
    if not kind.endswith(BLOCKED):
        # Also what a gateway says that does not know the key yet.
        raise CheckProblem(f"{what}: HTTP 403, but not because it is blocked: {context.excerpt(answer)}", retry=True)


async def _counted(spec: RealOrderCheck, context: CheckContext) -> int:
    what = f"GET {spec.counter_path}"
    answer = await context.api("GET", spec.counter_path, timeout_s=spec.call_timeout_s)
    value = json_object(answer, context, what=what)
    blocked = value.get("blocked") if isinstance(value, dict) else None
    if not isinstance(blocked, int) or isinstance(blocked, bool):
        raise CheckProblem(f"{what}: no count of blocked orders: {context.excerpt(answer)}")
    return blocked


def _note_cleanup(spec: RealOrderCheck, context: CheckContext, order_id: str) -> None:
    context.cleanup.note(
        CleanupItem(
            what=f"{spec.orders_table}/{order_id}",
            remove=partial(remove_row, context.aws, spec.orders_table, {"orderId": order_id}),
        )
    )
