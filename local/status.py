"""Whether the embedded cloud runs, and what it serves."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from local import stacks
from local.cloud import EmbeddedCloud
from local.loopback import status_of
from local.result import Result, recorded_types
from local.state import read_json

_ANSWER_LIMIT_S = 15.0


@dataclass(frozen=True, kw_only=True)
class Status:
    """What was found. `stacks` maps names to CloudFormation's status, `answers` addresses to HTTP's (None: none)."""

    running: bool
    url: str
    stacks: dict[str, str]
    answers: dict[str, int | None]
    recorded: dict[str, int]
    release: Result | None

    @property
    def healthy(self) -> bool:
        """Whether it runs, a release is up, every stack is in order and both addresses answer."""
        return (
            self.running
            and self.release is not None
            and all(status in ("CREATE_COMPLETE", "UPDATE_COMPLETE") for status in self.stacks.values())
            and all(answer == 200 for answer in self.answers.values())
        )

    def dump(self) -> dict[str, Any]:
        """For `--json`."""
        return {"healthy": self.healthy, **asdict(self)}


def find_status(state: Path) -> Status | None:
    """Look at the cloud recorded in `state`; None if none is."""
    cloud = EmbeddedCloud.find(state)
    if cloud is None:
        return None
    release = Result.parse(read_json(cloud.state.release))
    if not cloud.is_running():
        return Status(running=False, url=cloud.url, stacks={}, answers={}, recorded={}, release=release)
    addresses = [release.site_url, f"{release.api_url}/health"] if release else []
    return Status(
        running=True,
        url=cloud.url,
        stacks={stack.name: stack.status for stack in stacks.stacks(cloud)},
        answers={address: status_of(address, time_limit_s=_ANSWER_LIMIT_S) for address in addresses},
        recorded=recorded_types(cloud),
        release=release,
    )


def show(status: Status, console: Console) -> None:
    """Print it, a line for each thing, with a sign for good or bad."""

    def line(good: bool, text: str) -> None:
        console.print(Text.assemble(("✓ ", "green") if good else ("✗ ", "red"), text), soft_wrap=True)

    line(status.running, f"emulator and Redis at {status.url}")
    for name, value in status.stacks.items():
        line(value.endswith("_COMPLETE") and "ROLLBACK" not in value, f"{name}  {value}")
    for address, answer in status.answers.items():
        line(answer == 200, f"{address}  {answer or 'no answer'}")
    if status.release is None:
        line(False, "no release has been finished here")
        return
    line(status.release.verdict == "passed", f"gate  {status.release.summary}")
    console.print(Text.assemble(("API key  ", "bold"), status.release.api_key))
    if status.recorded:
        console.print(Text(f"Recorded and not emulated: {', '.join(status.recorded)}", style="dim"), soft_wrap=True)
