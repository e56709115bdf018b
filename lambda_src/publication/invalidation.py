"""Custom resource: empties the CDN's cache after a publication; a failure is reported and never stops a release.

Nothing is lost by a failure: HTML is published as no-store and hashed assets never change, so an invalidation only
hastens what expires by itself (FAULTS F20).
"""

from __future__ import annotations

import logging
import sys
from typing import Any, Protocol, cast

_log = logging.getLogger(__name__)
_log.setLevel(logging.INFO)
# The embedded cloud's workers answer over stdout, so logs go to stderr.
_log.addHandler(logging.StreamHandler(sys.stderr))
_log.propagate = False


class CloudFront(Protocol):
    """The one call that is made; `boto3.client("cloudfront")` has it."""

    def create_invalidation(self, *, DistributionId: str, InvalidationBatch: dict[str, Any]) -> dict[str, Any]:
        """Starts an invalidation."""


def on_event(event: dict[str, Any], context: object, client: CloudFront | None = None) -> dict[str, Any]:
    """Answers CDK's Provider with `Outcome`: `requested <id>`, `unchanged` or `not requested: <reason>`.

    Properties: `DistributionId`, `PublicationDigest` (a change of it is what CloudFormation calls for).
    """
    del context
    properties = event.get("ResourceProperties", {})
    distribution = str(properties.get("DistributionId", ""))
    digest = str(properties.get("PublicationDigest", ""))
    answer = {"PhysicalResourceId": event.get("PhysicalResourceId") or f"invalidation-{distribution}"}
    if event.get("RequestType") == "Delete":
        return answer
    return {**answer, "Data": {"Outcome": _invalidate(distribution, digest, client)}}


def _invalidate(distribution: str, digest: str, client: CloudFront | None) -> str:
    try:
        cloudfront = client or _cloudfront()
        # The digest as reference makes a repeated event the same invalidation instead of a second one.
        response = cloudfront.create_invalidation(
            DistributionId=distribution,
            InvalidationBatch={"Paths": {"Quantity": 1, "Items": ["/*"]}, "CallerReference": digest},
        )
    except Exception as error:  # noqa: BLE001 - whatever it is, the release goes on and people are told
        _log.warning("The invalidation of %s was not requested: %s", distribution, error)
        return f"not requested: {type(error).__name__}: {error}"[:512]
    return f"requested {response['Invalidation']['Id']}"


def _cloudfront() -> CloudFront:
    import boto3  # the runtime's own; late, because a Delete needs none
    from botocore.config import Config

    # Throttling is common (one invalidation of everything at a time); `adaptive` waits between its tries.
    config = Config(connect_timeout=5, read_timeout=10, retries={"max_attempts": 4, "mode": "adaptive"})
    return cast(CloudFront, boto3.client("cloudfront", config=config))
