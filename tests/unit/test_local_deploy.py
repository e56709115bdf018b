"""Running cdk: its output, its end, what it sees of the person's environment; and reading its progress."""

from __future__ import annotations

import itertools
import os
import sys
import time
from pathlib import Path

import psutil
import pytest

from local import deploy
from local.cloud import EmbeddedCloud
from local.deploy import TIMED_OUT, StackEvent, cdk, cdk_variables, parse_event


@pytest.fixture
def cloud(tmp_path: Path) -> EmbeddedCloud:
    return EmbeddedCloud(port=4999, state=tmp_path / "state")


def project_with_cdk(folder: Path, code: str) -> Path:
    """A project whose cdk is the Python `code`."""
    program = folder / "node_modules" / ".bin" / "cdk"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!{sys.executable}\n{code}", encoding="utf-8")
    program.chmod(0o755)
    return folder


def test_output_goes_to_the_log_and_is_told_line_by_line(cloud: EmbeddedCloud, tmp_path: Path) -> None:
    project = project_with_cdk(tmp_path, "import sys; print(*sys.argv[1:]); print('oh', file=sys.stderr); sys.exit(7)")
    told: list[str] = []

    outcome = cdk(["deploy", "--all"], cloud=cloud, log="deploy", project=project, on_line=told.append)

    assert outcome.exit_code == 7
    assert not outcome.succeeded
    assert outcome.log.read_text(encoding="utf-8").split("\n")[:2] == told
    assert sorted(told) == ["deploy --all", "oh"]


def test_a_run_that_takes_too_long_is_ended_with_all_that_it_started(cloud: EmbeddedCloud, tmp_path: Path) -> None:
    code = (
        "import signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "signal.signal(signal.SIGTERM, signal.SIG_DFL)\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    told: list[str] = []
    started = time.monotonic()

    outcome = cdk(
        [], cloud=cloud, log="deploy", project=project_with_cdk(tmp_path, code), time_limit_s=1, on_line=told.append
    )

    assert outcome.exit_code == TIMED_OUT
    assert outcome.timed_out
    assert time.monotonic() - started < 10
    assert ended(int(told[0]))


def test_an_interruption_ends_cdk_and_is_raised_on(cloud: EmbeddedCloud, tmp_path: Path) -> None:
    code = "import os, time\nprint(os.getpid(), flush=True)\ntime.sleep(60)\n"
    told: list[str] = []

    def interrupt(line: str) -> None:
        told.append(line)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cdk([], cloud=cloud, log="deploy", project=project_with_cdk(tmp_path, code), on_line=interrupt)
    assert ended(int(told[0]))


def test_the_arguments_of_a_deployment(cloud: EmbeddedCloud, tmp_path: Path) -> None:
    project = project_with_cdk(tmp_path, "import sys; print(*sys.argv[1:], sep='|')")

    outcome = deploy.deploy(
        cloud=cloud, project=project, environments=tmp_path, context={"gate.force": "1"}, stacks=["One"]
    )

    arguments = outcome.log.read_text(encoding="utf-8").strip().split("|")
    assert arguments[:2] == ["deploy", "One"]
    assert "--all" not in arguments
    assert [value for name, value in itertools.pairwise(arguments) if name == "--context"] == [
        "env=local",
        f"environments={tmp_path}",
        "gate.force=1",
    ]
    assert arguments[arguments.index("--output") + 1] == str(cloud.state.assembly)


def test_nothing_of_the_persons_account_reaches_cdk(cloud: EmbeddedCloud) -> None:
    person = {
        "AWS_PROFILE": "company",
        "AWS_SESSION_TOKEN": "secret",
        "AWS_ENDPOINT_URL": "https://elsewhere",
        "CDK_DEFAULT_ACCOUNT": "111111111111",
        "HTTPS_PROXY": "http://proxy:3128",
        "NO_PROXY": "intranet",
        "PATH": "/persons/bin",
    }

    variables = cdk_variables(person, cloud=cloud, search_path="/own/bin")

    assert {name: value for name, value in variables.items() if name.startswith("AWS_")} == cloud.variables()
    assert variables["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4999"
    assert variables["AWS_CONFIG_FILE"] == variables["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull
    assert "CDK_DEFAULT_ACCOUNT" not in variables
    # Synthesis may have to fetch packages through the proxy; the emulator is not behind it.
    assert variables["HTTPS_PROXY"] == "http://proxy:3128"
    assert variables["NO_PROXY"] == "intranet,localhost,127.0.0.1,.localhost"
    assert variables["PATH"] == "/own/bin:/persons/bin"


@pytest.mark.parametrize(
    ("line", "event"),
    [
        (
            "Net |  1/42 | 5:31:48 AM | CREATE_COMPLETE         | AWS::EC2::VPC             | Vpc (Vpc8378EB38) ",
            StackEvent(
                stack="Net",
                done=1,
                total=42,
                status="CREATE_COMPLETE",
                resource_type="AWS::EC2::VPC",
                what="Vpc (Vpc8378EB38)",
            ),
        ),
        (
            "Net | 5:31:49 AM | CREATE_FAILED  | AWS::EC2::SecurityGroup  | Sg (Sg449F0112) a | b",
            StackEvent(
                stack="Net",
                done=None,
                total=None,
                status="CREATE_FAILED",
                resource_type="AWS::EC2::SecurityGroup",
                what="Sg (Sg449F0112) a | b",
            ),
        ),
        ("✨  Synthesis time: 7.08s", None),
        ("", None),
    ],
)
def test_stack_events_are_read(line: str, event: StackEvent | None) -> None:
    assert parse_event(line) == event


def ended(pid: int) -> bool:
    """Whether the process, which was told to, is gone within five seconds, or only waits to be collected."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
    return False
