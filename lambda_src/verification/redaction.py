"""Keeping secrets out of messages, reports and logs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

EXCERPT_LENGTH = 200
_REDACTED = "[redacted]"
# Shorter values would blank out ordinary words.
_SHORTEST_SECRET = 4

# `"apiKey": "…"`, `x-api-key: …`, `password=…`; not the `secret:name` inside an ARN.
_NAME = (
    r"(?:api[-_]?key|api[-_]?secret|secret(?:[-_]?(?:access[-_]?key|key|string|binary|token))?|password|passwd"
    r"|passphrase|private[-_]?key|(?:routing|integration)[-_]?key|(?:access|auth|session)[-_]?token|authorization)"
)
_TO_QUOTE = r"(\\?[\"'])((?:(?!\2)(?:\\.|[^\\]))+)"

_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    # CloudFormation's answer address is a pre-signed URL: whoever holds it can answer in our place.
    (re.compile(r"https?://cloudformation-custom-resource-response\S+"), _REDACTED),
    # Whoever knows the address of a web hook can write there.
    (re.compile(r"https://hooks\.slack\.com/\S+"), _REDACTED),
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL), _REDACTED),
    (re.compile(r"(?i)(X-Amz-(?:Signature|Security-Token|Credential))(=|%3D)[^&\s\"']+"), rf"\1\2{_REDACTED}"),
    (re.compile(r"(?i)\b(Signature=)[0-9a-f]{16,}"), rf"\1{_REDACTED}"),
    (re.compile(r"(?i)\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{6,}"), rf"\1 {_REDACTED}"),
    (re.compile(r"(?i)\b((?:set-)?cookie\\?[\"']?\s*:\s*\\?[\"']?)[\w.-]+=[^\"'\\\r\n]+"), rf"\1{_REDACTED}"),
    (re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"), _REDACTED),
    (re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{20,}|xox[abeprs]-[A-Za-z0-9-]{10,})"), _REDACTED),
    (re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"), _REDACTED),
    # The password in `redis://:password@host`.
    (re.compile(r"(://[^/\s:@\"']{0,200}:)[^/\s@\"']{1,500}@"), rf"\1{_REDACTED}@"),
    # A quoted value ends at its own quote, whatever else is in it; a lone `token` has to be that plain.
    (re.compile(rf"(?i)((?:{_NAME}|token)\\?[\"']?\s*[=:]\s*){_TO_QUOTE}"), rf"\1\2{_REDACTED}"),
    (re.compile(rf"(?i)((?:{_NAME}\\?[\"']?\s*(?:=\s*|:\s+)|\btoken=))[^\"'\\\s,;&}}]{{3,}}"), rf"\1{_REDACTED}"),
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
