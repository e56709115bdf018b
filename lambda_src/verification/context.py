"""What a check is given: targets, client, AWS, the run's id and key, the list of what to remove."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lambda_src.verification.aws import Aws
from lambda_src.verification.cleanup import Cleanup
from lambda_src.verification.http import Answer, HttpClient
from lambda_src.verification.plan import Targets
from lambda_src.verification.redaction import Redactor
from lambda_src.verification.shared import SharedAnswers
from lambda_src.verification.verdicts import Observation


@dataclass(frozen=True, kw_only=True)
class CheckContext:
    """One attempt's surroundings."""

    targets: Targets
    http: HttpClient
    aws: Aws
    # 12 hexadecimal digits, the same when CloudFormation delivers a request twice.
    run_id: str
    api_key: str | None
    cleanup: Cleanup
    redactor: Redactor
    # On `time.monotonic`'s clock: the end of this attempt.
    ends_at: float
    # Of the run: what several checks ask for at the same moment.
    shared: SharedAnswers = field(default_factory=SharedAnswers)

    @property
    def remaining_s(self) -> float:
        """Seconds left of this attempt."""
        return max(self.ends_at - time.monotonic(), 0.001)

    async def api(
        self,
        method: str,
        path: str,
        *,
        public: bool = False,
        json_body: Any = None,
        headers: Mapping[str, str] | None = None,
        timeout_s: float | None = None,
    ) -> Answer:
        """A call of the API, with its key unless `public`; takes `timeout_s` or what the attempt has left."""
        sent = {"Accept": "application/json", **(headers or {})}
        if not public and self.api_key:
            sent["x-api-key"] = self.api_key
        return await self.http.request(
            method, self.targets.api_url + path, headers=sent, json_body=json_body, timeout_s=self._within(timeout_s)
        )

    async def site(self, path: str, *, truncate: bool = False, headers: Mapping[str, str] | None = None) -> Answer:
        """GET `path` of the site."""
        return await self.http.request(
            "GET", f"{self.targets.site_url}{path}", headers=headers, timeout_s=self._within(None), truncate=truncate
        )

    def excerpt(self, answer: Answer) -> str:
        """The beginning of the answer's body, redacted, as one line of at most 200 characters."""
        return self.redactor.excerpt(answer.body)

    def _within(self, timeout_s: float | None) -> float:
        return self.remaining_s if timeout_s is None else min(timeout_s, self.remaining_s)


Runner = Callable[[Any, CheckContext], Awaitable[Observation]]
