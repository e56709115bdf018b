"""Tokens for the signed double submit: `<random>.<expiry>.<HMAC>`, bound to the caller's API key, stored nowhere.

https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html: the HMAC covers
what identifies the session and a random value. The session here is the API key: API Gateway has verified it, a foreign
page does not have it, and so no further secret is needed. A token says nothing about the key and is of no use without.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

LIFETIME_S: Final = 3600
# What the key is used for goes into the message, so that no other HMAC made with it can pass as a token.
_PURPOSE: Final = "acinaces-csrf-1"
_TOKEN = re.compile(r"([0-9a-f]{32})\.([0-9]{1,12})\.([0-9a-f]{64})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token and when it ends."""

    text: str
    expires: datetime


def issue(api_key: str, *, now: datetime) -> Token:
    """A new token for the caller with this key."""
    nonce, expires = secrets.token_hex(16), int(now.timestamp()) + LIFETIME_S
    text = f"{nonce}.{expires}.{_mac(api_key, nonce, expires)}"
    return Token(text=text, expires=datetime.fromtimestamp(expires, UTC))


def is_valid(text: str, api_key: str, *, now: datetime) -> bool:
    """Whether `text` was issued to the caller with this key, and has not expired."""
    found = _TOKEN.fullmatch(text)
    if found is None:
        return False
    nonce, expires, mac = found.group(1), int(found.group(2)), found.group(3)
    return hmac.compare_digest(mac, _mac(api_key, nonce, expires)) and now.timestamp() < expires


def _mac(api_key: str, nonce: str, expires: int) -> str:
    message = f"{_PURPOSE}.{nonce}.{expires}".encode()
    return hmac.new(api_key.encode(), message, hashlib.sha256).hexdigest()
