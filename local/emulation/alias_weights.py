"""An alias with weights sends its share of invocations to the second version, whoever invokes by that alias.

The emulator stores the weights (`RoutingConfig`) and always runs the alias's first version. Routing upstream ends both
patches.
"""

from __future__ import annotations

import functools
import random
from collections.abc import Mapping
from typing import Any, Final

ENFORCES: Final = (
    "Weights of an alias are honoured in every invocation by it: Invoke, API Gateway, EventBridge, SNS, Step "
    "Functions, Scheduler.",
)
NOT_ENFORCED: Final = (
    "Event source mappings of an alias with weights read the first version only.",
    "The context's function ARN ends with the version that was picked, where Lambda keeps the alias.",
)


def install() -> None:
    """Pick a version where an invocation resolves its alias; reading a configuration by alias is no invocation."""
    from ministack.services import lambda_svc

    by_reference, invoke = lambda_svc._get_func_record_for_ref, lambda_svc._invoke

    @functools.wraps(by_reference)
    def weighted_by_reference(reference: str) -> Any:
        function, _config, _name = lambda_svc._get_base_func_record_for_ref(reference)
        _name, qualifier = lambda_svc._resolve_name_and_qualifier(reference)
        version = picked(function, qualifier)
        return by_reference(reference.removesuffix(f":{qualifier}") + f":{version}" if version else reference)

    @functools.wraps(invoke)
    async def weighted_invoke(
        name: str,
        event: Any,
        headers: Any,
        path_qualifier: str | None = None,
        query_params: dict[str, Any] | None = None,
    ) -> Any:
        qualifier = path_qualifier or lambda_svc._qp_first(query_params or {}, "Qualifier") or None
        version = picked(lambda_svc._functions.get(name), qualifier)
        return await invoke(name, event, headers, version or path_qualifier, query_params)

    lambda_svc._get_func_record_for_ref = weighted_by_reference
    lambda_svc._invoke = weighted_invoke


def picked(function: Mapping[str, Any] | None, qualifier: str | None) -> str | None:
    """The version that one invocation by an alias with weights gets; None where the alias has none."""
    alias = ((function or {}).get("aliases") or {}).get(qualifier) or {}
    weights = (alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
    if not weights:
        return None
    drawn = random.random()  # noqa: S311 - traffic shares, nothing secret
    for version, weight in weights.items():
        drawn -= float(weight)
        if drawn < 0:
            return str(version)
    return str(alias["FunctionVersion"])
