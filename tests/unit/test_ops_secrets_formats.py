"""What credentials must look like, and how they are read: all problems at once, and never a value in one."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from ops.errors import ExitCode, OperatorError
from ops.secrets import reading
from ops.secrets.catalogue import AI_PROVIDERS, EXCHANGES, FIELDS
from ops.secrets.fingerprint import fingerprint
from ops.secrets.formats import RULES, Entered, problems
from stacks import secrets as stack
from tests.support.credentials import LATER, MARKER, VALUES

PEM = "-----BEGIN EC PRIVATE KEY-----\n" + "A" * 64 + "\n" + "B" * 64 + "\n-----END EC PRIVATE KEY-----\n"


def entered(**values: Any) -> Entered:
    return {name: {field: SecretStr(value) for field, value in own.items()} for name, own in values.items()}


def read_text(text: str, monkeypatch: pytest.MonkeyPatch) -> tuple[Entered, list[str]]:
    class Stdin:
        buffer = io.BytesIO(text.encode())

        def isatty(self) -> bool:
            return False

    monkeypatch.setattr(sys, "stdin", Stdin())
    return reading.read("-")


def test_the_catalogue_is_that_of_the_stack() -> None:
    assert (EXCHANGES, AI_PROVIDERS) == (stack.EXCHANGES, stack.AI_PROVIDERS)
    assert set(RULES) == set(FIELDS)
    assert {name: tuple(rules) for name, rules in RULES.items()} == FIELDS


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("values", [VALUES, LATER], ids=["now", "later"])
def test_what_providers_hand_out_is_accepted(name: str, values: Any) -> None:
    assert problems(entered(**{name: values[name]})) == []


def test_a_private_key_in_pem_is_accepted_also_with_its_line_ends_written_out() -> None:
    key = {"apiKey": VALUES["coinbase"]["apiKey"]}
    assert problems({"coinbase": {"apiKey": SecretStr(key["apiKey"]), "apiSecret": reading.hidden(PEM)}}) == []
    written_out = reading.hidden(PEM.replace("\n", "\\n"))
    assert problems({"coinbase": {"apiKey": SecretStr(key["apiKey"]), "apiSecret": written_out}}) == []


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("wrong", [f"{MARKER} with spaces", MARKER, f"{MARKER}\x07" * 9, "PLACEHOLDER", "<your key>"])
def test_anything_else_is_refused_without_being_shown(name: str, wrong: str) -> None:
    values = {field: wrong if field == "apiKey" else value for field, value in VALUES[name].items()}
    (problem,) = problems(entered(**{name: values}))
    assert problem.startswith(f"{name}.apiKey: ")
    assert MARKER not in problem


def test_all_problems_are_listed_at_once() -> None:
    found = problems(
        entered(
            binance={"apiKey": "short", "apiSecret": VALUES["binance"]["apiSecret"]},
            kraken={"apiKey": VALUES["kraken"]["apiKey"]},
            bison={"apiKey": "y" * 20, "apiSecret": "y" * 20},
            openai={"apiKey": "sk-1"},
        )
    )
    assert found == [
        "binance.apiKey: must be 64 letters and digits, and has 5 characters",
        "kraken.apiSecret: missing; apiKey and apiSecret belong together",
        "openai.apiKey: must be sk- and 20 or more letters, digits, _ and -, and has 4 characters",
        "bison.apiSecret: the same as bison.apiKey",
    ]


def test_a_format_that_a_provider_has_changed_can_be_stored_all_the_same() -> None:
    new = entered(openai={"apiKey": "oa_" + "x" * 40})
    assert problems(new)
    assert problems(new, any_format=["openai"]) == []
    assert problems(entered(openai={"apiKey": "PLACEHOLDER"}), any_format=["openai"])


@pytest.mark.parametrize("dotenv", [False, True])
def test_the_template_is_what_is_read(dotenv: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_text(reading.template(dotenv=dotenv), monkeypatch) == ({}, [])


@pytest.mark.parametrize("dotenv", [False, True])
def test_a_filled_in_template(dotenv: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    text = json.dumps(VALUES)
    if dotenv:
        lines = [f"export {reading.variable(n, f)} = '{v}'" for n, own in VALUES.items() for f, v in own.items()]
        text = "# ours\n\n" + "\n".join(lines)

    found, mistakes = read_text(text, monkeypatch)

    assert (found, mistakes) == (entered(**VALUES), [])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"krakn": {}}', "krakn: there is no such secret"),
        (f'{{"{MARKER}": {{}}}}', "a name that is not shown: there is no such secret"),
        (f'{{"kraken": {{"{MARKER}": "x"}}}}', "kraken.a name that is not shown: no such field"),
        (f'{{"kraken": "{MARKER}"}}', "kraken: must be an object with apiKey and apiSecret"),
        (f'{{"kraken": {{"apiKey": ["{MARKER}"]}}}}', "kraken.apiKey: must be a string"),
        (f'{{"kraken": {{"apiKey": "1", "apiKey": "{MARKER}"}}}}', "apiKey: is there twice"),
        (f"KRAKN_API_KEY={MARKER}", "line 1: KRAKN_API_KEY is no field of a secret"),
        (f"OPENAI_API_KEY=a\nOPENAI_API_KEY={MARKER}", "line 2: OPENAI_API_KEY is there twice"),
    ],
)
def test_mistakes_are_named_without_what_may_be_a_secret(text: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _, (mistake,) = read_text(text, monkeypatch)
    assert said in mistake
    assert MARKER not in mistake


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f'{{"kraken": {{"apiKey": "{MARKER}"', "not JSON: line 1"),
        (f"OPENAI_API_KEY\n{MARKER}", "neither JSON nor dotenv: line 1"),
        (f"{{{MARKER}}}", "not JSON: line 1, column 2"),
        ("{" + '"a":{' * 100_000, "not"),
    ],
)
def test_what_cannot_be_read_is_one_error_that_keeps_nothing_of_the_text(
    text: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(OperatorError) as caught:
        read_text(text, monkeypatch)

    error: BaseException | None = caught.value
    assert (caught.value.error, caught.value.code) == ("secrets-file", ExitCode.USAGE)
    assert said in str(caught.value)
    # Errors of parsers hold the whole document; a crash reporter would send it along.
    while error is not None:
        assert MARKER not in repr(vars(error)) + str(error)
        error = error.__cause__ or error.__context__


def test_bytes_that_are_no_text_and_files_that_are_not_there(tmp_path: Path) -> None:
    path = tmp_path / "values"
    path.write_bytes(b"\xff\xfe\x00" + MARKER.encode())
    with pytest.raises(OperatorError, match="not UTF-8") as caught:
        reading.read(str(path))
    assert caught.value.__context__ is None
    with pytest.raises(OperatorError, match="No such file"):
        reading.read(str(tmp_path / "gone"))


def test_a_file_that_others_can_read_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "values"
    path.write_text("", encoding="utf-8")
    path.chmod(0o644)
    assert reading.readable_by_others(str(path))
    path.chmod(0o600)
    assert not reading.readable_by_others(str(path))


def test_a_fingerprint_depends_on_key_name_and_value_and_is_short() -> None:
    key, other = SecretStr("k" * 64), SecretStr("l" * 64)
    values = {"apiKey": SecretStr("a"), "apiSecret": SecretStr("b")}
    own = fingerprint(key, "kraken", values)
    assert own is not None
    assert len(own) == 8
    assert int(own, 16) >= 0
    assert own == fingerprint(key, "kraken", dict(reversed(values.items())))
    others = [
        fingerprint(other, "kraken", values),
        fingerprint(key, "okx", values),
        fingerprint(key, "kraken", {**values, "apiSecret": SecretStr("c")}),
    ]
    assert own not in others
    assert fingerprint(None, "kraken", values) is None


@given(st.text(), st.sampled_from(sorted(FIELDS)))
def test_no_text_at_all_comes_back_in_a_problem(text: str, name: str) -> None:
    value = f"{MARKER}{text}"
    for line in problems(entered(**{name: dict.fromkeys(FIELDS[name], value)})):
        assert MARKER not in line
