"""Keeping secrets out of messages, reports and logs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

EXCERPT_LENGTH = 200
_REDACTED = "[redacted]"
# Shorter values would blank out ordinary words.
_SHORTEST_SECRET = 4

_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    # CloudFormation's answer address is a pre-signed URL: whoever holds it can answer in our place.
    (re.compile(r"https?://cloudformation-custom-resource-response\S+"), _REDACTED),
    (re.compile(r"(?i)\b(X-Amz-(?:Signature|Security-Token|Credential))=[^&\s\"']+"), rf"\1={_REDACTED}"),
    (re.compile(r"(?i)\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{6,}"), rf"\1 {_REDACTED}"),
    (re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"), _REDACTED),
    (re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"), _REDACTED),
    # `"apiKey": "…"`, `x-api-key: …`, `password=…`; not the `secret:name` inside an ARN.
    (
        re.compile(
            r"(?i)((?:api[-_]?key|api[-_]?secret|client[-_]?secret|secret|password|passwd|(?:access|auth|session)[-_]?token"
            r"|authorization)\\?[\"']?\s*(?:=\s*|:\s+|:\s*(?=\\?[\"'])))(\\?[\"']?)[^\"'\\\s,;&}]{3,}"
        ),
        rf"\1\2{_REDACTED}",
    ),
)


class Redactor:
    """Replaces known secret values and anything that looks like one."""

    def __init__(self) -> None:
        self._secrets: list[str] = []

    def learn(self, secret: str) -> None:
        """From now on `secret` never leaves in a text. Very short values are ignored."""
        if len(secret) >= _SHORTEST_SECRET and secret not in self._secrets:
            self._secrets.append(secret)
            # The longest first, so that a secret that contains another is replaced as a whole.
            self._secrets.sort(key=len, reverse=True)

    def text(self, text: str) -> str:
        """`text` without secrets."""
        for secret in self._secrets:
            text = text.replace(secret, _REDACTED)
        for pattern, replacement in _PATTERNS:
            text = pattern.sub(replacement, text)
        return text

    def value(self, value: Any) -> Any:
        """A JSON value with every string in it redacted, keys included."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self.text(str(key)): self.value(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(item) for item in value]
        return value

    def excerpt(self, body: bytes | str, *, length: int = EXCERPT_LENGTH) -> str:
        """The beginning of an answer as one printable line of at most `length` characters."""
        # Redacted before it is cut: a secret that straddles the cut would no longer be recognised.
        text = body if isinstance(body, str) else body[: 50 * length].decode("utf-8", errors="replace")
        line = " ".join("".join(char if char.isprintable() else " " for char in self.text(text)).split())
        return line if len(line) <= length else line[: length - 1] + "…"
