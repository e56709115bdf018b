"""Clean-up: everything at once, within its time, with what is left named."""

from __future__ import annotations

import threading
import time
from functools import partial

from lambda_src.verification.cleanup import Cleanup, CleanupItem


def test_items_are_removed_and_named() -> None:
    cleanup = Cleanup()
    cleanup.note(CleanupItem(what="b", remove=lambda: ["b/1", "b/2"]))
    cleanup.note(CleanupItem(what="a", remove=list))

    report = cleanup.run(timeout_s=5)

    assert (report.deleted, report.leftovers) == (("b/1", "b/2"), ())


def test_noting_twice_removes_once() -> None:
    removed: list[int] = []

    def remove(number: int) -> list[str]:
        removed.append(number)
        return []

    cleanup = Cleanup()
    for number in (1, 2):
        cleanup.note(CleanupItem(what="same", remove=partial(remove, number)))

    cleanup.run(timeout_s=5)

    assert removed == [1]


def test_a_failing_and_a_hanging_item_do_not_keep_the_others() -> None:
    release = threading.Event()

    def failing() -> list[str]:
        raise OSError("no way")

    def hanging() -> list[str]:
        release.wait(5)
        return []

    cleanup = Cleanup()
    for what, remove in (("failing", failing), ("hanging", hanging), ("fine", lambda: ["fine"])):
        cleanup.note(CleanupItem(what=what, remove=remove))
    began = time.monotonic()
    report = cleanup.run(timeout_s=0.2)
    took_s = time.monotonic() - began
    release.set()

    assert took_s < 0.7
    assert report.deleted == ("fine",)
    assert report.leftovers == ("failing: no way", "hanging: not confirmed within 0.2 s")


def test_nothing_to_do_takes_no_time() -> None:
    began = time.monotonic()

    assert Cleanup().run(timeout_s=10).deleted == ()
    assert time.monotonic() - began < 0.5
