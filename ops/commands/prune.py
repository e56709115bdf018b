"""`acinaces prune`."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from ops.commands.common import (
    DryRunOption,
    EnvOption,
    JsonOption,
    YesOption,
    confirm,
    environment_of,
    stderr,
    tell_next,
)
from ops.errors import ExitCode, OperatorError


def prune(
    env: EnvOption,
    keep: Annotated[int, typer.Option(min=1, help="How many releases to be able to go back to.")] = 10,
    as_json: JsonOption = False,
    yes: YesOption = False,
    dry_run: DryRunOption = False,
) -> None:
    """Delete versions, files and assets that no rollback needs.

    What serves, the releases to go back to, and both ends of a rollback that can be undone stay. Exit code 6: some
    could not be deleted; each is named.
    """
    from ops.embedded import use_embedded_cloud
    from ops.lock import locked
    from ops.rollback.diary import read_chronicle
    from ops.rollback.pruning import Pruning, plan_pruning
    from ops.rollback.pruning import prune as delete
    from ops.rollback.targets import refuse_while_deploying
    from ops.surroundings import Surroundings

    environment = environment_of(env)
    use_embedded_cloud(environment)
    around, console = Surroundings(environment), stderr()

    def shown() -> Pruning:
        pruning = plan_pruning(around, read_chronicle(around), keep=keep)
        for release in pruning.kept:
            console.print(f"kept: {release.release_id[:12]} ({release.attempt})", markup=False, soft_wrap=True)
        console.print(
            f"{'Would delete' if dry_run else 'To delete'} in {environment.name}: {len(pruning.versions)} versions of "
            f"functions, {len(pruning.objects)} replaced files, {len(pruning.assets)} assets that no page names",
            markup=False,
            soft_wrap=True,
        )
        return pruning

    problems: list[str] = []
    if dry_run:
        pruning = shown()
    else:
        with locked(around, "prune", by=around.caller()):
            refuse_while_deploying(around)
            pruning = shown()
            confirm(environment, "delete what no rollback needs", yes=yes)
            problems = delete(around, pruning)
    if as_json:
        document = {
            "environment": environment.name,
            "kept": [release.attempt for release in pruning.kept],
            "versions": [f"{function}:{number}" for function, number in pruning.versions],
            "files": len(pruning.objects),
            "assets": list(pruning.assets),
            "problems": problems,
        }
        typer.echo(json.dumps(document, indent=2))
    if problems:
        raise OperatorError(
            f"{len(problems)} of what no rollback needs could not be deleted: {'; '.join(problems[:5])}",
            error="prune-incomplete",
            next_step=f"acinaces prune --env {environment.name} --keep {keep}",
            code=ExitCode.PARTIAL,
        )
    name = environment.name
    tell_next(f"acinaces prune --env {name}" if dry_run else f"acinaces rollback release --env {name} --dry-run")
