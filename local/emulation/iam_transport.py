"""Loopback stands for secure transport where policies are evaluated.

On AWS every endpoint has TLS. Here requests go over loopback, which nobody can listen to; without this, each statement
that denies requests without TLS would deny every request. Ends when the emulator lets a setting say so.
"""

from __future__ import annotations

from typing import Final

ENFORCES: Final = (
    "Every call of a role or user needs an allowing policy: identity and resource policies, permissions boundaries, "
    "session policies and role trust are evaluated as IAM does (AccessDenied, AccessDeniedException).",
)
NOT_ENFORCED: Final = ("aws:SecureTransport is always true: callers on loopback cannot call without TLS.",)


def install() -> None:
    """Evaluate every request as one over TLS."""
    import ministack.app

    pin = ministack.app.pin_request_origin
    ministack.app.pin_request_origin = lambda address, _secure: pin(address, True)
