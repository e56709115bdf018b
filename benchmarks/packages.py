"""Sizes of packages and layers as Lambda gets them, and what importing a handler costs.

    .venv/bin/python -m benchmarks.packages

Limits: 50 KB for a handler's own package, 15 MB for the layers, 400 ms of processor time for an import with warm files.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

from environments import load_environment
from lambda_build import BackendArtifacts, build_backend
from stacks.artifacts import layer_target

ROOT = Path(__file__).resolve().parent.parent
RUNS = 5
IMPORT = "import time; t = time.process_time(); import {module}; print((time.process_time() - t) * 1000)"


def zipped(folder: Path) -> int:
    """Bytes of the folder as an asset."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder))
    return len(buffer.getvalue())


def import_ms(backend: BackendArtifacts, folder: Path, module: str) -> float:
    """Median milliseconds of processor time to import `module` with the layers on the path; the first run warms."""
    path = [folder, backend.shared_layer / "python", backend.dependencies_layer / "python"]
    # Compiled files go to a folder of their own: assets are what was built, and nothing else.
    variables = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join(map(str, path)),
        "PYTHONPYCACHEPREFIX": str(ROOT / ".build" / "pycache"),
    }
    times = [
        float(
            subprocess.run(
                [sys.executable, "-c", IMPORT.format(module=module)],
                env=variables,
                cwd=folder,
                check=True,
                capture_output=True,
                text=True,
            ).stdout
        )
        for _ in range(RUNS + 1)
    ]
    return sorted(times[1:])[RUNS // 2]


def main() -> None:
    backend = build_backend(ROOT, target=layer_target(load_environment("local")))
    for handler in backend.handlers:
        module = handler.source.entry.rpartition(".")[0]
        milliseconds = import_ms(backend, handler.folder, module)
        print(f"{handler.source.name:<18} {zipped(handler.folder) / 1000:6.1f} KB   import {milliseconds:4.0f} ms")
    print(f"{'gate':<18} {zipped(backend.gate) / 1000:6.1f} KB")
    print(f"{'layer: shared':<18} {zipped(backend.shared_layer) / 1000:6.1f} KB")
    print(f"{'layer: packages':<18} {zipped(backend.dependencies_layer) / 1e6:6.1f} MB")


if __name__ == "__main__":
    main()
