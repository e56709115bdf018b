"""Running `cdk` against an embedded cloud: bounded by our own time limit, its output in a log, its progress told."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from local.cloud import EmbeddedCloud
from local.state import ROOT
from local.tools import find_tools
from ops.deploy import PARENT_VARIABLE

# A first deployment takes a minute or two. The emulator may fail to answer a custom resource, whose limit is an hour.
TIME_LIMIT_S = 900.0
_KILL_GRACE_S = 5.0
# `Stack | 12/42 | 5:31:48 AM | CREATE_COMPLETE | AWS::EC2::VPC | Vpc (Vpc8378EB38) reason`
_EVENT = re.compile(
    r"^(?P<stack>\S+) \|\s*(?:(?P<done>\d+)/(?P<total>\d+) \|)?[^|]*\| "
    r"(?P<status>\w+)\s*\| (?P<type>\S+)\s*\| (?P<what>.*)$"
)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a run of cdk ended. `exit_code` is cdk's own, 124 if it was ended for taking too long."""

    exit_code: int
    log: Path
    seconds: float

    @property
    def succeeded(self) -> bool:
        """Whether cdk said so."""
        return self.exit_code == 0

    @property
    def timed_out(self) -> bool:
        """Whether the time limit ended it."""
        return self.exit_code == TIMED_OUT


# As timeout(1).
TIMED_OUT = 124


@dataclass(frozen=True, kw_only=True)
class StackEvent:
    """One line of cdk's progress. `done` and `total` count the stack's resources, None where cdk does not count."""

    stack: str
    done: int | None
    total: int | None
    status: str
    resource_type: str
    what: str


def parse_event(line: str) -> StackEvent | None:
    """The stack event in a line of cdk's output, or None."""
    match = _EVENT.match(line)
    if match is None:
        return None
    return StackEvent(
        stack=match["stack"],
        done=int(match["done"]) if match["done"] else None,
        total=int(match["total"]) if match["total"] else None,
        status=match["status"],
        resource_type=match["type"],
        what=match["what"].strip(),
    )


def cdk(
    arguments: Sequence[str],
    *,
    cloud: EmbeddedCloud,
    log: str,
    project: Path = ROOT,
    time_limit_s: float = TIME_LIMIT_S,
    on_line: Callable[[str], None] | None = None,
) -> Outcome:
    """Run `cdk` with `arguments` from `project` against `cloud`.

    Args:
        log: name of the log in the cloud's state folder; its previous content is replaced.
        on_line: told each line of output as it comes.

    An interruption (Ctrl-C) ends cdk and is raised on.
    """
    path, started = cloud.log(log), time.monotonic()
    path.parent.mkdir(parents=True, exist_ok=True)
    tools = find_tools(project=project)
    process = subprocess.Popen(  # noqa: S603 - cdk with our own arguments
        [str(tools.cdk), *arguments],
        cwd=project,
        env={
            **cdk_variables(os.environ, cloud=cloud, search_path=tools.search_path),
            PARENT_VARIABLE: str(os.getpid()),
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    expired = threading.Event()

    def expire() -> None:
        expired.set()
        _end(process)

    watch = threading.Timer(time_limit_s, expire)
    watch.daemon = True
    watch.start()
    try:
        _copy_output(process, path, on_line)
        exit_code = process.wait()
    except BaseException:
        _end(process)
        raise
    finally:
        watch.cancel()
    seconds = time.monotonic() - started
    return Outcome(exit_code=TIMED_OUT if expired.is_set() else exit_code, log=path, seconds=seconds)


def deploy(
    *,
    cloud: EmbeddedCloud,
    environment: str = "local",
    environments: Path | None = None,
    context: Mapping[str, str] | None = None,
    stacks: Sequence[str] = (),
    project: Path = ROOT,
    log: str = "deploy",
    time_limit_s: float = TIME_LIMIT_S,
    on_line: Callable[[str], None] | None = None,
) -> Outcome:
    """`cdk deploy` of the environment's stacks, all unless `stacks` are named.

    Args:
        environments: a folder of environment files other than the project's own.
        context: further `-c` values, e.g. `{"gate.force": "1"}`.
    """
    values = {"env": environment, **({"environments": str(environments)} if environments else {}), **(context or {})}
    arguments = ["deploy", *(stacks or ["--all"]), "--require-approval", "never", "--progress", "events"]
    arguments += ["--output", str(cloud.state.assembly), "--no-notices"]
    for key, value in values.items():
        arguments += ["--context", f"{key}={value}"]
    return cdk(arguments, cloud=cloud, log=log, project=project, time_limit_s=time_limit_s, on_line=on_line)


def bootstrap(
    *,
    cloud: EmbeddedCloud,
    regions: Sequence[str],
    options: Sequence[str] = (),
    on_line: Callable[[str], None] | None = None,
) -> Outcome:
    """`cdk bootstrap` of the cloud's account in `regions`, without synthesising the application.

    Args:
        options: what is not CDK's default, e.g. the policies of CloudFormation's execution role.
    """
    targets = [f"aws://{cloud.account}/{region}" for region in regions]
    arguments = ["bootstrap", *targets, "--app", "", "--no-notices", *options]
    return cdk(arguments, cloud=cloud, log="bootstrap", on_line=on_line)


def cdk_variables(person: Mapping[str, str], *, cloud: EmbeddedCloud, search_path: str) -> dict[str, str]:
    """The environment variables for cdk: the person's own without AWS's, then the cloud's.

    Synthesis may install packages, so proxies and package indexes of the person stay; loopback goes past the proxy.
    """
    kept = {name: value for name, value in person.items() if not name.startswith(("AWS_", "CDK_"))}
    past_proxy = ",".join(filter(None, [person.get("NO_PROXY", person.get("no_proxy", "")), _LOOPBACK]))
    return {
        **kept,
        **cloud.variables(),
        "PATH": os.pathsep.join(filter(None, [search_path, person.get("PATH", "")])),
        "NO_PROXY": past_proxy,
        "no_proxy": past_proxy,
        # cdk's own cache, of the emulator's accounts: not the person's.
        "CDK_HOME": str(cloud.state.cdk_home),
        # One line per event instead of a redrawn screen.
        "CI": "true",
        # Neither the look for a newer version nor telemetry may wait for a network.
        "CDK_DISABLE_VERSION_CHECK": "true",
        "CDK_DISABLE_CLI_TELEMETRY": "true",
    }


_LOOPBACK = "localhost,127.0.0.1,.localhost"


def _copy_output(process: subprocess.Popen[str], path: Path, on_line: Callable[[str], None] | None) -> None:
    """Write each line to the log as it comes, and tell it."""
    if process.stdout is None:
        raise RuntimeError("cdk was started without a pipe")
    with path.open("w", encoding="utf-8") as file:
        for line in process.stdout:
            file.write(line)
            file.flush()
            if on_line is not None:
                on_line(line.rstrip())


def _end(process: subprocess.Popen[str]) -> None:
    """End cdk and what it has started (synthesis, bundling): they are one process group.

    The second signal is for those of the group that ignore the first one.
    """
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, sign)
            process.wait(timeout=_KILL_GRACE_S)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue
