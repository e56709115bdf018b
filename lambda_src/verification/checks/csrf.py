"""The token against forged requests (MISSION's M33): what a page of ours can do, and what a foreign one cannot."""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie

from lambda_src.verification.checks.json_answers import json_object, missing_or_wrong
from lambda_src.verification.context import CheckContext
from lambda_src.verification.http import Answer
from lambda_src.verification.specs.api import CsrfCheck
from lambda_src.verification.verdicts import CheckProblem, Observation, Verdict


async def run(spec: CsrfCheck, context: CheckContext) -> Observation:
    """Passed when the token is accepted together with its cookie, and refused without it and when it was changed."""
    answer = await context.api("GET", spec.path)
    value = json_object(answer, context, what=f"GET {spec.path}")
    problems = missing_or_wrong(value, {"csrfToken": "string"})
    if problems:
        raise CheckProblem(f"GET {spec.path}: {'; '.join(problems)}: {context.excerpt(answer)}")
    token, cookie = value["csrfToken"], _cookie(answer, spec)
    second = (await context.api("GET", spec.path)).json().get("csrfToken")
    if second == token:
        raise CheckProblem(f"GET {spec.path}: the same token twice; whoever saw one knows the next")
    changed = token[:-1] + ("0" if token[-1:] != "0" else "1")
    for what, sent, with_cookie, expected in (
        ("the token with its cookie", token, cookie, 200),
        ("the token without its cookie", token, None, 403),
        ("a changed token with its cookie", changed, cookie, 403),
        ("a changed token and the same in the cookie", changed, cookie.replace(token, changed), 403),
    ):
        await _verify(spec, context, what=what, token=sent, cookie=with_cookie, expected=expected)
    return Observation(
        verdict=Verdict.PASSED,
        message="token given out, accepted with its cookie, refused without it and when changed",
        latency_ms=answer.latency_ms,
        evidence={"path": spec.path, "cookie": cookie.partition("=")[0]},
    )


def _cookie(answer: Answer, spec: CsrfCheck) -> str:
    """The cookie as a browser sends it back; it must be out of reach for scripts, plain HTTP and other sites."""
    header = answer.headers.get("set-cookie", "")
    try:
        parsed = SimpleCookie(header)
    except CookieError:
        parsed = SimpleCookie()
    if not parsed:
        raise CheckProblem(f"GET {spec.path}: no cookie came with the token, which therefore proves nothing")
    name, morsel = next(iter(parsed.items()))
    lacking = [flag for flag in ("secure", "httponly") if not morsel[flag]]
    if str(morsel["samesite"]).lower() not in ("strict", "lax"):
        lacking.append("samesite")
    if lacking:
        raise CheckProblem(f"GET {spec.path}: the cookie {name} lacks {', '.join(lacking)}")
    return f"{name}={morsel.value}"


async def _verify(
    spec: CsrfCheck, context: CheckContext, *, what: str, token: str, cookie: str | None, expected: int
) -> None:
    answer = await context.api(
        "POST", spec.verify_path, json_body={"csrfToken": token}, headers={"Cookie": cookie} if cookie else None
    )
    if answer.status != expected:
        message = f"POST {spec.verify_path}, {what}: HTTP {answer.status}, expected {expected}"
        raise CheckProblem(
            f"{message}: {context.excerpt(answer)}", retry=answer.retryable and answer.status not in (403, 404)
        )
