"""`acinaces status`."""

from __future__ import annotations

import json

import typer

from ops.commands.common import EnvOption, JsonOption, environment_of, stdout, tell_next


def status(env: EnvOption, as_json: JsonOption = False) -> None:
    """What is live, since when, by whom; is it good, is there a hold or drift.

    Exit code 0: good; 1: something is wrong or differs from what was released; 5: nothing serves.
    """
    from ops.embedded import use_embedded_cloud
    from ops.status.judge import judge
    from ops.status.look import look
    from ops.status.screen import next_command, show

    environment = environment_of(env)
    use_embedded_cloud(environment)
    found = judge(environment.name, look(environment))
    if as_json:
        typer.echo(json.dumps(found.document(), indent=2))
    else:
        show(found, stdout())
    tell_next(next_command(found))
    raise SystemExit(int(found.code))
