"""An empty account on the embedded cloud, and what a person at a terminal does with it from the first day on."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import threading
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from environments import Environment, load_environment
from frontend_deploy import ensure_site
from local import deploy
from local.cloud import EmbeddedCloud
from local.pipeline.loopback_settings import to_toml
from local.pipeline.workspace import make_workspace
from local.state import ROOT

# Production's own file, with what loopback needs (`local.pipeline.loopback_settings`).
NAME: Final = "local-production"
ACCOUNT: Final = "444444444444"
PARENT: Final = "acinaces.localhost"
_LIMIT_S: Final = 400


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a command ended: its exit code, its data, and all that a person read."""

    code: int
    output: str
    shown: str

    @property
    def data(self) -> Any:
        """What it printed with --json."""
        return json.loads(self.output)


@dataclass(frozen=True, kw_only=True)
class FirstDay:
    """A checkout of the project and the account that it is to be deployed to."""

    cloud: EmbeddedCloud
    project: Path

    @property
    def environment(self) -> Environment:
        """As its file says now."""
        return load_environment(NAME, self.project / "environments")

    def configure(self, section: str, **values: Any) -> None:
        """A person edits the environment's file; None removes a key."""
        file = self.project / "environments" / f"{NAME}.toml"
        settings = tomllib.loads(file.read_text(encoding="utf-8"))
        changed = {**settings.get(section, {}), **values}
        settings[section] = {key: value for key, value in changed.items() if value is not None}
        file.write_text(to_toml(settings), encoding="utf-8")

    def edit(self, path: str, old: str, new: str) -> None:
        """Replaces `old`, which must be there, in a source file."""
        file = self.project / path
        text = file.read_text(encoding="utf-8")
        assert old in text, f"{path} does not contain {old!r}"
        file.write_text(text.replace(old, new), encoding="utf-8")

    def bootstrap(self) -> deploy.Outcome:
        """CDK's own bootstrap, without any option of ours."""
        targets = [f"aws://{ACCOUNT}/{region}" for region in self.environment.regions]
        arguments = ["bootstrap", *targets, "--app", "", "--no-notices"]
        return deploy.cdk(arguments, cloud=self.cloud, log="bootstrap", project=self.project)

    def cdk_deploy(self, *stacks: str) -> deploy.Outcome:
        """`cdk deploy --all -c env=NAME`, or of `stacks`."""
        return deploy.deploy(
            cloud=self.cloud, environment=NAME, project=self.project, stacks=stacks, time_limit_s=_LIMIT_S
        )

    def acinaces(self, *arguments: str, stdin: str = "", variables: Mapping[str, str] | None = None) -> Ended:
        """The operator's command line, as a script runs it."""
        done = subprocess.run(
            self._command(arguments),
            cwd=self.project,
            env=self._variables(variables),
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=_LIMIT_S,
        )
        return Ended(code=done.returncode, output=done.stdout, shown=done.stderr)

    def at_terminal(self, *arguments: str, typed: str) -> Ended:
        """The same at a terminal, where the person types `typed` when asked."""
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            self._command(arguments),
            cwd=self.project,
            env=self._variables(None),
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=theirs,
            text=True,
        )
        os.close(theirs)
        os.write(ours, f"{typed}\n".encode())
        shown: list[str] = []
        reader = threading.Thread(target=_read, args=(ours, shown), daemon=True)
        reader.start()
        output, _ = process.communicate(timeout=_LIMIT_S)
        reader.join(10)
        os.close(ours)
        return Ended(code=process.returncode, output=output, shown="".join(shown))

    def stacks(self) -> dict[str, str]:
        """The environment's stacks: `Data` -> status."""
        found: dict[str, str] = {}
        for region in self.environment.regions:
            for stack in self.cloud.client("cloudformation", region=region).describe_stacks()["Stacks"]:
                if stack["StackName"].startswith(f"Acinaces-{NAME}-"):
                    found[stack["StackName"].rpartition("-")[2]] = stack["StackStatus"]
        return found

    def outputs(self) -> dict[str, str]:
        """The Release stack's outputs."""
        client = self.cloud.client("cloudformation")
        (stack,) = client.describe_stacks(StackName=f"Acinaces-{NAME}-Release")["Stacks"]
        return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    def _command(self, arguments: tuple[str, ...]) -> list[str]:
        return [sys.executable, "-m", "ops", *arguments]

    def _variables(self, more: Mapping[str, str] | None) -> dict[str, str]:
        person = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "TERM": "dumb", "COLUMNS": "400"}
        return {**person, **self.cloud.variables(), **(more or {})}


def check_out(cloud: EmbeddedCloud, folder: Path) -> FirstDay:
    """A copy of the project with production's settings on loopback; nothing of it knows a hosted zone yet."""
    assert cloud.edge is not None
    # Built once, and shared.
    ensure_site(ROOT)
    make_workspace(folder, port=cloud.port, edge=cloud.edge, state=cloud.state)
    day = FirstDay(cloud=cloud, project=folder)
    # Nothing propagates on loopback.
    day.configure("gate", consistency_window_s=10)
    # Plain `cdk bootstrap` makes no boundary.
    day.configure("aws", permissions_boundary=None)
    # As production has it: what holds state outlives its stack.
    day.configure("data", removal="retain")
    return day


def _read(terminal: int, shown: list[str]) -> None:
    # A terminal that nobody has open any more is an error on Linux, and the end elsewhere.
    try:
        while chunk := os.read(terminal, 65536):
            shown.append(chunk.decode(errors="replace"))
    except OSError:
        return
