"""Checks of the data stores."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from lambda_src.verification.specs.data import DataStoreCheck, StoreKind

# As the health function calls the cache.
REDIS: Final = "redis"


def data_checks(
    *, tables: Sequence[str], timestream_database: str | None = None, timeout_s: float = 15
) -> list[DataStoreCheck]:
    """One check per store: the tables by their logical names, Redis, and Timestream where there is a database."""

    def check(store: str, kind: StoreKind, *, name: str, remedy: str) -> DataStoreCheck:
        return DataStoreCheck(
            name=f"data/{name}", group="data", remedy=remedy, timeout_s=timeout_s, store=store, store_kind=kind
        )

    checks = [
        check(
            table,
            "dynamodb",
            name=f"table-{table}",
            remedy=f"The table {table} does not answer the health function: look whether it is ACTIVE, and whether "
            "the function's role may read it and its key.",
        )
        for table in tables
    ]
    checks.append(
        check(
            REDIS,
            "redis",
            name="redis",
            remedy="Redis does not answer the health function: look at the replication group's status, the security "
            "group, its port, and the AUTH secret.",
        )
    )
    if timestream_database:
        checks.append(
            check(
                timestream_database,
                "timestream",
                name="timestream",
                remedy="Timestream does not answer the health function: look at the database and whether the "
                "function's role may call timestream:DescribeEndpoints and DescribeDatabase.",
            )
        )
    return checks
