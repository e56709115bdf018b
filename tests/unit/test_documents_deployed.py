"""Documents about an environment now: what cannot be asked is said, and stops none of the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from environments import load_environment
from ops.doctor import Diagnosis
from ops.documents import deployed as module
from ops.documents.assembly import Assembly
from ops.documents.deployed import READINESS, SUMMARY, Deployed
from ops.errors import OperatorError
from ops.manifest import parse_manifest
from tests.support.manifests import COMPLETE
from tests.support.synthesis import Synthesis

MANIFEST = parse_manifest({key: value for section in COMPLETE.values() for key, value in section.items()}, source="x")


class Quiet:
    def attempt(self, *_: Any) -> None: ...

    def result(self, *_: Any) -> None: ...


@pytest.fixture
def deployed(synthesis_of: Callable[[str], Synthesis]) -> Deployed:
    environment = load_environment("local")
    return Deployed(environment, Assembly.read(environment, synthesis_of("local").directory), watcher=Quiet())


def refusing(what: str) -> Callable[..., Any]:
    def refuse(*_: Any, **__: Any) -> Any:
        raise OperatorError(f"{what} cannot be asked", error="unreachable", next_step="make local")

    return refuse


def test_nothing_can_be_asked(deployed: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "read_manifest", refusing("the manifest"))
    monkeypatch.setattr(module, "session", refusing("DynamoDB"))
    monkeypatch.setattr(module, "examine", refusing("doctor"))
    monkeypatch.setattr("ops.validate.read_live", refusing("S3"))

    documents = deployed.documents()

    assert set(documents) == {SUMMARY, READINESS}
    assert [reason.split(":")[0] for reason in deployed.missing] == [
        "the manifest", "the journal", "doctor", "the checks",
    ]  # fmt: skip
    for reason in deployed.missing:
        assert f"Could not be asked: {reason}" in documents[READINESS]
    assert "✓ yes" not in documents[READINESS]
    assert "## What serves" not in documents[SUMMARY]


def test_what_serves_stands_in_the_summary(deployed: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "read_manifest", lambda _: MANIFEST)
    monkeypatch.setattr(module, "session", refusing("DynamoDB"))
    monkeypatch.setattr(module, "examine", lambda _: Diagnosis(environment="local", findings=()))
    monkeypatch.setattr("ops.validate.read_live", refusing("S3"))

    documents = deployed.documents()

    assert "| release | `0123456789abcdef` |" in documents[SUMMARY]
    assert "| verdict of its gate | passed |" in documents[SUMMARY]
    assert "release `0123456789abcdef`" in documents[READINESS]
