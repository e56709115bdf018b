"""The invalidation: asked for once per publication; whatever happens, the release goes on and people are told (F20)."""

from __future__ import annotations

from typing import Any

import pytest

from lambda_src.publication.invalidation import on_event

PROPERTIES = {"DistributionId": "E1", "PublicationDigest": "abc"}


class Cdn:
    """Records what it is asked for; refuses when told to."""

    def __init__(self, refusal: Exception | None = None) -> None:
        self.asked: list[dict[str, Any]] = []
        self.refusal = refusal

    def create_invalidation(self, **arguments: Any) -> Any:
        self.asked.append(arguments)
        if self.refusal:
            raise self.refusal
        return {"Invalidation": {"Id": "I1"}}


def event(kind: str, **more: Any) -> dict[str, Any]:
    return {"RequestType": kind, "ResourceProperties": PROPERTIES, **more}


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_everything_is_invalidated_with_the_publication_as_reference(kind: str) -> None:
    cdn = Cdn()

    answer = on_event(event(kind), None, cdn)

    assert answer == {"PhysicalResourceId": "invalidation-E1", "Data": {"Outcome": "requested I1"}}
    (asked,) = cdn.asked
    assert asked["DistributionId"] == "E1"
    assert asked["InvalidationBatch"]["CallerReference"] == "abc"
    assert asked["InvalidationBatch"]["Paths"]["Items"] == ["/*"]


def test_a_refusal_is_reported_and_fails_nothing() -> None:
    answer = on_event(event("Update"), None, Cdn(RuntimeError("TooManyInvalidationsInProgress " + "x" * 5000)))

    outcome = answer["Data"]["Outcome"]
    assert outcome.startswith("not requested: RuntimeError: TooManyInvalidationsInProgress")
    assert len(outcome) <= 512


def test_a_deletion_asks_for_nothing() -> None:
    cdn = Cdn()

    answer = on_event(event("Delete", PhysicalResourceId="invalidation-E1"), None, cdn)

    assert answer == {"PhysicalResourceId": "invalidation-E1"}
    assert cdn.asked == []
