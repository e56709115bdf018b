"""The layers: third-party packages for the function's runtime and architecture, and the shared code.

pip fetches wheels for a platform that need not be this machine's, so neither Docker nor a compiler is needed.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

# Newest first. Amazon Linux 2023 (Python 3.12 and later) has glibc 2.34, Amazon Linux 2 (3.11) has 2.26.
_GLIBC = {
    "python3.11": ("2_26", "2_17"),
    "python3.12": ("2_34", "2_28", "2_17"),
    "python3.13": ("2_34", "2_28", "2_17"),
}
_MACHINE = {"arm64": "aarch64", "x86_64": "x86_64"}
_NOT_SHIPPED = ("__pycache__", "*.pyc", "bin", "tests", "RECORD", "direct_url.json", "INSTALLER", "REQUESTED", "*.pyi")
# Part of the fingerprint: raise it when the way of building changes.
_RECIPE = "1"


class LayerBuildError(Exception):
    """The dependencies could not be installed; the message has pip's last lines and the command."""


@dataclass(frozen=True, kw_only=True)
class LayerTarget:
    """For whom a layer is built. `on_host`: for this very interpreter (the embedded cloud's)."""

    runtime: str
    architecture: str
    on_host: bool

    def pip_arguments(self) -> list[str]:
        """What makes pip choose wheels for the target."""
        if self.on_host:
            return []
        machine = _MACHINE[self.architecture]
        platforms = [f"manylinux_{glibc}_{machine}" for glibc in _GLIBC[self.runtime]] + [f"manylinux2014_{machine}"]
        version = self.runtime.removeprefix("python")
        return ["--implementation", "cp", "--python-version", version] + [
            argument for platform in platforms for argument in ("--platform", platform)
        ]


def dependencies_fingerprint(requirements: Path, target: LayerTarget) -> str:
    """What the dependencies layer depends on: the lock, the target and the recipe. 16 hexadecimal digits."""
    digest = hashlib.sha256(requirements.read_bytes())
    digest.update(f"{_RECIPE} {target.runtime} {target.architecture} {target.on_host}".encode())
    return digest.hexdigest()[:16]


def ensure_dependencies_layer(requirements: Path, *, target: LayerTarget, output: Path) -> Path:
    """The folder of the dependencies layer (with `python/` in it), built when missing or stale.

    Raises:
        LayerBuildError: pip failed; nothing half-written is left.
    """
    folder = output / dependencies_fingerprint(requirements, target)
    if folder.is_dir():
        return folder
    output.mkdir(parents=True, exist_ok=True)
    # Two syntheses at once build once; the second waits and reuses.
    with FileLock(output / ".lock"):
        if not folder.is_dir():
            with tempfile.TemporaryDirectory(dir=output, prefix=".partial-") as temporary:
                built = Path(temporary) / "layer"
                _pip_install(requirements, target, built / "python")
                _remove_unshipped(built)
                built.rename(folder)
    return folder


def _pip_install(requirements: Path, target: LayerTarget, into: Path) -> None:
    command = [
        *(
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-compile",
            "--no-deps",
        ),
        *("--require-hashes", "--only-binary=:all:", "--requirement", str(requirements), "--target", str(into)),
        *target.pip_arguments(),
    ]
    print(  # noqa: T201 - synthesis is silent for half a minute otherwise
        f"Building the dependencies layer for {target.runtime} on {target.architecture} …", file=sys.stderr
    )
    result = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - fixed arguments
    if result.returncode:
        tail = "\n".join(result.stderr.strip().splitlines()[-8:])
        raise LayerBuildError(
            f"pip could not install the layer's packages:\n{tail}\nTry again with: {' '.join(command)}"
        )


def _remove_unshipped(folder: Path) -> None:
    """Drops what Lambda never reads; also what would make two builds differ."""
    for pattern in _NOT_SHIPPED:
        for path in list(folder.rglob(pattern)):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
