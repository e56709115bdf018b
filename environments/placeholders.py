"""Account numbers that stand in a file until a person enters their own: nothing may trust or deploy to them."""

from __future__ import annotations

import re
from typing import Final

# Documentation's favourites, and twelve times the same digit: accounts of strangers.
_ACCOUNT: Final = re.compile(r"(\d)\1{11}|123456789012|012345678901|210987654321")


def is_placeholder_account(number: str) -> bool:
    """Whether no person entered this account number."""
    return bool(_ACCOUNT.fullmatch(number))
