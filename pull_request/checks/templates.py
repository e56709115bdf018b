"""Synthesis of both trees, and what differs between them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from pull_request.base import export, python_for, trailers
from pull_request.changes.compare import compare
from pull_request.changes.destruction import read_permits
from pull_request.changes.report import refused, to_markdown
from pull_request.process import ROOT, CouldNotRunError, run
from pull_request.step import Context, Step
from pull_request.verdict import Result, failed, passed

_MODULE = "tests.support.synthesis"
CHANGES = "changes.md"


def _synthesis(context: Context) -> Sequence[Result]:
    done = _synthesise(Path(sys.executable), ROOT, context.head_templates, "--checked")
    if done:
        return [failed("synthesis", done.splitlines()[-1], done)]
    return [passed("synthesis", f"{len(list(context.head_templates.glob('*.done')))} environments")]


def _base(context: Context) -> Sequence[Result]:
    tree = context.work / "base-tree"
    export(context.base, tree)
    problem = _synthesise(python_for(tree), tree, context.base_templates)
    if problem:
        raise CouldNotRunError(f"the base does not synthesise: {problem.splitlines()[-1]}")
    return []


def _diff(context: Context) -> Sequence[Result]:
    for what, folder in (("this branch", context.head_templates), ("the base", context.base_templates)):
        if not folder.is_dir():
            raise CouldNotRunError(f"{what} has no templates to compare")
    comparison = compare(context.base_templates, context.head_templates)
    permits, unreadable = read_permits(trailers(context.base))
    (context.work / CHANGES).write_text(to_markdown(comparison, permits, unreadable), encoding="utf-8")
    left = refused(comparison, permits)
    if left:
        lines = [f"{one.stack}/{one.change.id} ({one.change.path}) {one.what}" for one in left]
        return [failed("diff", f"{len(left)} destructive changes that no commit names", "\n".join(lines))]
    changed = sum(len(stack.resources) for stack in comparison.stacks)
    return [passed("diff", f"{changed} resources in {len(comparison.environments)} environments")]


def _synthesise(python: Path, tree: Path, output: Path, *options: str) -> str:
    """Empty, or the last lines of what went wrong. The folder appears only when it is whole."""
    partial = output.with_suffix(".partial")
    done = run([str(python), "-m", _MODULE, str(partial), *options], timeout_s=300, cwd=tree)
    if done.code:
        return done.tail(15) or f"exit code {done.code}"
    partial.rename(output)
    return ""


STEPS = (
    Step(name="synthesis", run=_synthesis, verdicts=("synthesis",), seconds=300),
    Step(name="base", run=_base, verdicts=(), seconds=50),
    Step(name="diff", run=_diff, verdicts=("diff",), needs=("synthesis", "base"), seconds=5),
)
