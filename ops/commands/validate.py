"""`acinaces validate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ops.commands.common import EnvOption, JsonOption, environment_of, stderr, stdout, tell_next


def validate(
    env: EnvOption,
    group: Annotated[list[str] | None, typer.Option(help="Only this group of checks; may be repeated.")] = None,
    only: Annotated[list[str] | None, typer.Option(help="Only this check; may be repeated.")] = None,
    as_json: JsonOption = False,
    junit: Annotated[Path | None, typer.Option(help="Write the report as JUnit XML to this file.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write the report as a page to this file.")] = None,
    markdown: Annotated[Path | None, typer.Option(help="Write the report as Markdown to this file.")] = None,
) -> None:
    """Check what is live: API, site, names, certificates, data, alarms, security.

    Exit code 0: passed; 1: a check failed; 3: could not be measured; 4: no data yet; 5: nothing to check.
    """
    from lambda_src.verification.rendering import to_html, to_junit, to_markdown
    from ops import validate as work
    from ops.embedded import use_embedded_cloud
    from ops.rollback.diary import serving_instead
    from ops.surroundings import Surroundings
    from ops.validate_screen import screen, show

    environment = environment_of(env)
    use_embedded_cloud(environment)
    # After a rollback the manifest still tells of the release that was left: what serves is checked by its own plan.
    instead = serving_instead(Surroundings(environment))
    live = work.read_live(environment, release_id=instead) if instead else work.read_live(environment)
    plan = work.choose(live.plan, groups=group or (), names=only or ())
    progress = screen(stderr(), plan)
    with progress.shown():
        report = work.run(environment, live, plan, progress)
    releases = live.history.entries
    if as_json:
        typer.echo(report.model_dump_json(indent=2))
    else:
        show(report, stdout())
    if junit is not None:
        _write(junit, to_junit(report))
    if html is not None:
        _write(html, to_html(report, history=releases))
    if markdown is not None:
        _write(markdown, to_markdown(report, history=releases))
    code, name = work.exit_code(report), environment.name
    tell_next(
        f"do what stands behind `to do:`; to go back first: acinaces rollback release --env {name}"
        if code
        else f"acinaces docs --env {name}"
    )
    raise SystemExit(int(code))


def _write(path: Path, text: str) -> None:
    from ops.files import write_text

    write_text(path, text)
    stderr().print(f"Written: {path}", markup=False)
