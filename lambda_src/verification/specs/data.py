"""Data stores, as the deployed functions see them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from lambda_src.verification.specs.base import CheckSpec, UrlPath

StoreKind = Literal["dynamodb", "redis", "timestream"]


class DataStoreCheck(CheckSpec):
    """One store in the platform's own detailed health: named there, and healthy."""

    kind: Literal["data_store"] = "data_store"
    path: UrlPath = "/health/detailed"
    # As the health function names and types it.
    store: str = Field(min_length=1)
    store_kind: StoreKind
