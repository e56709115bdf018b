"""The smoke flow of MISSION's M13: create, read back, create again, audit entries, delete, and nothing left behind.

Ids are chosen before the first call, from the run's id: a lost answer can be cleaned up, a repeated attempt or a
repeated delivery meets its own rows (the API treats the same id with the same body as the same row).
"""

from __future__ import annotations

import time
from functools import partial
from typing import Any, Final
from urllib.parse import quote

from lambda_src.verification.aws import Aws
from lambda_src.verification.calls import ask
from lambda_src.verification.checks.json_answers import json_object
from lambda_src.verification.cleanup import CleanupItem
from lambda_src.verification.context import CheckContext
from lambda_src.verification.plan import SmokeFlowCheck, SmokeStep
from lambda_src.verification.verdicts import CheckProblem, Observation, Verdict

# Rows of a run live an hour; twice that allows for a clock that is wrong.
MAX_LIFE_S: Final = 7200


def smoke_id(run_id: str, step: str) -> str:
    """The id of what a step creates. The prefix gives the row a TTL and lets IAM restrict who may delete it."""
    return f"smoke-{run_id}-{step}"


async def run(spec: SmokeFlowCheck, context: CheckContext) -> Observation:
    """Passed when every step worked; the message of a failure names the step."""
    ids = {step.name: smoke_id(context.run_id, step.name) for step in spec.steps}
    _note_cleanup(spec, context, ids)
    flow = _Flow(spec, context)
    for step in spec.steps:
        await flow.create(step, ids[step.name], _body(step, ids))
    for step in spec.steps:
        await flow.read_back(step, ids[step.name], _body(step, ids))
    for step in spec.steps:
        await flow.create_again(step, ids[step.name], _body(step, ids))
        await flow.create_other(step, _body(step, ids))
        await flow.expires(step, ids[step.name])
    for step in spec.steps:
        await flow.audited(ids[step.name])
    for step in reversed(spec.steps):
        await flow.delete(step, ids[step.name])
    names = ", ".join(step.name for step in spec.steps)
    return Observation(
        verdict=Verdict.PASSED,
        message=f"{names}: created once only, read back, audited and deleted",
        latency_ms=flow.slowest_ms,
        evidence={"ids": ids, "steps_ms": flow.steps_ms},
    )


