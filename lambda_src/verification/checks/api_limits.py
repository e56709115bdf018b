"""The limits of the API's stage, as API Gateway keeps them."""

from __future__ import annotations

from lambda_src.verification.calls import ask
from lambda_src.verification.context import CheckContext
from lambda_src.verification.specs.security import ApiLimitsCheck
from lambda_src.verification.verdicts import CheckProblem, Observation, Verdict


async def run(spec: ApiLimitsCheck, context: CheckContext) -> Observation:
    """Passed when every limit is the plan's; one that is absent or -1 lets everything through."""
    answer = await ask(
        context,
        "apigateway",
        "get_stage",
        subject=f"{spec.api_id}/{spec.stage}",
        restApiId=spec.api_id,
        stageName=spec.stage,
    )
    # "/path/METHOD" is kept as "~1path/METHOD", as in a JSON pointer.
    kept = {key.replace("~1", "/").lstrip("/"): value for key, value in (answer.get("methodSettings") or {}).items()}
    wrong = []
    for method, (rate, burst) in spec.limits.items():
        found = kept.get(method.lstrip("/"), {})
        actual = (found.get("throttlingRateLimit"), found.get("throttlingBurstLimit"))
        if actual != (rate, burst):
            wrong.append(f"{method}: rate {actual[0]}, burst {actual[1]}, expected {rate:g} and {burst}")
    if wrong:
        raise CheckProblem(f"stage {spec.stage} of API {spec.api_id}: {'; '.join(wrong)}")
    shown = "; ".join(f"{method} {rate:g}/s, burst {burst}" for method, (rate, burst) in spec.limits.items())
    return Observation(verdict=Verdict.PASSED, message=f"stage {spec.stage}: {shown}", evidence={"limits": shown})
