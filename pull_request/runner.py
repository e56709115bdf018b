"""Runs steps side by side, two at a time, each as soon as what it needs has ended."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace

from pull_request.process import CouldNotRunError
from pull_request.step import Context, Step
from pull_request.verdict import Result, could_not_run


def run_all(
    steps: Sequence[Step], context: Context, *, told: Callable[[Result], None], at_once: int = 2
) -> list[Result]:
    """Every verdict, in the order of the steps. `told` hears of each as it comes.

    A step whose need is not among `steps` does not wait for it. A step that raises could not run: it never ends the
    others.
    """
    names = {step.name for step in steps}
    waiting = sorted(steps, key=lambda step: -step.seconds)
    running: dict[Future[list[Result]], Step] = {}
    results: dict[str, list[Result]] = {}
    with ThreadPoolExecutor(max_workers=at_once) as pool:
        while waiting or running:
            for step in list(waiting):
                ready = all(need in results for need in step.needs if need in names)
                if ready and len(running) < at_once:
                    waiting.remove(step)
                    running[pool.submit(_run, step, context)] = step
            if not running:
                raise ValueError(f"these steps wait for each other: {', '.join(step.name for step in waiting)}")
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                step = running.pop(future)
                results[step.name] = future.result()
                for result in results[step.name]:
                    told(result)
    return [result for step in steps for result in results[step.name]]


def _run(step: Step, context: Context) -> list[Result]:
    began = time.monotonic()
    try:
        given = list(step.run(context))
    except CouldNotRunError as error:
        given = [could_not_run(name, str(error)) for name in step.verdicts]
    # A mistake in a step is that step's verdict, not the end of all others.
    except Exception as error:  # noqa: BLE001
        given = [could_not_run(name, f"{type(error).__name__}: {error}") for name in step.verdicts]
    known = {result.name for result in given}
    given += [could_not_run(name, "gave no verdict") for name in step.verdicts if name not in known]
    seconds = time.monotonic() - began
    return [replace(result, seconds=result.seconds or seconds) for result in given]
