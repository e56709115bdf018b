"""`acinaces secrets populate` as people and pipelines use it, against an emulated Secrets Manager."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from rich.console import Console

from ops.errors import ExitCode, OperatorError
from ops.secrets import prompting
from ops.secrets.catalogue import FIELDS, PLACEHOLDER
from tests.support import credentials
from tests.support.credentials import LATER, MARKER, VALUES, SecretsCloud
from tests.support.killing import Done

ENTERED = {name: VALUES[name] for name in ("binance", "okx", "openai")}
UNTOUCHED = {name: dict.fromkeys(fields, PLACEHOLDER) for name, fields in FIELDS.items()}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecretsCloud]:
    with credentials.cloud(tmp_path_factory.mktemp("populate")) as cloud:
        yield cloud


@pytest.fixture
def cloud(running: SecretsCloud) -> SecretsCloud:
    credentials.reset(running.client)
    running.interceptor.refused.clear()
    return running


def populate(cloud: SecretsCloud, entered: Any, *options: str) -> Done:
    done = cloud.run("populate", "--from", "-", *options, entered=entered)
    # Whatever happens, no value is on the screen, in no disguise.
    for marker in (MARKER, base64.b64encode(MARKER.encode()).decode().rstrip("=")[:-1], quote(MARKER)):
        assert marker not in done.out + done.err
    return done


def actions(done: Done) -> dict[str, str]:
    return {step["secret"]: step["action"] for step in json.loads(done.out)["steps"]}


def test_a_dry_run_shows_what_would_be_done_and_does_nothing(cloud: SecretsCloud) -> None:
    populate(cloud, {"okx": VALUES["okx"], "openai": VALUES["openai"]}, "--yes")
    entered = {"okx": VALUES["okx"], "openai": LATER["openai"], "kraken": VALUES["kraken"]}
    before = cloud.versions()

    kept = populate(cloud, entered, "--dry-run", "--json")
    replaced = populate(cloud, entered, "--dry-run", "--json", "--overwrite")

    assert (kept.code, replaced.code) == (0, 0)
    assert "Values stay on this machine: in clear, in " in kept.err
    assert actions(kept) == {"kraken": "create", "okx": "unchanged", "openai": "keep"}
    assert actions(replaced) == {"kraken": "create", "okx": "unchanged", "openai": "update"}
    assert cloud.versions() == before


def test_what_is_there_is_kept_unless_it_is_to_be_overwritten(cloud: SecretsCloud) -> None:
    assert populate(cloud, ENTERED, "--yes").code == 0
    assert cloud.stored() == {**UNTOUCHED, **ENTERED}
    later = {name: LATER[name] for name in ENTERED}

    assert populate(cloud, later, "--yes").code == 0
    assert cloud.stored() == {**UNTOUCHED, **ENTERED}
    assert populate(cloud, later, "--yes", "--overwrite", "--only", "openai").code == 0
    assert cloud.stored() == {**UNTOUCHED, **ENTERED, "openai": LATER["openai"]}


def test_blank_fields_skip_a_secret(cloud: SecretsCloud) -> None:
    blank = {name: dict.fromkeys(fields, "") for name, fields in FIELDS.items()}
    done = populate(cloud, {**blank, "openai": VALUES["openai"]}, "--yes")
    assert done.code == 0
    assert cloud.stored() == {**UNTOUCHED, "openai": VALUES["openai"]}
    assert "nothing is released" in done.err
    assert "next: acinaces secrets status --env local" in done.err


def test_one_problem_anywhere_stores_nothing(cloud: SecretsCloud) -> None:
    entered = {**ENTERED, "kraken": {"apiKey": MARKER}, "krakn": {}}
    done = populate(cloud, entered, "--yes")
    assert done.code == ExitCode.USAGE
    for line in ("krakn: there is no such secret", "kraken.apiKey: must be", "kraken.apiSecret: missing"):
        assert line in done.err
    assert cloud.stored() == UNTOUCHED


def test_what_fails_is_named_and_the_others_are_stored(cloud: SecretsCloud) -> None:
    cloud.interceptor.refused["PutSecretValue"] = "local/exchanges/okx"
    done = populate(cloud, ENTERED, "--yes")
    assert done.code == ExitCode.PARTIAL
    assert "1 of 3 not stored; stored: binance, openai" in done.err
    assert "why: okx: AWS answered AccessDeniedException" in done.err
    assert cloud.stored() == {**UNTOUCHED, "binance": ENTERED["binance"], "openai": ENTERED["openai"]}

    cloud.interceptor.refused.clear()
    assert populate(cloud, ENTERED, "--yes").code == 0
    assert cloud.stored() == {**UNTOUCHED, **ENTERED}


def test_one_that_is_not_there_and_one_that_must_not_be_read(cloud: SecretsCloud) -> None:
    cloud.client.delete_secret(SecretId="local/exchanges/okx", ForceDeleteWithoutRecovery=True)
    cloud.interceptor.refused["GetSecretValue"] = "local/exchanges/binance"
    done = populate(cloud, ENTERED, "--yes", "--json")
    error = json.loads(done.out)["error"]
    assert (done.code, error["code"]) == (ExitCode.PARTIAL, "secrets-partly-stored")
    assert "okx: not there" in error["why"]
    assert "binance: cannot be read: AccessDeniedException" in error["why"]


def test_who_may_write_and_not_read_can_store_when_told_so(cloud: SecretsCloud) -> None:
    cloud.interceptor.refused["GetSecretValue"] = "local/exchanges/binance"
    assert populate(cloud, {"binance": VALUES["binance"]}, "--yes", "--overwrite").code == 0
    cloud.interceptor.refused.clear()
    assert cloud.stored()["binance"] == VALUES["binance"]


def test_nothing_is_asked_or_stored_without_a_terminal(cloud: SecretsCloud) -> None:
    without_yes = populate(cloud, ENTERED)
    assert (without_yes.code, "[confirmation-needed]" in without_yes.err) == (ExitCode.USAGE, True)
    prompted = cloud.run("populate", "--yes")
    assert (prompted.code, "[input-needed]" in prompted.err) == (ExitCode.USAGE, True)
    assert cloud.stored() == UNTOUCHED


def test_another_account_and_an_empty_one_are_refused(cloud: SecretsCloud) -> None:
    other = cloud.run("populate", "--from", "-", "--yes", env="dev", entered=ENTERED)
    assert (other.code, "[wrong-account]" in other.err) == (ExitCode.PRECONDITION, True)
    for entry in cloud.client.list_secrets()["SecretList"]:
        cloud.client.delete_secret(SecretId=entry["ARN"], ForceDeleteWithoutRecovery=True)
    empty = populate(cloud, ENTERED, "--yes")
    assert (empty.code, "[secrets-not-deployed]" in empty.err) == (ExitCode.PRECONDITION, True)


def test_a_name_is_suggested(cloud: SecretsCloud) -> None:
    done = populate(cloud, ENTERED, "--only", "krakn")
    assert (done.code, "Did you mean 'kraken'?" in done.err) == (ExitCode.USAGE, True)


class Typed:
    """A terminal at which a person types these lines; what is asked is kept."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *lines: str | type[BaseException]) -> None:
        self.asked: list[str] = []
        self._lines = list(lines)
        self.screen = io.StringIO()
        for name in ("stdin", "stderr"):
            monkeypatch.setattr(f"sys.{name}.isatty", lambda: True, raising=False)
        monkeypatch.setattr("typer.prompt", self._answer)

    def _answer(self, text: str, *, hide_input: bool, **_: Any) -> str:
        assert hide_input
        self.asked.append(text)
        line = self._lines.pop(0)
        if not isinstance(line, str):
            raise line
        return line

    def ask(self, *names: str) -> Any:
        return prompting.ask(names, Console(file=self.screen))


