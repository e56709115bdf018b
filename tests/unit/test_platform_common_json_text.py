"""JSON in and out: exact numbers, and only what a table can hold."""

from __future__ import annotations

from decimal import Decimal

import pytest

from lambda_src.platform_common import json_text
from lambda_src.platform_common.json_text import MalformedJson, UnstorableJson


def test_numbers_keep_every_digit() -> None:
    text = b'{"a":0.1,"b":12345678901234567890.123456789012345678,"c":1E+100,"d":-7}'
    assert json_text.dumps(json_text.loads(text)) == text.decode()


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"NaN",
        b"[Infinity]",
        b"[-Infinity]",
        b'{"a":1,"a":2}',
        b"\xff\xfe",
        b"\xef\xbb\xbf{}",
        b"{'a':1}",
        b"[1,]",
        b"01",
        b'"\x01"',
    ],
)
def test_what_is_not_json_is_malformed(text: bytes) -> None:
    with pytest.raises(MalformedJson):
        json_text.loads(text)


@pytest.mark.parametrize(
    ("text", "pointer"),
    [
        (b'{"a":[1,1e126]}', "/a/1"),
        (b'{"a":1e-129}', "/a"),
        (b'{"a":1e99999999999999999999}', "/a"),
        (b"[123456789012345678901234567890123456789]", "/0"),
        (b'{"a/b":{"~":1e400}}', "/a~1b/~0"),
        (b'{"a":{"":1}}', "/a"),
        (b'["\\ud800"]', "/0"),
        (b'{"\\udfff":1}', ""),
        (b"[" * 17 + b"]" * 17, "/0" * 16),
        (b"[" * 30000 + b"]" * 30000, ""),
        (b"[" * 30000, ""),
    ],
)
def test_what_no_table_holds_is_named_by_its_place(text: bytes, pointer: str) -> None:
    with pytest.raises(UnstorableJson) as caught:
        json_text.loads(text)
    assert caught.value.pointer == pointer


@pytest.mark.parametrize(
    "text", [b"9.9e125", b"1e-128", b"0e999999", b"-0.0", b"1." + b"0" * 60, b"[" * 16 + b"]" * 16]
)
def test_the_largest_that_fits_fits(text: bytes) -> None:
    json_text.loads(text)


def test_rows_of_a_newer_release_have_a_form() -> None:
    row = {"set": {"b", "a"}, "bytes": b"\x00\x01", "numbers": {Decimal(2), Decimal(1)}, "none": None}
    assert json_text.dumps(row) == '{"set":["a","b"],"bytes":"AAE=","numbers":[1,2],"none":null}'


def test_text_is_ascii_safe() -> None:
    assert json_text.dumps({"ü": "😀\u2028"}) == '{"\\u00fc":"\\ud83d\\ude00\\u2028"}'


@pytest.mark.parametrize("value", [object(), Decimal("NaN"), float("inf")])
def test_what_has_no_json_form_is_an_error(value: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        json_text.dumps(value)


def test_canonical_tells_a_number_from_a_truth_value() -> None:
    assert json_text.canonical({"b": Decimal("1.10"), "a": 1}) == json_text.canonical(
        {"a": Decimal(1), "b": Decimal("1.1")}
    )
    assert json_text.canonical(Decimal(1)) != json_text.canonical(True)
    assert json_text.canonical(Decimal(100)) == json_text.canonical(Decimal("1E+2"))
