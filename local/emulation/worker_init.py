"""A function that hangs while it is imported is ended, as on AWS.

The emulator bounds an invocation by the function's timeout, and waits without limit for the import of the handler's
module before it. AWS gives the init phase ten seconds and then runs it again within the function's own timeout; here
a worker that has not answered after both together is ended, and the invocation fails. The ten seconds are twice as
many here: a dozen workers that start at once share the laptop's cores, with each other and with all else that runs.
"""

from __future__ import annotations

import functools
import threading
import time
from typing import Any

# In seconds; AWS Lambda's limit of the init phase is 10.
INIT_LIMIT_S = 20.0


def install() -> None:
    """Watch every start of a worker."""
    from ministack.core import lambda_runtime

    spawn = lambda_runtime.Worker._spawn

    @functools.wraps(spawn)
    def bounded_spawn(worker: Any) -> None:
        limit = INIT_LIMIT_S + float(worker.config.get("Timeout", 3))
        started, previous = time.monotonic(), worker._proc
        watch = threading.Timer(limit, _end, args=(worker, previous))
        watch.daemon = True
        watch.start()
        try:
            spawn(worker)
        except RuntimeError as error:
            if time.monotonic() - started >= limit:
                raise RuntimeError(f"Init phase timed out after {limit:.2f} seconds") from error
            raise
        finally:
            watch.cancel()

    lambda_runtime.Worker._spawn = bounded_spawn


def _end(worker: Any, previous: Any) -> None:
    """Kill the process that the worker has started since the watch began."""
    process = worker._proc
    if process is not None and process is not previous and process.poll() is None:
        process.kill()
