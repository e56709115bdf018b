"""What a person gets at the end: addresses, key, verdict, what was recorded only, the next command."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console
from rich.text import Text

from local.cloud import EmbeddedCloud
from local.emulation.paths import RECORDED_PATH


@dataclass(frozen=True, kw_only=True)
class Result:
    """A finished `up`. `recorded` maps resource types to how many of them were recorded and not emulated."""

    site_url: str
    api_url: str
    api_key: str
    verdict: str
    summary: str
    report: str
    manifest: str
    # Nothing was released that the gate had not passed before, so it was not asked again.
    unchanged: bool
    recorded: dict[str, int]
    seconds: float

    def dump(self) -> dict[str, Any]:
        """For a file, or for `--json`."""
        return asdict(self)

    @classmethod
    def parse(cls, value: dict[str, Any]) -> Result | None:
        """A result read from a file; None if there is none, or it is another version's."""
        try:
            return cls(**value)
        except TypeError:
            return None


def recorded_types(cloud: EmbeddedCloud) -> dict[str, int]:
    """Resource types that are recorded and not emulated, and how many resources of each."""
    return {name: len(resources) for name, resources in json.loads(cloud.ask(RECORDED_PATH).body).items()}


def show(result: Result, console: Console) -> None:
    """Print the screen on `console`; lines are not wrapped, so that all can be copied."""
    rows: dict[str, str | Text] = {
        "Site": result.site_url,
        "API": result.api_url,
        "API key": result.api_key,
        "Gate": _verdict(result),
        "Report": result.report,
        "Manifest": result.manifest,
        "Took": f"{result.seconds:.1f} s",
    }
    for name, value in rows.items():
        console.print(Text.assemble((f"{name:<10}", "bold"), value), soft_wrap=True)
    if result.recorded:
        types = ", ".join(f"{name} ({count})" if count > 1 else name for name, count in result.recorded.items())
        console.print(
            Text.assemble((f"{'Recorded':<10}", "bold"), (f"and not emulated: {types}", "dim")), soft_wrap=True
        )
    console.print(Text.assemble((f"{'Next':<10}", "bold"), next_command(result)), soft_wrap=True)


def _verdict(result: Result) -> Text:
    """The gate's summary, which begins with the verdict; whether it is of an earlier run."""
    style = "green" if result.verdict == "passed" else "yellow"
    summary = result.summary if result.summary.startswith(result.verdict) else f"{result.verdict}: {result.summary}"
    unchanged = ("  (unchanged, not run again)", "dim") if result.unchanged else ""
    return Text.assemble((summary, style), unchanged)


def next_command(result: Result) -> str:
    """A command that shows the platform at work."""
    return f"curl -H 'x-api-key: {result.api_key}' {result.api_url}/api/templates"
