"""The templates of `local` from a source folder, so that two of them can be compared."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from environments import load_environment
from lambda_build.artifacts import source_backend
from stacks.artifacts import layer_target
from tests.support.synthesis import CONTEXT, ROOT, stand_in_artifacts

# isort: split
import aws_cdk as cdk

from stacks.platform import Platform


def templates(output: Path, *, root: Path = ROOT) -> dict[str, Any]:
    """Templates by stack, with the handlers of `root`."""
    environment = load_environment("local")
    artifacts = stand_in_artifacts("local", output / "artifacts")
    backend = source_backend(
        root,
        target=layer_target(environment),
        output=output / "lambda",
        dependencies=artifacts.backend.dependencies_layer,
    )
    app = cdk.App(context=CONTEXT, analytics_reporting=False, outdir=str(output / "assembly"))
    Platform(app, environment=environment, artifacts=replace(artifacts, backend=backend))
    app.synth()
    found = sorted((output / "assembly").glob("*.template.json"))
    return {path.name.split(".")[0]: json.loads(path.read_text(encoding="utf-8")) for path in found}


@contextmanager
def changed_handler(directory: Path) -> Iterator[Path]:
    """A copy of the backend's sources in which one handler has another comment."""
    shutil.copytree(ROOT / "lambda_src", directory / "lambda_src", ignore=shutil.ignore_patterns("__pycache__"))
    handler = directory / "lambda_src" / "handlers" / "templates.py"
    handler.write_text(handler.read_text(encoding="utf-8") + "# Changed.\n", encoding="utf-8")
    yield directory
