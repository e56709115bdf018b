"""Pagination: limits, and the opaque token that continues a list."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from typing import Any

from lambda_src.platform_common.problems import Problem, bad_request
from lambda_src.platform_common.store import Row

DEFAULT_LIMIT = 50
MAX_LIMIT = 100
# DynamoDB: a partition key has at most 2048 bytes; ours are far shorter.
MAX_TOKEN_LENGTH = 1024


def limit_of(text: str | None) -> int:
    """The `limit` of a query string.

    Raises:
        Problem: 400, not a whole number from 1 to `MAX_LIMIT`.
    """
    if text is None:
        return DEFAULT_LIMIT
    # isascii: other scripts have digits too, and superscripts are digits to str.isdigit.
    if not (text.isascii() and text.isdecimal() and len(text) <= 4 and 1 <= int(text) <= MAX_LIMIT):
        raise bad_request(f"limit must be a whole number from 1 to {MAX_LIMIT}.")
    return int(text)


def encode(scope: str, position: dict[str, str] | None) -> str | None:
    """A token for `position` in the list `scope`; None when there is no more."""
    if position is None:
        return None
    text = json.dumps([scope, position], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode(token: str | None, *, scope: str, names: Sequence[str]) -> dict[str, str] | None:
    """The position in `token`: exactly the attributes `names`, each a text.

    Raises:
        Problem: 400, a token that this list did not give out.
    """
    if token is None:
        return None
    try:
        if len(token) > MAX_TOKEN_LENGTH:
            raise bad_token()
        padded = token + "=" * (-len(token) % 4)
        found_scope, position = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, TypeError, RecursionError) as error:
        raise bad_token() from error
    fits = (
        found_scope == scope
        and isinstance(position, dict)
        and sorted(position) == sorted(names)
        and all(isinstance(text, str) and text and _is_text(text) for text in position.values())
    )
    if not fits:
        raise bad_token()
    return dict(position)


def listing(items: Sequence[Row], following: str | None, *, shown: Callable[[Row], Any] = dict) -> dict[str, Any]:
    """The one form of every list."""
    return {"items": [shown(item) for item in items], "count": len(items), "next": following}


def _is_text(text: str) -> bool:
    return text.encode("utf-8", errors="replace").decode() == text


def bad_token() -> Problem:
    """400: a token that this list did not give out."""
    return bad_request("next is not a token of this list. Start again without it.")
