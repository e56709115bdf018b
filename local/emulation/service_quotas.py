"""Service Quotas, which the emulator does not have: AWS's defaults for what `acinaces doctor` asks about.

`RequestServiceQuotaIncrease` is granted at once. Ends when the emulator has the service.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

ENFORCES: Final = (
    "Service Quotas answers with AWS's default values; a quota or service that is not known is refused with "
    "NoSuchResourceException.",
)
NOT_ENFORCED: Final = (
    "Quotas of the number of resources (VPCs, Elastic IP addresses, certificates, …) are told and not enforced; "
    "a quota's increase is granted at once.",
)
# (service, quota) -> what a new account may have (Service Quotas' tables of default values).
_DEFAULTS: Final = {
    ("acm", "L-F141DD1D"): 2500,
    ("apigateway", "L-A93447B8"): 120,
    ("cloudformation", "L-0485CB21"): 2000,
    ("cloudfront", "L-24B04930"): 200,
    ("ec2", "L-0263D0A3"): 5,
    ("route53", "L-4EA4796A"): 500,
    ("vpc", "L-F678F1CE"): 5,
    ("vpc", "L-FE5A380F"): 5,
}
_NAME: Final = "servicequotas"
# (account, region, service, quota) -> what was asked for.
_increased: dict[tuple[str, str, str, str], float] = {}


def install() -> None:
    """Put the service among the emulator's own."""
    from ministack import app
    from ministack.core import router

    router.SERVICE_PATTERNS[_NAME] = {
        "target_prefixes": ["ServiceQuotasV20190624"],
        "host_patterns": [r"servicequotas\."],
        "credential_scope": _NAME,
    }
    app.SERVICE_HANDLERS[_NAME] = answer


async def answer(_method: str, _path: str, headers: Mapping[str, str], body: bytes, _query: Mapping[str, Any]) -> Any:
    """One call: what the emulator's responses are, a status with headers and a body."""
    from ministack.core.responses import error_response_json, get_account_id, get_region, json_response

    operation = headers.get("x-amz-target", "").rpartition(".")[2]
    asked = json.loads(body or b"{}")
    service, code = str(asked.get("ServiceCode")), str(asked.get("QuotaCode"))
    default, key = _DEFAULTS.get((service, code)), (get_account_id(), get_region(), service, code)
    if default is None:
        return error_response_json("NoSuchResourceException", "The specified resource does not exist.", 400)
    if operation == "RequestServiceQuotaIncrease":
        _increased[key] = float(asked["DesiredValue"])
        wanted = {"ServiceCode": service, "QuotaCode": code, "DesiredValue": _increased[key], "Status": "APPROVED"}
        return json_response({"RequestedQuota": wanted})
    if operation not in ("GetServiceQuota", "GetAWSDefaultServiceQuota"):
        return error_response_json("UnknownOperationException", f"{operation} is not emulated", 400)
    value = default if operation.startswith("GetAWS") else _increased.get(key, default)
    return json_response({"Quota": {"ServiceCode": service, "QuotaCode": code, "Value": float(value)}})
