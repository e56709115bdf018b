"""`python -m pull_request`: all steps, or some. Progress goes to standard error, the comment to standard output.

Exit codes: 0 all passed; 1 a step failed; 2 wrong usage; 3 none failed and one could not run; 130 interrupted.
"""

from __future__ import annotations

import shutil
import signal
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from ops.error_screen import fail
from ops.errors import ExitCode, OperatorError
from ops.files import write_text
from pull_request import comment
from pull_request.base import find_base
from pull_request.checks.secrets import BASELINE, update_baseline
from pull_request.checks.templates import CHANGES
from pull_request.process import ROOT, CouldNotRunError, run
from pull_request.runner import run_all
from pull_request.step import Context, Step
from pull_request.steps import STEPS
from pull_request.verdict import Result, Verdict, exit_code

OUTPUT = ROOT / ".build" / "pull-request"
_STYLES = {Verdict.PASSED: ("✓", "green"), Verdict.FAILED: ("✗", "bold red"), Verdict.COULD_NOT_RUN: ("!", "yellow")}
_stderr = Console(stderr=True, highlight=False)

app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)


@app.command()
def check(
    base: Annotated[str, typer.Option(help="Compare with where the branch left this; main if empty.")] = "",
    only: Annotated[list[str] | None, typer.Option(help="Only this step and what it needs; may be repeated.")] = None,
    output: Annotated[Path, typer.Option(help="Folder for report.md, comment.md, result.json and sbom/.")] = OUTPUT,
    as_json: Annotated[bool, typer.Option("--json", help="Print the verdicts as JSON, not the comment.")] = False,
) -> None:
    """Check this branch as a pull request is checked, and show what it would change in each environment."""
    wanted = chosen(only or [])
    try:
        compared = find_base(base)
    except CouldNotRunError as error:
        raise OperatorError(
            str(error), error="no-base-to-compare", next_step="git fetch origin main", code=ExitCode.COULD_NOT_RUN
        ) from error
    head = run(["git", "rev-parse", "HEAD"], timeout_s=30).stdout.strip()
    _stderr.print(f"Checking {head[:12]} and what is not committed, against {compared[:12]} …", markup=False)
    work = Path(tempfile.mkdtemp(prefix="pull-request-"))
    try:
        context = Context(base=compared, work=work, output=output.resolve())
        results = run_all(wanted, context, told=_tell)
        changes = (work / CHANGES).read_text(encoding="utf-8") if (work / CHANGES).exists() else ""
    finally:
        shutil.rmtree(work, ignore_errors=True)
    text = comment.to_markdown(results, changes, base=compared, head=head)
    data = comment.to_json(results, base=compared, head=head)
    write_text(output / "report.md", text)
    write_text(output / "comment.md", comment.shortened(text))
    write_text(output / "result.json", data + "\n")
    typer.echo(data if as_json else text)
    _stderr.print(Text(comment.headline(results), style="bold"), soft_wrap=True)
    _stderr.print(Text(f"next: read {output / 'report.md'}"), soft_wrap=True)
    raise SystemExit(int(exit_code(results)))


@app.command()
def baseline() -> None:
    """Bring .secrets.baseline up to date; what is new in it counts once a person has called it no secret."""
    try:
        new = update_baseline()
    except CouldNotRunError as error:
        raise OperatorError(str(error), error="tool-missing", next_step="make setup-pr") from error
    _stderr.print(f"Written: {BASELINE.name}; {new} to review.", markup=False)
    audit = f".tools/audit/bin/detect-secrets audit {BASELINE.name}"
    _stderr.print(Text(f"next: {audit if new else 'git diff --stat'}"), soft_wrap=True)


@app.command()
def steps() -> None:
    """List the steps that `check --only` takes."""
    for step in STEPS:
        typer.echo(step.name)


def chosen(only: list[str]) -> list[Step]:
    """The named steps with all that they need, in the order of `STEPS`; all of them for none.

    Raises:
        OperatorError: there is no step of such a name (exit code 2).
    """
    known = {step.name: step for step in STEPS}
    wanted, left = set(), list(only or known)
    while left:
        name = left.pop()
        if name not in known:
            raise OperatorError(
                f"there is no step {name!r}; the steps are: {', '.join(known)}",
                error="no-such-step",
                next_step="make pr",
                code=ExitCode.USAGE,
            )
        if name not in wanted:
            wanted.add(name)
            left += known[name].needs
    return [step for step in STEPS if step.name in wanted]


def _tell(result: Result) -> None:
    sign, style = _STYLES[result.verdict]
    line = Text.assemble((sign, style), f" {result.name}  {result.seconds:.0f} s  ", (result.note, "dim"))
    _stderr.print(line, soft_wrap=True)


def main() -> None:
    """Runs the command; every expected error is one line, and the next command."""
    # Ended by `kill`, it still ends what it has started.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        app()
    except OperatorError as error:
        fail(error, program="pull_request")
    except SystemExit as ended:
        if ended.code == ExitCode.INTERRUPTED:
            fail(
                OperatorError("interrupted", error="interrupted", next_step="make pr", code=ExitCode.INTERRUPTED),
                program="pull_request",
            )
        raise
