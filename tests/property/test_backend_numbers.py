"""Numbers go from a request into a table and back without losing a digit."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from lambda_src.platform_common import json_text
from lambda_src.platform_common.dynamo import _from_dynamo, _to_dynamo
from lambda_src.platform_common.json_text import LARGEST_EXPONENT, MAX_DIGITS, SMALLEST_EXPONENT, UnstorableJson
from tests.support.backend import Backend

# Digits and the exponent of the first of them, inside what DynamoDB holds.
DECIMALS = st.builds(
    lambda sign, digits, adjusted: Decimal((sign, tuple(map(int, str(digits))), adjusted - len(str(digits)) + 1)),
    st.integers(0, 1),
    st.integers(1, 10**MAX_DIGITS - 1),
    st.integers(SMALLEST_EXPONENT, LARGEST_EXPONENT),
)


@settings(max_examples=300, deadline=None)
@given(number=DECIMALS)
def test_decimals_survive_text_and_table(number: Decimal) -> None:
    parsed = json_text.loads(json_text.dumps({"n": number}).encode())
    assert parsed == {"n": number}
    assert _from_dynamo(_to_dynamo(parsed)) == {"n": number}
    assert Decimal(json_text.dumps(number)) == number


@settings(max_examples=200, deadline=None)
@given(text=st.from_regex(r"-?(0|[1-9][0-9]{0,45})(\.[0-9]{1,45})?([eE][+-]?[0-9]{1,4})?", fullmatch=True))
def test_a_number_is_stored_exactly_or_refused(text: str) -> None:
    try:
        parsed = json_text.loads(text.encode())
    except UnstorableJson:
        return
    assert parsed == Decimal(text)
    assert _from_dynamo(_to_dynamo({"n": parsed}))["n"] == Decimal(text)


PLAIN = st.recursive(
    st.none() | st.booleans() | DECIMALS | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(min_size=1), inner, max_size=4),
    max_leaves=15,
)


@settings(max_examples=100, deadline=None)
@given(parameters=st.dictionaries(st.text(min_size=1), PLAIN, max_size=5))
def test_parameters_come_back_as_sent(parameters: dict[str, Any]) -> None:
    backend = Backend()
    body = json_text.dumps({"name": "t", "parameters": parameters})
    created = backend.call("templates", "POST", "/api/templates", body=body)
    assert created.status == 201, created.text
    read = json_text.loads(backend.call("templates", "GET", created.headers["location"]).text.encode())
    assert read["parameters"] == parameters


@settings(max_examples=200, deadline=None)
@given(document=PLAIN)
def test_our_json_is_everybodys_json(document: Any) -> None:
    text = json_text.dumps(document)
    assert json.loads(text, parse_float=Decimal, parse_int=Decimal) == document
    assert text.isascii()
    assert json_text.canonical(json_text.loads(text.encode())) == json_text.canonical(document)
