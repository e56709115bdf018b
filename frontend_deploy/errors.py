"""The one error of this package."""

from __future__ import annotations


class SiteBuildError(Exception):
    """The site could not be built or read; the message says what, where, why and the next command."""
