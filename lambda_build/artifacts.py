"""Everything that the release stack needs of the backend, as folders on disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lambda_build.discovery import HandlerSource, discover_handlers
from lambda_build.layers import LayerTarget, dependencies_fingerprint, ensure_dependencies_layer
from lambda_build.packages import import_closure, write_package

_HANDLERS = Path("lambda_src/handlers")
_SHARED = Path("lambda_src/platform_common")
_GATE = Path("lambda_src/verification/gate.py")
_SCHEDULED = Path("lambda_src/verification/scheduled.py")
_ROLLBACK = Path("lambda_src/operations/rollback.py")
_ROTATION = Path("lambda_src/operations/rotation.py")
_INVALIDATION = Path("lambda_src/publication/invalidation.py")
_PROTECTION = Path("lambda_src/operations/protection.py")
_OPENING = Path("lambda_src/journal/opening.py")
_RECORDER = Path("lambda_src/journal/recorder.py")
_REQUIREMENTS = Path("lambda_src/requirements.txt")
_OUTPUT = Path(".build/lambda")


@dataclass(frozen=True, kw_only=True)
class HandlerPackage:
    """A handler and the folder that becomes its asset; `digest` names the contents."""

    source: HandlerSource
    folder: Path

    @property
    def digest(self) -> str:
        """16 hexadecimal digits over the package's files."""
        return self.folder.name


@dataclass(frozen=True, kw_only=True)
class BackendArtifacts:
    """Packages of handlers, custom resources and operations; the shared layer; the dependencies with their digest."""

    handlers: tuple[HandlerPackage, ...]
    gate: Path
    invalidation: Path
    opening: Path
    recorder: Path
    scheduled: Path
    rollback: Path
    rotation: Path
    protection: Path
    shared_layer: Path
    dependencies_layer: Path
    dependencies_digest: str


def build_backend(root: Path, *, target: LayerTarget) -> BackendArtifacts:
    """Builds what is missing or stale below `root/.build/lambda` and reuses the rest."""
    layer = ensure_dependencies_layer(root / _REQUIREMENTS, target=target, output=root / _OUTPUT / "dependencies")
    return _assemble(root, output=root / _OUTPUT, dependencies=layer, digest=layer.name)


def source_backend(root: Path, *, target: LayerTarget, output: Path, dependencies: Path) -> BackendArtifacts:
    """The same from sources alone, with `dependencies` standing in for the layer: tests synthesise without pip."""
    digest = dependencies_fingerprint(root / _REQUIREMENTS, target)
    return _assemble(root, output=output, dependencies=dependencies, digest=digest)


def _assemble(root: Path, *, output: Path, dependencies: Path, digest: str) -> BackendArtifacts:
    handlers = tuple(
        HandlerPackage(
            source=source,
            folder=write_package(import_closure([source.path], root), root=root, output=output / source.name),
        )
        for source in discover_handlers(root / _HANDLERS)
    )
    shared_files = [path for path in (root / _SHARED).rglob("*.py") if not path.name.startswith("test_")]
    # AWS Lambda puts a layer's `python/` on the path; the package name stays the repository's.
    shared = write_package(shared_files, root=root, output=output / "shared", prefix="python")

    def single(name: str, entry: Path) -> Path:
        return write_package(import_closure([root / entry], root), root=root, output=output / name)

    return BackendArtifacts(
        handlers=handlers,
        gate=single("gate", _GATE),
        invalidation=single("invalidation", _INVALIDATION),
        opening=single("opening", _OPENING),
        recorder=single("recorder", _RECORDER),
        scheduled=single("scheduled", _SCHEDULED),
        rollback=single("rollback", _ROLLBACK),
        rotation=single("rotation", _ROTATION),
        protection=single("protection", _PROTECTION),
        shared_layer=shared,
        dependencies_layer=dependencies,
        dependencies_digest=digest,
    )
