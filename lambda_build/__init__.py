"""From handler files to what AWS Lambda takes: discovery, packages, layers. Reads sources as text, imports none."""

from lambda_build.artifacts import BackendArtifacts, build_backend, source_backend
from lambda_build.discovery import HandlerDefinitionError, HandlerSource, HandlerSpec, discover_handlers
from lambda_build.layers import LayerBuildError

__all__ = [
    "BackendArtifacts",
    "HandlerDefinitionError",
    "HandlerSource",
    "HandlerSpec",
    "LayerBuildError",
    "build_backend",
    "discover_handlers",
    "source_backend",
]
