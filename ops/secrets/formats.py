"""What credentials look like, checked before anything is stored. A problem names the field and never the value."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from pydantic import SecretStr

from ops.secrets.catalogue import FIELDS

# By name and field; a field that is not there, or blank, is left out.
Entered = Mapping[str, Mapping[str, SecretStr]]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """`says`: what a value must be, as a sentence goes on after "must be"."""

    pattern: re.Pattern[str]
    says: str

    @classmethod
    def of(cls, pattern: str, says: str) -> Rule:
        return cls(pattern=re.compile(pattern, re.ASCII), says=says)


_UUID: Final = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_PEM: Final = r"-----BEGIN (?:EC )?PRIVATE KEY-----\n[A-Za-z0-9+/=\n]{60,}\n-----END (?:EC )?PRIVATE KEY-----\n?"
# Exchanges that publish no format for their keys.
_OPAQUE: Final = Rule.of(r"[!-~]{16,512}", "16 to 512 printable characters without spaces")

# As the providers hand them out in November 2026.
RULES: Final[dict[str, dict[str, Rule]]] = {
    "binance": {
        "apiKey": Rule.of(r"[A-Za-z0-9]{64}", "64 letters and digits"),
        "apiSecret": Rule.of(r"[A-Za-z0-9]{64}", "64 letters and digits (an HMAC key)"),
    },
    "coinbase": {
        "apiKey": Rule.of(rf"(?:organizations/{_UUID}/apiKeys/)?{_UUID}", "a key id, or organizations/ID/apiKeys/ID"),
        "apiSecret": Rule.of(rf"[A-Za-z0-9+/]{{86}}==|{_PEM}", "88 characters of base64, or a private key in PEM"),
    },
    "kraken": {
        "apiKey": Rule.of(r"[A-Za-z0-9+/]{56}", "56 characters of base64"),
        "apiSecret": Rule.of(r"[A-Za-z0-9+/]{86}==", "88 characters of base64"),
    },
    "okx": {
        "apiKey": Rule.of(_UUID, "a UUID"),
        "apiSecret": Rule.of(r"[0-9A-F]{32}", "32 digits and letters A to F"),
    },
    "bybit": {
        "apiKey": Rule.of(r"[A-Za-z0-9]{18}", "18 letters and digits"),
        "apiSecret": Rule.of(r"[A-Za-z0-9]{36}", "36 letters and digits"),
    },
    **{name: {"apiKey": _OPAQUE, "apiSecret": _OPAQUE} for name in ("bsdex", "bison", "finoa")},
    "gemini": {"apiKey": Rule.of(r"AIza[A-Za-z0-9_-]{35}|AQ\.[A-Za-z0-9_.-]{20,200}", "AIza and 35 more, or AQ. …")},
    "openai": {"apiKey": Rule.of(r"sk-[A-Za-z0-9_-]{20,250}", "sk- and 20 or more letters, digits, _ and -")},
    "deepseek": {"apiKey": Rule.of(r"sk-[A-Za-z0-9]{32,64}", "sk- and 32 to 64 letters and digits")},
}
# What people leave standing in a template.
_LEFT_STANDING: Final = re.compile(r"(?i)<.*>|(placeholder|change-?_?me|your[-_ ].*|todo|x{3,}|\.{3,}|…)")
_LONGEST: Final = 4096


def problems(entered: Entered, *, any_format: Collection[str] = ()) -> list[str]:
    """Everything that is wrong, a line each, e.g. `kraken.apiKey: must be …, and has 12 characters`.

    `any_format`: names whose provider's format is not looked at; what holds for every secret still is.
    """
    return [*_of_each(entered, any_format), *_shared_values(entered)]


def _of_each(entered: Entered, any_format: Collection[str]) -> Iterator[str]:
    for name, values in entered.items():
        for field in FIELDS[name]:
            where = f"{name}.{field}"
            if field not in values:
                yield f"{where}: missing; {' and '.join(FIELDS[name])} belong together"
                continue
            problem = _general(values[field].get_secret_value())
            if problem is None and name not in any_format:
                problem = _special(values[field].get_secret_value(), RULES[name][field])
            if problem:
                yield f"{where}: {problem}"


def _general(value: str) -> str | None:
    if _LEFT_STANDING.fullmatch(value):
        return "is still what the template says"
    if len(value) > _LONGEST:
        return f"is longer than {_LONGEST} characters"
    if not all(char.isprintable() or char == "\n" for char in value):
        return "contains control characters; paste it again"
    return None


def _special(value: str, rule: Rule) -> str | None:
    if rule.pattern.fullmatch(value):
        return None
    return f"must be {rule.says}, and has {len(value)} characters" + (
        ", spaces among them" if any(char.isspace() for char in value) else ""
    )


def _shared_values(entered: Entered) -> Iterator[str]:
    """The same value in two places: one of them was pasted into the wrong field."""
    seen: dict[str, str] = {}
    for name, values in entered.items():
        for field, value in values.items():
            first = seen.setdefault(value.get_secret_value(), f"{name}.{field}")
            if first != f"{name}.{field}":
                yield f"{name}.{field}: the same as {first}"
