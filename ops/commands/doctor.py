"""`acinaces doctor`."""

from __future__ import annotations

import typer

from ops.commands.common import EnvOption, JsonOption, environment_of, stdout, tell_next


def doctor(env: EnvOption, as_json: JsonOption = False) -> None:
    """Look what stands in the way of a deployment, each thing with its fix.

    Exit code 0: nothing; 5: something has failed.
    """
    from ops.doctor import examine, show

    environment = environment_of(env)
    diagnosis = examine(environment)
    if as_json:
        typer.echo(diagnosis.to_json())
    else:
        show(diagnosis, stdout())
        again, deploy = f"acinaces doctor --env {environment.name}", f"acinaces deploy --env {environment.name}"
        if environment.gate.allow_loopback:
            deploy = "make local"
        tell_next(f"do what stands behind `fix:`, then {again}" if diagnosis.exit_code else deploy)
    raise SystemExit(int(diagnosis.exit_code))
