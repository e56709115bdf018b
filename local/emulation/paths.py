"""What the launcher and its clients agree on; without imports, so that both may read it."""

from __future__ import annotations

# Answered beside the emulator's own.
RECORDED_PATH = "/_acinaces/recorded"
SAVE_PATH = "/_acinaces/save"
# In the folder of live state: all of it was saved.
SAVED_MARK = "saved.json"
