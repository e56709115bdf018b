"""What Lambda reports of every invocation, whoever invoked: metrics by function and by alias, and a trace.

The emulator reports direct calls only, and by function only; an alarm watches what an alias serves (FAULTS F27).
"""

from __future__ import annotations

import functools
import secrets
import threading
import time
from collections.abc import Mapping
from typing import Any

from local.emulation import traces

_NAMESPACE = "AWS/Lambda"


def install() -> None:
    """Report around the one place through which every invocation goes."""
    from ministack.services import lambda_svc

    execute, trace_header, emit = (
        lambda_svc._execute_function,
        lambda_svc._xray_trace_id_for_invocation,
        lambda_svc._emit_lambda_metrics,
    )
    current = threading.local()

    @functools.wraps(trace_header)
    def remembered_header(*arguments: Any, **options: Any) -> str | None:
        current.header = trace_header(*arguments, **options)
        return str(current.header) if current.header else None

    @functools.wraps(execute)
    def execute_and_report(function: Mapping[str, Any], event: Any) -> Any:
        config = function.get("config") or function
        if lambda_svc._function_config_scope_mismatch(config):
            # Comes back here in the function's own account and region.
            return execute(function, event)
        current.header, began = None, time.time()
        result = execute(function, event)
        _report(config, result, began=began, header=current.header)
        return result

    @functools.wraps(emit)
    def emit_throttles(function_name: str, duration_ms: float, error: bool, throttle: bool) -> None:
        if throttle:
            emit(function_name, duration_ms, error, throttle)

    lambda_svc._execute_function = execute_and_report
    lambda_svc._xray_trace_id_for_invocation = remembered_header
    lambda_svc._emit_lambda_metrics = emit_throttles


def _report(config: Mapping[str, Any], result: Mapping[str, Any], *, began: float, header: str | None) -> None:
    from ministack.core.responses import get_account_id, get_region
    from ministack.services import cloudwatch, lambda_svc

    name, failed = str(config["FunctionName"]), bool(result.get("error"))
    duration = time.time() - began
    if result.get("throttle"):
        return
    for dimensions in dimensions_of(config, aliases=(lambda_svc._functions.get(name) or {}).get("aliases") or {}):
        for metric, value, unit in (
            ("Invocations", 1.0, "Count"),
            ("Errors", float(failed), "Count"),
            ("Throttles", 0.0, "Count"),
            ("Duration", duration * 1000, "Milliseconds"),
        ):
            cloudwatch.record_metric(_NAMESPACE, metric, value, unit, dimensions)
    if (config.get("TracingConfig") or {}).get("Mode") == "Active":
        trace = traces.Trace(
            id=trace_id(header), function=name, started=began, duration=round(duration, 3), fault=failed
        )
        traces.record(account=get_account_id(), region=get_region(), trace=trace)


def dimensions_of(config: Mapping[str, Any], *, aliases: Mapping[str, Mapping[str, Any]]) -> list[dict[str, str]]:
    """By the function, and by each of its aliases that serves this version; with weights, by the version too."""
    name, version = str(config["FunctionName"]), str(config.get("Version"))
    found = [{"FunctionName": name}]
    for alias, record in aliases.items():
        weights = (record.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
        if version in (record.get("FunctionVersion"), *weights):
            served = {"FunctionName": name, "Resource": f"{name}:{alias}"}
            found += [served, {**served, "ExecutedVersion": version}] if weights else [served]
    return found


def trace_id(header: str | None) -> str:
    """The root of a trace header; a new id where the invocation had none."""
    for part in (header or "").split(";"):
        if part.startswith("Root="):
            return part.removeprefix("Root=")
    return f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"
