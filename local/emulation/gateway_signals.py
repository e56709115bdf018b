"""What API Gateway reports of every request: a line in the stage's access log, and metrics by API and stage.

The emulator keeps neither a template's access log nor these metrics.
"""

from __future__ import annotations

import functools
import json
import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

_STAGE: Final = "AWS::ApiGateway::Stage"
_NAMESPACE: Final = "AWS/ApiGateway"
_VARIABLE: Final = re.compile(r"\$context\.([A-Za-z.]+)")


def install() -> None:
    """Keep the stage's access log, and report around the execution of every request."""
    from ministack.services import apigateway_v1
    from ministack.services.cloudformation import provisioners

    stage_handlers = provisioners._RESOURCE_HANDLERS[_STAGE]
    create, update = stage_handlers["create"], stage_handlers["update"]

    def keep(properties: Mapping[str, Any]) -> None:
        stages = apigateway_v1._stages_v1.get(properties.get("RestApiId", ""), {})
        stage, wanted = stages.get(properties.get("StageName", "")), properties.get("AccessLogSetting") or {}
        if stage is not None:
            stage["accessLogSettings"] = {
                "destinationArn": wanted.get("DestinationArn", ""),
                "format": wanted.get("Format", ""),
            }

    @functools.wraps(create)
    def create_with_log(logical_id: str, properties: Mapping[str, Any], stack_name: str) -> Any:
        created = create(logical_id, properties, stack_name)
        keep(properties)
        return created

    @functools.wraps(update)
    def update_with_log(physical_id: str, old: Any, new: Mapping[str, Any], stack_name: str) -> Any:
        updated = update(physical_id, old, new, stack_name)
        keep(new)
        return updated

    stage_handlers.update(create=create_with_log, update=update_with_log)
    execute = apigateway_v1._execute_in_scope

    @functools.wraps(execute)
    async def execute_and_report(
        request: dict[str, Any], api_id: str, stage_name: str, method: str, path: str, *rest: Any
    ) -> Any:
        began = time.time()
        response = await execute(request, api_id, stage_name, method, path, *rest)
        if request.get("stage"):
            _report(request, response, api_id=api_id, stage_name=stage_name, method=method, path=path, began=began)
        return response

    apigateway_v1._execute_in_scope = execute_and_report


def _report(
    request: Mapping[str, Any],
    response: Any,
    *,
    api_id: str,
    stage_name: str,
    method: str,
    path: str,
    began: float,
) -> None:
    from ministack.services import apigateway_v1, cloudwatch

    if isinstance(response, apigateway_v1._GatewayError):
        response = apigateway_v1._gateway_error_response(response, request)
    status, latency_ms = int(response[0]), (time.time() - began) * 1000
    dimensions = {"ApiName": str(apigateway_v1._rest_apis[api_id].get("name", "")), "Stage": stage_name}
    for metric, value, unit in (
        ("Count", 1.0, "Count"),
        ("4XXError", float(400 <= status < 500), "Count"),
        ("5XXError", float(status >= 500), "Count"),
        ("Latency", latency_ms, "Milliseconds"),
    ):
        cloudwatch.record_metric(_NAMESPACE, metric, value, unit, dimensions)
    settings = request["stage"].get("accessLogSettings") or {}
    if settings.get("destinationArn") and settings.get("format"):
        context = {
            "requestId": str(request.get("request_id", "-")),
            "identity.sourceIp": "127.0.0.1",
            "httpMethod": method,
            "resourcePath": str(request.get("resource_path") or "-"),
            "path": path,
            "status": str(status),
            "protocol": "HTTP/1.1",
            "responseLength": str(len(response[2] or b"")),
            "responseLatency": str(round(latency_ms)),
            "requestTime": datetime.fromtimestamp(began, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "requestTimeEpoch": str(round(began * 1000)),
            "stage": stage_name,
            "apiId": api_id,
        }
        _write(settings["destinationArn"], api_id, line(settings["format"], context), began)


def line(pattern: str, context: Mapping[str, str]) -> str:
    """An access log format with its variables replaced; what is not known is `-`, as on AWS."""
    return _VARIABLE.sub(lambda found: json.dumps(context.get(found[1], "-"))[1:-1], pattern)


def _write(destination: str, stream_name: str, text: str, moment: float) -> None:
    from ministack.services import cloudwatch_logs

    group = cloudwatch_logs._log_groups.get(destination.split(":log-group:")[-1].removesuffix(":*"))
    if group is None:
        return
    milliseconds = int(moment * 1000)
    stream = group["streams"].setdefault(
        stream_name,
        {
            "events": [],
            "uploadSequenceToken": "1",
            "creationTime": milliseconds,
            "firstEventTimestamp": None,
            "lastEventTimestamp": None,
            "lastIngestionTime": None,
        },
    )
    entry = {"timestamp": milliseconds, "message": text, "ingestionTime": milliseconds}
    cloudwatch_logs._append_log_events(stream, [entry])
