"""F42: the process is killed, or Ctrl-C pressed, at each step of a population.

Whatever the moment, every secret has its former value or the whole new one, and the same command run again goes on
with what is left and stores nothing twice.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from ops.secrets.catalogue import FIELDS, PLACEHOLDER
from tests.support import credentials
from tests.support.credentials import SecretsCloud
from tests.support.killing import At, Done

ENTERED = {name: credentials.VALUES[name] for name in ("binance", "kraken", "okx", "openai")}
UNTOUCHED = {name: dict.fromkeys(FIELDS[name], PLACEHOLDER) for name in FIELDS}
COUNT = len(ENTERED)

KILLS = [
    At(operation="GetCallerIdentity"),
    At(operation="GetSecretValue", number=1),
    At(operation="GetSecretValue", number=1, moment="after"),
    At(operation="GetSecretValue", number=COUNT + 1, moment="after"),
    *(At(operation="PutSecretValue", number=n, moment=m) for n in range(1, COUNT + 1) for m in ("before", "after")),
]
# Before the first secret is stored there is nothing to finish; from then on the one at hand is finished.
CTRL_C = [
    At(operation="GetCallerIdentity", signal=signal.SIGINT),
    At(operation="GetSecretValue", number=2, moment="after", signal=signal.SIGINT),
    *(At(operation="PutSecretValue", number=n, signal=signal.SIGINT) for n in range(1, COUNT + 1)),
    At(operation="PutSecretValue", number=2, moment="after", signal=signal.SIGINT),
    At(operation="PutSecretValue", number=2, signal=signal.SIGTERM),
]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecretsCloud]:
    with credentials.cloud(tmp_path_factory.mktemp("population")) as cloud:
        yield cloud


def populate(cloud: SecretsCloud, at: At | None = None) -> Done:
    return cloud.run("populate", "--from", "-", "--yes", entered=ENTERED, at=at)


@pytest.fixture
def cloud(running: SecretsCloud) -> SecretsCloud:
    credentials.reset(running.client)
    return running


def complete_or_untouched(found: dict[str, dict[str, str]]) -> list[str]:
    """The names that have their new value; asserts that no secret is anything but untouched or complete."""
    for name, values in found.items():
        assert values in (UNTOUCHED[name], ENTERED.get(name)), name
    return [name for name in ENTERED if found[name] == ENTERED[name]]


def finished(cloud: SecretsCloud, before: list[str]) -> None:
    """Runs the command again: all is stored, and what was stored already got no second version."""
    versions = cloud.versions()
    again = populate(cloud)
    assert again.code == 0, again.err
    assert cloud.stored() == {**UNTOUCHED, **ENTERED}
    assert {name: count for name, count in cloud.versions().items() if name in before} == {
        name: versions[name] for name in before
    }
    assert set(again.err.split()) >= set(ENTERED) - set(before)


@pytest.mark.parametrize("at", KILLS, ids=str)
def test_f42_killed(cloud: SecretsCloud, at: At) -> None:
    killed = populate(cloud, at=at)

    assert killed.code == -signal.SIGKILL, killed.err
    stored = complete_or_untouched(cloud.stored())
    done = 0 if at.operation != "PutSecretValue" else at.number - (at.moment == "before")
    assert stored == list(ENTERED)[:done]
    finished(cloud, stored)


@pytest.mark.parametrize("at", CTRL_C, ids=str)
def test_f42_ctrl_c(cloud: SecretsCloud, at: At) -> None:
    ended = populate(cloud, at=at)

    assert cloud.interceptor.struck
    assert ended.code == 130, ended.err
    stored = complete_or_untouched(cloud.stored())
    # The secret at hand is finished, the next is not begun.
    assert stored == list(ENTERED)[: at.number if at.operation == "PutSecretValue" else 0]
    assert "[interrupted]" in ended.err
    if stored:
        assert f"stored: {', '.join(stored)}" in ended.err
        assert "next: acinaces secrets populate --env local --from -" in ended.err
    finished(cloud, stored)


def test_f42_a_command_that_was_ended_leaves_no_value_behind(cloud: SecretsCloud) -> None:
    ended = populate(cloud, at=At(operation="PutSecretValue", number=3, signal=signal.SIGINT))
    assert credentials.MARKER not in ended.out + ended.err
