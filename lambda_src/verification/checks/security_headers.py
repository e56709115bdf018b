"""Headers that tell browsers what they must not do; what is wrong with those of an answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_MAX_AGE = re.compile(r"max-age\s*=\s*\"?(\d+)", re.IGNORECASE)
_REFERRER_POLICIES: Final = frozenset(
    {"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"}
)
# Directive -> sources that it must consist of: https://www.w3.org/TR/CSP3/
_CLOSED: Final = {"object-src": "'none'", "base-uri": "'none'", "frame-ancestors": "'none'"}
_UNSAFE: Final = frozenset({"'unsafe-inline'", "'unsafe-eval'", "*", "http:", "https:", "data:", "blob:"})


def transport_problem(headers: Mapping[str, str], *, min_age_s: int) -> str | None:
    """Strict-Transport-Security for at least `min_age_s` seconds."""
    value = headers.get("strict-transport-security", "")
    found = _MAX_AGE.search(value)
    if not value:
        return "no strict-transport-security"
    if found is None or int(found.group(1)) < min_age_s:
        return f"strict-transport-security {value[:80]!r}, expected max-age={min_age_s} or more"
    return None


def sniffing_problem(headers: Mapping[str, str]) -> str | None:
    """X-Content-Type-Options: nosniff."""
    value = headers.get("x-content-type-options", "")
    return None if value.strip().lower() == "nosniff" else f"x-content-type-options {value[:80]!r}, expected 'nosniff'"


def framing_problem(headers: Mapping[str, str]) -> str | None:
    """X-Frame-Options: nobody frames the page."""
    value = headers.get("x-frame-options", "")
    return None if value.strip().upper() == "DENY" else f"x-frame-options {value[:80]!r}, expected 'DENY'"


def referrer_problem(headers: Mapping[str, str]) -> str | None:
    """Referrer-Policy: other sites do not learn which page somebody came from."""
    value = headers.get("referrer-policy", "").strip().lower()
    if value in _REFERRER_POLICIES:
        return None
    return f"referrer-policy {value[:80]!r}, expected one of {', '.join(sorted(_REFERRER_POLICIES))}"


def content_policy_problem(headers: Mapping[str, str]) -> str | None:
    """Content-Security-Policy: scripts of the site only, none written into the page, no plug-ins, no frames."""
    value = headers.get("content-security-policy", "")
    if not value:
        return "no content-security-policy"
    directives = [part.split() for part in value.split(";") if part.strip()]
    policy = {name.lower(): {source.lower() for source in sources} for name, *sources in reversed(directives)}
    scripts = policy.get("script-src", policy.get("default-src"))
    if scripts is None:
        return "content-security-policy says nothing about scripts"
    unsafe = sorted(scripts & _UNSAFE)
    if unsafe:
        return f"content-security-policy allows scripts from {', '.join(unsafe)}"
    open_ = [name for name, source in _CLOSED.items() if policy.get(name) != {source}]
    return f"content-security-policy leaves {', '.join(open_)} open, expected 'none'" if open_ else None


def storage_problem(headers: Mapping[str, str]) -> str | None:
    """Cache-Control: no-store, for answers that belong to one caller."""
    value = headers.get("cache-control", "")
    parts = {part.strip().lower() for part in value.split(",")}
    return None if "no-store" in parts else f"cache-control {value[:80]!r}, expected no-store"
