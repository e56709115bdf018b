"""The gate's own log lines: JSON on stderr, few, redacted.

On stderr because the embedded cloud's workers answer over stdout; AWS Lambda sends both to the same log group.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from lambda_src.verification.redaction import Redactor

_LONGEST_LINE = 8000


def log(event: str, *, redactor: Redactor | None = None, **fields: Any) -> None:
    """Writes one line. Values that are not JSON are written as text."""
    safe = (redactor or Redactor()).value(fields)
    line = json.dumps({"event": event, **safe}, ensure_ascii=False, default=str)
    sys.stderr.write(line[:_LONGEST_LINE] + "\n")
    sys.stderr.flush()
