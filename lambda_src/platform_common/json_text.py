"""JSON in and out without losing a digit.

Numbers are `Decimal` from the request to the table and back. What DynamoDB cannot hold is refused
here, with the place in the document, and never becomes an error of the database.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

# DynamoDB: 32 levels in a row; the row itself and its attribute are two, the rest is headroom.
MAX_DEPTH = 16
# DynamoDB: 38 significant digits, 1E-130 to 9.9E+125; boto3's own context starts at 1E-128.
MAX_DIGITS = 38
SMALLEST_EXPONENT = -128
LARGEST_EXPONENT = 125


class MalformedJson(ValueError):
    """The text is not JSON (RFC 8259), or repeats a key."""


class UnstorableJson(ValueError):
    """JSON, but with a value that no table can hold.

    Attributes:
        pointer: where, as a JSON pointer (RFC 6901).
    """

    def __init__(self, pointer: str, message: str) -> None:
        super().__init__(message)
        self.pointer = pointer


def loads(data: bytes) -> Any:
    """The document in `data`, every number a `Decimal`.

    Raises:
        MalformedJson: not UTF-8, not JSON, NaN or Infinity, a repeated key.
        UnstorableJson: a number, text, key or depth beyond what DynamoDB holds.
    """
    try:
        document = json.loads(
            data.decode("utf-8"),
            parse_float=_number,
            parse_int=_number,
            parse_constant=_refuse_constant,
            object_pairs_hook=_object,
        )
    except UnicodeDecodeError as error:
        raise MalformedJson(f"not UTF-8 at byte {error.start}") from error
    except json.JSONDecodeError as error:
        raise MalformedJson(f"{error.msg} at line {error.lineno}, column {error.colno}") from error
    except RecursionError as error:
        raise UnstorableJson("", f"nested deeper than {MAX_DEPTH} levels") from error
    _require_storable(document)
    return document


def _refuse_constant(name: str) -> NoReturn:
    raise MalformedJson(f"{name} is not JSON")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise MalformedJson("an object repeats a key")
    return document


def _number(token: str) -> Decimal:
    """The exact value of a number token; out of range becomes NaN, which `_require_storable` reports with its place."""
    try:
        value = Decimal(token)
    except InvalidOperation:
        return Decimal("NaN")
    if value.is_zero():
        return Decimal(0)
    if len(value.as_tuple().digits) > MAX_DIGITS:
        value = _without_trailing_zeros(value)
    fits = len(value.as_tuple().digits) <= MAX_DIGITS and SMALLEST_EXPONENT <= value.adjusted() <= LARGEST_EXPONENT
    return value if fits else Decimal("NaN")


def _without_trailing_zeros(value: Decimal) -> Decimal:
    """Like `Decimal.normalize`, which would round to the context's precision first."""
    sign, digits, exponent = value.as_tuple()
    text = "".join(map(str, digits))
    kept = text.rstrip("0")
    return Decimal((sign, tuple(map(int, kept)), int(exponent) + len(text) - len(kept)))


def _require_storable(document: Any) -> None:
    pending: list[tuple[Any, str, int]] = [(document, "", 1)]
    while pending:
        value, pointer, depth = pending.pop()
        if isinstance(value, Decimal) and value.is_nan():
            raise UnstorableJson(pointer, "a number has at most 38 significant digits, between 1E-128 and 9.9E+125")
        if isinstance(value, str):
            _require_text(value, pointer)
        elif isinstance(value, dict | list):
            if depth > MAX_DEPTH:
                raise UnstorableJson(pointer, f"nested deeper than {MAX_DEPTH} levels")
            entries = value.items() if isinstance(value, dict) else enumerate(value)
            for name, entry in entries:
                if name == "":
                    raise UnstorableJson(pointer, "a key is empty")
                if isinstance(name, str):
                    _require_text(name, pointer)
                escaped = str(name).replace("~", "~0").replace("/", "~1")
                pending.append((entry, f"{pointer}/{escaped}", depth + 1))


def _require_text(text: str, pointer: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise UnstorableJson(pointer, "text holds half of a surrogate pair") from error


def dumps(value: Any) -> str:
    """`value` as compact ASCII JSON; a `Decimal` with all its digits.

    Also takes what a row of a newer release may hold: sets become sorted lists, bytes become base64.

    Raises:
        TypeError: a value that has no JSON form.
    """
    return "".join(_pieces(value))


def canonical(value: Any) -> str:
    """A text that is equal for equal documents: sorted keys, numbers without trailing zeros."""
    return "".join(_pieces(value, sort=True))


def _pieces(value: Any, *, sort: bool = False) -> Iterator[str]:
    if isinstance(value, dict):
        yield "{"
        entries = sorted(value.items()) if sort else value.items()
        for position, (name, entry) in enumerate(entries):
            yield f"{',' if position else ''}{json.dumps(str(name))}:"
            yield from _pieces(entry, sort=sort)
        yield "}"
    elif isinstance(value, list | tuple | set | frozenset):
        entries_in_order = sorted(value, key=str) if isinstance(value, set | frozenset) else value
        yield "["
        for position, entry in enumerate(entries_in_order):
            yield "," if position else ""
            yield from _pieces(entry, sort=sort)
        yield "]"
    else:
        yield _scalar(value, sort=sort)


def _scalar(value: Any, *, sort: bool) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and sort:
        value = Decimal(value)
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise TypeError(f"{value} has no JSON form")
        return str(_without_trailing_zeros(value) if sort and value else value)
    if isinstance(value, bytes | bytearray):
        return json.dumps(base64.b64encode(value).decode("ascii"))
    if hasattr(value, "value") and isinstance(value.value, bytes):  # boto3's Binary
        return json.dumps(base64.b64encode(value.value).decode("ascii"))
    return json.dumps(value, allow_nan=False)
