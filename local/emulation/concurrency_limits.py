"""Reserved concurrency as an account's quota allows it, from templates as well; the quota is the cloud's setting.

The emulator takes any number, and ignores `ReservedConcurrentExecutions` of a template.
https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any, Final

ENFORCES: Final = (
    "Reserved concurrency leaves 100 executions unreserved, or all of a smaller quota: InvalidParameterValueException, "
    "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its "
    "minimum value of [N].",
    "A template's reserved concurrency is applied, counted and taken back.",
)
NOT_ENFORCED: Final = (
    "The quota is not 1000, or 10 as in a new account, unless the cloud is started with one: a laptop has less memory.",
)
_UNRESERVED: Final = 100
_TYPE: Final = "AWS::Lambda::Function"
_NAME: Final = "ReservedConcurrentExecutions"


def install() -> None:
    """Count before a reservation is kept, and keep that of a template."""
    from ministack.services import lambda_svc
    from ministack.services.cloudformation import provisioners

    put = lambda_svc._put_function_concurrency

    @functools.wraps(put)
    def put_within_quota(name: str, data: dict[str, Any]) -> Any:
        quota = lambda_svc._ACCOUNT_CONCURRENCY_CAP or 1000
        others = sum(
            int(function.get("concurrency") or 0) for each, function in lambda_svc._functions.items() if each != name
        )
        least = min(_UNRESERVED, quota)
        if quota - others - int(data.get(_NAME) or 0) < least and int(data.get(_NAME) or 0) > 0:
            message = (
                "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution "
                f"below its minimum value of [{least}]."
            )
            return lambda_svc.error_response_json("InvalidParameterValueException", message, 400)
        return put(name, data)

    lambda_svc._put_function_concurrency = put_within_quota
    handler = provisioners._RESOURCE_HANDLERS[_TYPE]
    handler["create"] = _reserving(handler["create"], new=1)
    handler["update"] = _reserving(handler["update"], new=2)


def _reserving(operation: Callable[..., Any], *, new: int) -> Callable[..., Any]:
    """A handler of CloudFormation that also reserves what the template says; `new`: which argument that is."""

    @functools.wraps(operation)
    def reserving(*arguments: Any) -> Any:
        from ministack.services import lambda_svc

        made = operation(*arguments)
        wanted = arguments[new].get(_NAME)
        name = _function_name(made[0])
        if wanted is not None:
            status, _headers, body = lambda_svc._put_function_concurrency(name, {_NAME: int(wanted)})
            if status >= 400:
                if new == 1:
                    lambda_svc._delete_function(name, {})
                raise ValueError(f"{json.loads(body)['message']} (Service: Lambda, Status Code: {status})")
        elif new == 2 and arguments[1].get(_NAME) is not None:
            lambda_svc._delete_function_concurrency(name)
        return made

    return reserving


def _function_name(physical_id: str) -> str:
    from ministack.services import lambda_svc

    return str(lambda_svc._resolve_name(physical_id))
