"""Style and types of the code; the site's own tests."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from pull_request.process import run
from pull_request.step import Context, Step
from pull_request.verdict import Result, failed, passed


def _style(_: Context) -> Sequence[Result]:
    ruff = [sys.executable, "-m", "ruff"]
    rules = run([*ruff, "check", "--output-format", "concise", "."], timeout_s=120)
    layout = run([*ruff, "format", "--check", "."], timeout_s=120)
    if not rules.code and not layout.code:
        return [passed("style")]
    fix = "ruff check --fix . && ruff format ."
    return [failed("style", fix, "\n".join(done.tail() for done in (rules, layout) if done.code))]


def _types(_: Context) -> Sequence[Result]:
    done = run([sys.executable, "-m", "mypy", "--no-color-output"], timeout_s=600)
    return [failed("types", done.tail(1), done.tail()) if done.code else passed("types", done.tail(1))]


def _site(_: Context) -> Sequence[Result]:
    done = run(["npm", "test", "--prefix", "frontend", "--silent"], timeout_s=300)
    return [failed("site", "npm test --prefix frontend", done.tail(40)) if done.code else passed("site")]


STEPS = (
    Step(name="style", run=_style, verdicts=("style",), seconds=2),
    Step(name="types", run=_types, verdicts=("types",), seconds=80),
    Step(name="site", run=_site, verdicts=("site",), seconds=20),
)