def test_values_are_asked_for_hidden_and_a_blank_line_skips(monkeypatch: pytest.MonkeyPatch) -> None:
    kraken = VALUES["kraken"]
    typed = Typed(monkeypatch, "", kraken["apiKey"], f"{kraken['apiSecret']} ", "")
    entered = typed.ask("binance", "kraken", "openai")
    assert {field: value.get_secret_value() for field, value in entered["kraken"].items()} == kraken
    assert set(entered) == {"kraken"}
    assert typed.asked == ["binance apiKey", "kraken apiKey", "kraken apiSecret", "openai apiKey"]


def test_what_is_wrong_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    typed = Typed(monkeypatch, MARKER, VALUES["openai"]["apiKey"])
    assert set(typed.ask("openai")) == {"openai"}
    assert "openai.apiKey: must be sk-" in typed.screen.getvalue()
    assert MARKER not in typed.screen.getvalue()


def test_ctrl_c_at_a_question_says_that_nothing_was_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    typed = Typed(monkeypatch, VALUES["openai"]["apiKey"], KeyboardInterrupt)
    with pytest.raises(OperatorError, match="before anything was stored") as caught:
        typed.ask("openai", "deepseek")
    assert caught.value.code == ExitCode.INTERRUPTED


def test_a_file_is_read_like_standard_input(cloud: SecretsCloud, tmp_path: Path) -> None:
    path = tmp_path / "values.env"
    path.write_text(f"OPENAI_API_KEY={VALUES['openai']['apiKey']}\n", encoding="utf-8")
    done = cloud.run("populate", "--from", str(path), "--yes")
    assert done.code == 0, done.err
    assert f"others can read {path}" in done.err
    assert cloud.stored()["openai"] == VALUES["openai"]
