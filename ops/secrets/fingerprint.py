"""Eight hexadecimal digits by which people in one environment compare credentials without showing them."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Final

from pydantic import SecretStr

# Eight digits: enough to tell two values apart, too few to confirm a guess without the key.
_DIGITS: Final = 8
_PURPOSE: Final = "acinaces-fingerprint-1"


def fingerprint(key: SecretStr | None, name: str, values: Mapping[str, SecretStr]) -> str | None:
    """An HMAC over name and fields, keyed with the environment's own generated secret; None without the key.

    Without the key nobody can try out values against a fingerprint in a ticket or a chat.
    """
    if key is None or not values:
        return None
    content = {field: value.get_secret_value() for field, value in sorted(values.items())}
    message = json.dumps([_PURPOSE, name, content]).encode()
    return hmac.new(key.get_secret_value().encode(), message, hashlib.sha256).hexdigest()[:_DIGITS]
