"""Paths at which the launcher answers beside the emulator's own; without imports, so that clients may read them."""

from __future__ import annotations

RECORDED_PATH = "/_acinaces/recorded"
