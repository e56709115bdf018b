"""AWS in memory: what `lambda_src.verification.aws.Aws` asks for, with faults on command."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from lambda_src.verification.aws import AwsProblem

Row = dict[str, str]
API_KEY = "k3y-Of-The-Fake-Platform-0123456789"
SECRET_ARN = "arn:aws:secretsmanager:eu-central-1:000000000000:secret:api-key-AbCdEf"


class FakeAws:
    """`rows` are shared with the fake platform, so that what is left behind can be seen."""

    def __init__(self) -> None:
        self.secrets = {SECRET_ARN: API_KEY}
        self.status = "UPDATE_IN_PROGRESS"
        # table -> rows
        self.rows: dict[str, list[Row]] = {}
        # "bucket/key" -> content
        self.objects: dict[str, bytes] = {}
        self.content_types: dict[str, str] = {}
        self.calls: Counter[str] = Counter()
        # operation -> what happens instead, before anything else; called with the operation's subject
        self.faults: dict[str, Callable[[str], None]] = {}
        # "service.operation" -> answer of that call, from its parameters
        self.answers: dict[str, Callable[..., Any]] = {"dynamodb.get_item": _expiring_item}
        # The regions that calls were sent to, where one was named: "service.operation" -> region
        self.regions: dict[str, str] = {}
        self.lock = threading.RLock()

    def secret(self, arn: str) -> str:
        self._enter("secret", arn)
        return self.secrets[arn]

    def stack_status(self, stack: str) -> str:
        self._enter("stack_status", stack)
        return self.status

    def delete_row(self, table: str, key: Mapping[str, str]) -> bool:
        self._enter("delete_row", f"{table} {dict(key)}")
        with self.lock:
            rows = self.rows.get(table, [])
            kept = [row for row in rows if any(row.get(name) != value for name, value in key.items())]
            self.rows[table] = kept
            return len(kept) < len(rows)

    def call(self, service: str, operation: str, subject: str, *, region: str | None = None, **parameters: Any) -> Any:
        name = f"{service}.{operation}"
        self._enter(name, subject)
        if region:
            self.regions[name] = region
        if name not in self.answers:
            raise AwsProblem(f"{service} {operation} on {subject}: the test has no answer", code="UnknownOperation")
        return self.answers[name](**parameters)

    def put_object(self, bucket: str, key: str, body: bytes, *, content_type: str = "application/json") -> None:
        self._enter("put_object", f"{bucket}/{key}")
        self.content_types[f"{bucket}/{key}"] = content_type
        self.objects[f"{bucket}/{key}"] = body

    def get_object(self, bucket: str, key: str) -> bytes | None:
        self._enter("get_object", f"{bucket}/{key}")
        return self.objects.get(f"{bucket}/{key}")

    @property
    def left(self) -> list[Row]:
        """All rows of all tables."""
        return [row for rows in self.rows.values() for row in rows]

    def _enter(self, operation: str, subject: str) -> None:
        self.calls[operation] += 1
        fault = self.faults.get(operation)
        if fault is not None:
            fault(subject)


def _expiring_item(*, Key: dict[str, Any], **_: Any) -> dict[str, Any]:
    return {"Item": {**Key, "expiresAt": {"N": str(int(time.time()) + 3600)}}}


def refused(code: str = "AccessDeniedException") -> Callable[[str], None]:
    """A fault: AWS answers with this error."""

    def fault(subject: str) -> None:
        raise AwsProblem(f"the call on {subject}: {code}: refused by the test", code=code)

    return fault
