"""Hostile text in each field of a resource: refused, or stored and given back letter for letter as JSON.

One row, with an id chosen before the first call, is created for each field and text, read back and deleted. So a
lost answer is cleaned up by key, and at no time is there more than one such row.
"""

from __future__ import annotations

import copy
from collections import Counter
from typing import Any, Final
from urllib.parse import quote

from lambda_src.verification.checks.json_answers import json_object
from lambda_src.verification.cleanup import CleanupItem
from lambda_src.verification.context import CheckContext
from lambda_src.verification.http import Answer
from lambda_src.verification.specs.security import HostileTextCheck
from lambda_src.verification.verdicts import CheckProblem, Observation, Verdict

# One of each kind that MISSION's M23 names, and the templates of three languages.
TEXTS: Final[dict[str, str]] = {
    "sql": "'; DROP TABLE strategies; -- ' OR '1'='1",
    "script": '<script>alert(1)</script>"><img src=x onerror=alert(1)>',
    "shell": "; cat /etc/passwd | $(id) `id` && reboot",
    "template": "{{7*7}}${7*7}<%= 7*7 %>",
}
_JSON: Final = frozenset({"application/json", "application/problem+json"})


async def run(spec: HostileTextCheck, context: CheckContext) -> Observation:
    """Passed when an ordinary body is accepted and every hostile text was refused or did nothing."""
    flow = _Flow(spec, context)
    flow.note_cleanup()
    await flow.prepare()
    for field in spec.fields:
        for kind, text in TEXTS.items():
            await flow.attempt(field, kind, text)
    await flow.finish()
    refused, inert = flow.outcomes["refused"], flow.outcomes["inert"]
    return Observation(
        verdict=Verdict.PASSED,
        message=f"{spec.path}: {len(TEXTS)} texts in {len(spec.fields)} fields, {refused} refused, {inert} inert",
        evidence={"fields": list(spec.fields), "kinds": list(TEXTS), **flow.outcomes},
    )


class _Flow:
    """The calls of one attempt."""

    def __init__(self, spec: HostileTextCheck, context: CheckContext) -> None:
        self._spec = spec
        self._context = context
        self._id = f"smoke-{context.run_id}-{spec.path.rstrip('/').rpartition('/')[2]}-text"[:64]
        self._parent_id = f"{self._id[:56]}-parent"
        self.outcomes: Counter[str] = Counter()

    def note_cleanup(self) -> None:
        """Everything that may come to be, by key."""
        spec, parent = self._spec, self._spec.parent
        rows = [(spec.table, spec.id_field, self._id)]
        if parent is not None:
            rows.append((parent.table, parent.id_field, self._parent_id))
        for table, id_field, row_id in rows:
            self._note(table, id_field, row_id)

    async def prepare(self) -> None:
        """The parent, and one ordinary row: were that refused, refusing the rest would prove nothing."""
        parent = self._spec.parent
        if parent is not None:
            await self._create("the parent", parent.path, {**parent.body, parent.id_field: self._parent_id})
        await self._delete(self._spec.path, self._id)
        await self._create("an ordinary body", self._spec.path, self._body())
        await self._delete(self._spec.path, self._id)

    async def attempt(self, field: str, kind: str, text: str) -> None:
        """One text in one field."""
        spec = self._spec
        what = f"POST {spec.path} with {kind} in {field}"
        # An id with the prefix is removed by its TTL even where it was accepted by mistake.
        value = f"{self._id}{text}" if field == spec.id_field else text
        answer = await self._context.api(
            "POST", spec.path, json_body=_with(self._body(), field, value), timeout_s=spec.call_timeout_s
        )
        self._judge_form(what, answer)
        if 400 <= answer.status < 500:
            self.outcomes["refused"] += 1
            return
        if field == spec.id_field:
            await self._delete(spec.path, value)
            raise CheckProblem(f"{what}: accepted as an id: {self._context.excerpt(answer)}")
        self._judge_text(what, answer, field, value)
        read = await self._context.api("GET", f"{spec.path}/{self._id}", timeout_s=spec.call_timeout_s)
        self._judge_form(f"{what}, read back", read)
        self._judge_text(f"{what}, read back", read, field, value)
        await self._delete(spec.path, self._id)
        self.outcomes["inert"] += 1

    async def finish(self) -> None:
        """The parent goes; whatever else is left goes with the run's clean-up."""
        if self._spec.parent is not None:
            await self._delete(self._spec.parent.path, self._parent_id)

    def _judge_form(self, what: str, answer: Answer) -> None:
        if answer.status == 429 or answer.status >= 500:
            # 429 is not a refusal of this text; an error is what the text may have caused.
            raise CheckProblem(
                f"{what}: HTTP {answer.status}: {self._context.excerpt(answer)}", retry=answer.status in (429, 502, 503)
            )
        if answer.content_type not in _JSON:
            kind = answer.content_type or "missing"
            raise CheckProblem(f"{what}: HTTP {answer.status} with content type {kind!r}, which a browser may run")

    def _judge_text(self, what: str, answer: Answer, field: str, sent: str) -> None:
        value = json_object(answer, self._context, what=what, status=(200, 201))
        for name in field.split("."):
            value = value.get(name) if isinstance(value, dict) else None
        if value != sent:
            raise CheckProblem(
                f"{what}: came back as {self._context.redactor.excerpt(repr(value))}, not as it was sent"
            )

    def _body(self) -> dict[str, Any]:
        body = {
            name: self._parent_id if value == "{parent}" else copy.deepcopy(value)
            for name, value in self._spec.body.items()
        }
        return {**body, self._spec.id_field: self._id}

    async def _create(self, what: str, path: str, body: dict[str, Any]) -> None:
        answer = await self._context.api("POST", path, json_body=body, timeout_s=self._spec.call_timeout_s)
        json_object(answer, self._context, what=f"POST {path} with {what}", status=(200, 201))

    async def _delete(self, path: str, row_id: str) -> None:
        what = f"{path}/{quote(row_id, safe='')}"
        answer = await self._context.api("DELETE", what, timeout_s=self._spec.call_timeout_s)
        if answer.status not in (200, 204, 404) and row_id in (self._id, self._parent_id):
            message = f"DELETE {what}: HTTP {answer.status}: {self._context.excerpt(answer)}"
            raise CheckProblem(message, retry=answer.retryable)

    def _note(self, table: str, id_field: str, row_id: str) -> None:
        aws = self._context.aws

        def remove_row() -> list[str]:
            return [f"{table}/{row_id}"] if aws.delete_row(table, {id_field: row_id}) else []

        self._context.cleanup.note(CleanupItem(what=f"{table}/{row_id}", remove=remove_row))


def _with(body: dict[str, Any], field: str, value: str) -> dict[str, Any]:
    """`body` with `value` at "name" or "parameters.note"."""
    *outer, last = field.split(".")
    place = body
    for name in outer:
        place = place.setdefault(name, {})
    place[last] = value
    return body