class _Flow:
    """The calls of one attempt and how long each took."""

    def __init__(self, spec: SmokeFlowCheck, context: CheckContext) -> None:
        self._spec = spec
        self._context = context
        self.steps_ms: dict[str, int] = {}

    @property
    def slowest_ms(self) -> int:
        return max(self.steps_ms.values())

    async def create(self, step: SmokeStep, row_id: str, body: dict[str, Any]) -> None:
        """POST; 201, or 200 where an earlier attempt got through."""
        await self._create(f"create {step.name}", step, row_id, body, status=(201, 200))

    async def create_again(self, step: SmokeStep, row_id: str, body: dict[str, Any]) -> None:
        """The same POST once more: 200 with the row that is there already."""
        await self._create(f"create {step.name} again", step, row_id, body, status=(200,))

    async def create_other(self, step: SmokeStep, body: dict[str, Any]) -> None:
        """A POST with the same id and another text: 409, so that nobody's row is overwritten."""
        texts = [key for key, value in step.body.items() if isinstance(value, str) and not value.startswith("{")]
        if texts:
            other = {**body, texts[0]: f"{body[texts[0]]} (another)"}
            await self._call(
                f"create another {step.name} with its id", "POST", step.path, json_body=other, status=(409,)
            )

    async def _create(
        self, what: str, step: SmokeStep, row_id: str, body: dict[str, Any], *, status: tuple[int, ...]
    ) -> None:
        value = await self._call(what, "POST", step.path, json_body=body, status=status)
        if not isinstance(value, dict) or value.get(step.id_field) != row_id:
            raise CheckProblem(f"{what}: the answer does not carry {step.id_field} {row_id!r}: {self._excerpt(value)}")

    async def read_back(self, step: SmokeStep, row_id: str, body: dict[str, Any]) -> None:
        """GET by id; every value that was sent is there."""
        what = f"read {step.name} back"
        value = await self._call(what, "GET", f"{step.path}/{row_id}", status=(200,))
        different = [key for key in body if not isinstance(value, dict) or value.get(key) != body[key]]
        if different:
            raise CheckProblem(f"{what}: differs from what was sent in {', '.join(different)}: {self._excerpt(value)}")

    async def expires(self, step: SmokeStep, row_id: str) -> None:
        """The row has a time to live, which removes it even where the run's end cannot."""
        attribute = self._spec.expires_attribute
        if attribute is None:
            return
        what = f"time to live of {step.name}"
        answer = await ask(
            self._context, "dynamodb", "get_item", subject=f"{step.table}/{row_id}", TableName=step.table,
            Key={step.id_field: {"S": row_id}}, ConsistentRead=True,
        )  # fmt: skip
        value = (answer.get("Item") or {}).get(attribute, {}).get("N", "")
        left_s = float(value) - time.time() if value.isdecimal() else None
        if left_s is None or not 0 < left_s <= MAX_LIFE_S:
            raise CheckProblem(
                f"{what}: {attribute} is {value or 'not set'}; expected: epoch seconds of the next {MAX_LIFE_S} s"
            )

    async def audited(self, row_id: str) -> None:
        """At least one audit entry about the row."""
        what = f"audit entries of {row_id}"
        value = await self._call(what, "GET", f"{self._spec.audit_path}?entityId={quote(row_id)}", status=(200,))
        items = value.get("items") if isinstance(value, dict) else None
        if not isinstance(items, list):
            raise CheckProblem(f"{what}: no list of items: {self._excerpt(value)}")
        if not any(isinstance(item, dict) and item.get("entityId") == row_id for item in items):
            raise CheckProblem(f"{what}: none of {len(items)} entries is about it", retry=True)

    async def delete(self, step: SmokeStep, row_id: str) -> None:
        """DELETE, after which the row is gone. 404 is a row that an earlier attempt already deleted."""
        what = f"delete {step.name}"
        path = f"{step.path}/{row_id}"
        await self._call(what, "DELETE", path, status=(200, 204, 404), parse=False)
        if await self._call(f"{what}, then read", "GET", path, status=(404, 200), parse=False) != 404:
            # A read right after a write may still see the old row.
            raise CheckProblem(f"{what}: it can still be read afterwards", retry=True)

    async def _call(
        self, what: str, method: str, path: str, *, status: tuple[int, ...], json_body: Any = None, parse: bool = True
    ) -> Any:
        try:
            answer = await self._context.api(method, path, json_body=json_body, timeout_s=self._spec.call_timeout_s)
        except CheckProblem as problem:
            seen = problem.observation
            raise CheckProblem(f"{what}: {seen.message}", verdict=seen.verdict, retry=seen.retry) from None
        self.steps_ms[what] = answer.latency_ms
        if not parse and answer.status in status:
            return answer.status
        return json_object(answer, self._context, what=what, status=status)

    def _excerpt(self, value: Any) -> str:
        return self._context.redactor.excerpt(str(value))


def _body(step: SmokeStep, ids: dict[str, str]) -> dict[str, Any]:
    """What is sent: the step's body with references replaced, and the id chosen for it."""
    references = {f"{{{name}}}": row_id for name, row_id in ids.items()}
    body = {key: references.get(value, value) if isinstance(value, str) else value for key, value in step.body.items()}
    return {**body, step.id_field: ids[step.name]}


def _note_cleanup(spec: SmokeFlowCheck, context: CheckContext, ids: dict[str, str]) -> None:
    for step in spec.steps:
        row_id = ids[step.name]
        context.cleanup.note(
            CleanupItem(
                what=f"{step.table}/{row_id}",
                remove=partial(remove_row, context.aws, step.table, {step.id_field: row_id}),
            )
        )


def remove_row(aws: Aws, table: str, key: dict[str, str]) -> list[str]:
    """Deletes one row; returns `table/id` where it was there."""
    return [f"{table}/{value}" for value in key.values()] if aws.delete_row(table, key) else []
