"""F42: the process is killed, or Ctrl-C pressed, at each step of replacing a credential."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from typing import Any

import pytest

from ops.secrets.catalogue import PLACEHOLDER
from tests.support import credentials
from tests.support.credentials import LATER, MARKER, VALUES, SecretsCloud
from tests.support.killing import At, Done

NAME, ID = "kraken", "local/exchanges/kraken"
OLD, NEW = VALUES[NAME], LATER[NAME]
# The call that makes the new value the current one is the first of the two moves.
MOVE = "UpdateSecretVersionStage"
KILLS = [
    At(operation=operation, number=number, moment=moment)
    for operation, number in (("PutSecretValue", 1), (MOVE, 1), (MOVE, 2))
    for moment in ("before", "after")
]
CTRL_C = [
    At(operation="PutSecretValue", signal=signal.SIGINT),
    At(operation="PutSecretValue", moment="after", signal=signal.SIGINT),
    At(operation=MOVE, signal=signal.SIGINT),
    At(operation=MOVE, number=2, signal=signal.SIGTERM),
]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecretsCloud]:
    with credentials.cloud(tmp_path_factory.mktemp("replacement")) as cloud:
        yield cloud


@pytest.fixture
def cloud(running: SecretsCloud) -> SecretsCloud:
    credentials.reset(running.client)
    running.client.put_secret_value(SecretId=ID, SecretString=json.dumps(OLD))
    return running


def rotate(cloud: SecretsCloud, *options: str, at: At | None = None, entered: Any = NEW) -> Done:
    given = [] if "--back" in options else ["--from", "-"]
    arguments = ["secrets", "rotate", NAME, "--env", "local", "--yes", *given, *options]
    done = cloud.commands.run(*arguments, stdin=json.dumps({NAME: entered}), at=at)
    assert MARKER not in done.out + done.err
    return done


def value(cloud: SecretsCloud, stage: str = "AWSCURRENT") -> Any:
    return json.loads(cloud.client.get_secret_value(SecretId=ID, VersionStage=stage)["SecretString"])


def stages(cloud: SecretsCloud) -> list[list[str]]:
    found = cloud.client.describe_secret(SecretId=ID)["VersionIdsToStages"].values()
    return sorted(sorted(own) for own in found if own)


def finished(cloud: SecretsCloud) -> None:
    """The same command again ends well: the new value is in use, the former one kept."""
    again = rotate(cloud)
    assert again.code == 0, again.err
    assert value(cloud) == NEW
    assert value(cloud, "AWSPREVIOUS") == OLD
    # One current, one former, and nothing that waits to become current.
    assert [own for own in stages(cloud) if own == ["AWSPENDING"]] == []
    assert len(stages(cloud)) == 2


@pytest.mark.parametrize("at", KILLS, ids=str)
def test_f42_killed(cloud: SecretsCloud, at: At) -> None:
    killed = rotate(cloud, at=at)

    assert killed.code == -signal.SIGKILL, killed.err
    moved = at.operation == MOVE and (at.number, at.moment) != (1, "before")
    assert value(cloud) == (NEW if moved else OLD)
    finished(cloud)


@pytest.mark.parametrize("at", CTRL_C, ids=str)
def test_f42_ctrl_c(cloud: SecretsCloud, at: At) -> None:
    ended = rotate(cloud, at=at)

    assert (ended.code, "[interrupted]" in ended.err) == (130, True), ended.err
    moved = at.operation == MOVE
    assert value(cloud) == (NEW if moved else OLD)
    assert f"{NAME} has its {'new' if moved else 'former'} value" in ended.err
    finished(cloud)


def test_the_former_value_is_one_command_away(cloud: SecretsCloud) -> None:
    assert rotate(cloud).code == 0
    returned = rotate(cloud, "--back")
    assert returned.code == 0, returned.err
    assert (value(cloud), value(cloud, "AWSPREVIOUS")) == (OLD, NEW)


def test_without_a_former_value_nobody_is_asked(cloud: SecretsCloud) -> None:
    # What was there before is the placeholder.
    refused = rotate(cloud, "--back")
    assert (refused.code, "[no-former-value]" in refused.err) == (5, True)
    assert value(cloud) == OLD


def test_a_refusal_in_the_middle_says_which_value_there_is(cloud: SecretsCloud) -> None:
    cloud.interceptor.refused[MOVE] = ID
    refused = rotate(cloud, "--json")
    cloud.interceptor.refused.clear()
    error = json.loads(refused.out)["error"]
    assert (refused.code, error["code"]) == (3, "secret-not-replaced")
    assert error["message"].endswith(f"AWS answered AccessDeniedException; {NAME} has its former value")
    assert value(cloud) == OLD
    finished(cloud)


def test_a_dry_run_changes_nothing_and_a_bad_value_neither(cloud: SecretsCloud) -> None:
    before = stages(cloud)
    tried = rotate(cloud, "--dry-run")
    assert (tried.code, "next: acinaces secrets rotate kraken --env local --from -" in tried.err) == (0, True)
    refused = rotate(cloud, entered={"apiKey": "x"})
    assert (refused.code, "[secret-format]" in refused.err) == (2, True)
    assert stages(cloud) == before


def test_a_placeholder_is_populated_first(cloud: SecretsCloud) -> None:
    cloud.client.put_secret_value(SecretId=ID, SecretString=json.dumps(dict.fromkeys(OLD, PLACEHOLDER)))
    done = rotate(cloud)
    assert (done.code, "next: acinaces secrets populate --env local --only kraken" in done.err) == (5, True)


@pytest.mark.parametrize(
    "options", [("api-key", "--from", "-"), ("redis-auth", "--back"), ("krakn",), ("okx", "--end-former")]
)
def test_what_makes_no_sense_is_refused(cloud: SecretsCloud, options: tuple[str, ...]) -> None:
    done = cloud.commands.run("secrets", "rotate", *options, "--env", "local", "--yes")
    assert done.code == 2, done.err


def test_a_rotation_that_is_not_set_up_is_not_begun(cloud: SecretsCloud) -> None:
    # The bare emulator would make a copy of the value current.
    cloud.interceptor.refused["RotateSecret"] = "local/api-key"
    done = cloud.commands.run("secrets", "rotate", "api-key", "--env", "local", "--yes")
    cloud.interceptor.refused.clear()
    assert (done.code, "[rotation-not-set-up]" in done.err) == (5, True)
