"""Reading JSON answers: type names, and what an answer lacks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lambda_src.verification.context import CheckContext
from lambda_src.verification.http import Answer
from lambda_src.verification.verdicts import CheckProblem


def type_name(value: Any) -> str:
    """JSON's name for the type of a parsed value; whole numbers are `integer`."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def missing_or_wrong(value: Any, required: Mapping[str, str]) -> list[str]:
    """What a parsed answer lacks of `required` (top-level key -> JSON type); empty where nothing."""
    if not isinstance(value, dict):
        return [f"an object was expected, not {type_name(value)}"]
    problems = []
    for key, expected in required.items():
        if key not in value:
            problems.append(f"{key!r} is missing")
            continue
        actual = type_name(value[key])
        if expected not in ("any", actual) and (expected, actual) != ("number", "integer"):
            problems.append(f"{key!r} is {actual}, not {expected}")
    return problems


def different(value: Any, expected: Mapping[str, str]) -> list[str]:
    """Where a parsed answer has other text than `expected` ("database.status" -> text); empty where nowhere."""
    problems = []
    for path, text in expected.items():
        found = value
        for name in path.split("."):
            found = found.get(name) if isinstance(found, dict) else None
        if found != text:
            problems.append(f"{path} is {str(found)[:100]!r}, expected {text!r}")
    return problems


def json_object(answer: Answer, context: CheckContext, *, what: str, status: tuple[int, ...] = (200,)) -> Any:
    """The parsed body of an answer with one of these statuses.

    Raises CheckProblem with what came instead and the beginning of it; statuses that propagation explains may be
    retried, a wrong body is final.
    """
    if answer.status not in status:
        raise CheckProblem(
            f"{what}: HTTP {answer.status}, expected {' or '.join(map(str, status))}: {context.excerpt(answer)}",
            retry=answer.retryable,
        )
    try:
        value = answer.json()
    except (ValueError, RecursionError):
        kind = answer.content_type or "no content type"
        raise CheckProblem(f"{what}: HTTP {answer.status}, but not JSON ({kind}): {context.excerpt(answer)}") from None
    return value
