"""Whole environments synthesised from sources alone: no pip, no npm, no account.

The layer of dependencies and the built site are stand-ins that change when their sources do; everything else is what
`cdk synth` uses.
`python -m tests.support.synthesis DIRECTORY` writes the templates of every environment below DIRECTORY; with
`--checked` also what the compliance packs find, so that tests can look at it instead of synthesising again.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import stacks  # noqa: F401 - first, because it chooses the Node that runs CDK

# isort: split
import aws_cdk as cdk

from environments import known_environments, load_environment
from frontend_deploy import BuiltSite, build_publication
from frontend_deploy.fingerprint import site_fingerprint
from lambda_build.artifacts import source_backend
from lambda_build.layers import dependencies_fingerprint
from stacks.artifacts import Artifacts, layer_target
from stacks.compliance import add_compliance_checks
from stacks.platform import Platform

ROOT = Path(__file__).resolve().parents[2]
CONTEXT: dict[str, Any] = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]
# The report is what tests look at; without this a finding would end the synthesis before there is a template.
REPORT_ONLY = {"@aws-cdk/core:failSynthOnValidationErrors": False}
# Beside an environment's folder once its synthesis is whole.
DONE = ".done"
_PAGE = '<!DOCTYPE html><html><head><meta name="build-id" content="stand-in"></head><body>SOURCES</body></html>'


@dataclass(frozen=True)
class Synthesis:
    """One environment's cloud assembly on disk."""

    environment: str
    directory: Path

    @cached_property
    def templates(self) -> dict[str, dict[str, Any]]:
        """Templates by part: `Network`, `Data`, …"""
        prefix = f"Acinaces-{self.environment}-"
        return {
            path.name.removeprefix(prefix).removesuffix(".template.json"): self._json(path.name)
            for path in sorted(self.directory.glob(f"{prefix}*.template.json"))
        }

    @cached_property
    def reports(self) -> list[dict[str, Any]]:
        """What each validation plugin found."""
        reports: list[dict[str, Any]] = self._json("validation-report.json")["pluginReports"]
        return reports

    @cached_property
    def recorded(self) -> set[tuple[str, str, str]]:
        """Every acknowledgement that is recorded on a construct: its path, the rule's id, the reason."""
        return {
            (path, rule, reason)
            for path, kind, data in self._metadata()
            if kind == cdk.Validations.ACKNOWLEDGED_RULES_METADATA_KEY
            for rule, reason in data.items()
        }

    @cached_property
    def construct_paths(self) -> dict[str, str]:
        """Construct paths by logical id."""
        return {data: path for path, kind, data in self._metadata() if kind == "aws:cdk:logicalId"}

    def _metadata(self) -> Iterator[tuple[str, str, Any]]:
        for file in self.directory.glob("*.metadata.json"):
            for path, entries in self._json(file.name).items():
                for entry in entries:
                    yield path.removeprefix("/"), entry["type"], entry.get("data")

    def resources(self, *, prefix: str = "") -> dict[str, dict[str, Any]]:
        """Resources whose type starts with `prefix`, as `part/logical id`."""
        return {
            f"{part}/{name}": resource
            for part, template in self.templates.items()
            for name, resource in template["Resources"].items()
            if resource["Type"].startswith(prefix)
        }

    def _json(self, name: str) -> Any:
        return json.loads((self.directory / name).read_text(encoding="utf-8"))


def synthesise(name: str, directory: Path, *, checked: bool = True, force_gate: str | None = None) -> Synthesis:
    """Synthesises the environment `name` into `directory / name`; unless `checked`, nothing but the templates."""
    environment = load_environment(name)
    output = directory / name
    app = cdk.App(context={**CONTEXT, **REPORT_ONLY}, analytics_reporting=False, outdir=str(output))
    artifacts = stand_in_artifacts(name, directory / "artifacts" / name)
    Platform(app, environment=environment, artifacts=artifacts, force_gate=force_gate)
    if checked:
        add_compliance_checks(app)
    app.synth()
    return Synthesis(environment=name, directory=output)


def stand_in_artifacts(name: str, directory: Path) -> Artifacts:
    """The handlers as they are, a layer and a site that stand in for what pip and npm would bring."""
    environment = load_environment(name)
    target = layer_target(environment)
    locked = dependencies_fingerprint(ROOT / "lambda_src" / "requirements.txt", target)
    page = _PAGE.replace("SOURCES", site_fingerprint(ROOT / "frontend", node_version="any"))
    site, dependencies = directory / "site", directory / "dependencies"
    for path, content in {
        site / "index.html": page,
        site / "404.html": page,
        site / "_next" / "static" / "chunks" / "main-0123456789abcdef.js": "export {};",
        site / "favicon.ico": "",
        dependencies / "python" / "stand_in.py": f"# {locked}\n",
    }.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return Artifacts(
        backend=source_backend(ROOT, target=target, output=directory / "lambda", dependencies=dependencies),
        publication=build_publication(BuiltSite.at(site), environment, root=directory),
        clean_urls_code=(ROOT / "frontend_deploy" / "clean_urls.js").read_text(encoding="utf-8"),
        git_commit="0" * 40,
        git_author="A Person",
        git_committed="2026-01-31T12:00:00+00:00",
    )


def main() -> None:
    checked = "--checked" in sys.argv[2:]
    for name in known_environments():
        done = synthesise(name, Path(sys.argv[1]), checked=checked)
        if checked:
            done.directory.with_suffix(DONE).touch()


if __name__ == "__main__":
    main()
