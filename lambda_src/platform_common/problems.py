"""Problem documents (RFC 9457): the one form in which the platform says no."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

CONTENT_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:acinaces:problem:"
# Reports stay readable, and an answer small, whatever was sent.
MAX_ERRORS = 20
MAX_FIELD_LENGTH = 120


class Problem(Exception):
    """An answer with status 4xx or 5xx.

    Attributes:
        status: HTTP status.
        kind: last part of the document's `type`, a stable name for programs.
        detail: one or two sentences for a person; no internals.
        errors: for validation, `{"field", "message"}` each.
        extra: further members of the document.
        headers: further headers of the answer.
    """

    def __init__(
        self,
        status: HTTPStatus,
        kind: str,
        detail: str,
        *,
        errors: Sequence[Mapping[str, str]] = (),
        extra: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.kind = kind
        self.detail = detail
        self.errors = [_cut(error) for error in errors[:MAX_ERRORS]]
        self.extra = dict(extra or {})
        self.headers = dict(headers or {})

    def document(self, instance: str) -> dict[str, Any]:
        """The JSON document; `instance` names this one occurrence."""
        document: dict[str, Any] = {
            "type": TYPE_PREFIX + self.kind,
            "title": self.status.phrase,
            "status": int(self.status),
            "detail": self.detail,
            "instance": instance,
            **self.extra,
        }
        if self.errors:
            document["errors"] = self.errors
        return document


def _cut(error: Mapping[str, str]) -> dict[str, str]:
    return {
        name: text if len(text) <= MAX_FIELD_LENGTH else text[:MAX_FIELD_LENGTH] + "…" for name, text in error.items()
    }


def bad_request(detail: str) -> Problem:
    """400: the request cannot be understood."""
    return Problem(HTTPStatus.BAD_REQUEST, "bad-request", detail)


def not_found(detail: str) -> Problem:
    """404."""
    return Problem(HTTPStatus.NOT_FOUND, "not-found", detail)


def conflict(kind: str, detail: str) -> Problem:
    """409: the request contradicts what is there."""
    return Problem(HTTPStatus.CONFLICT, kind, detail)


def version_mismatch(current: int) -> Problem:
    """412: `If-Match` names another version than the current one."""
    detail = f"The row is at version {current}. Read it again and repeat the change."
    return Problem(HTTPStatus.PRECONDITION_FAILED, "version-mismatch", detail, extra={"currentVersion": current})


def invalid(*errors: Mapping[str, str], detail: str = "The document does not describe a valid resource.") -> Problem:
    """422: understood, and not acceptable; `errors` say where."""
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", detail, errors=errors)


def unavailable(kind: str, detail: str, *, extra: Mapping[str, Any] | None = None) -> Problem:
    """503: the same request may succeed later."""
    return Problem(HTTPStatus.SERVICE_UNAVAILABLE, kind, detail, extra=extra, headers={"retry-after": "1"})


def internal() -> Problem:
    """500, without internals: the log has them under the instance's request id."""
    detail = "The request could not be completed. Quote the instance when you report it."
    return Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", detail)
