"""The layers under every function: locked third-party packages, and the code that handlers share."""

from __future__ import annotations

from pathlib import Path

from aws_cdk import AssetHashType, RemovalPolicy
from aws_cdk import aws_lambda as lambda_

from constructs import Construct
from constructs.package_code import package_code


class FunctionLayers(Construct):
    """`versions` in the order that functions take them.

    Retained, unless the release that made them is rolled back: versions of functions go on using the layer versions
    that they were published with.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        dependencies: Path,
        dependencies_digest: str,
        shared: Path,
        runtime: lambda_.Runtime,
        architecture: lambda_.Architecture,
    ) -> None:
        super().__init__(scope, id)
        self._runtime = runtime
        self._architecture = architecture
        # The digest of lock, runtime and architecture names the first one: the same on every machine, built or not.
        locked = lambda_.Code.from_asset(
            str(dependencies), asset_hash=dependencies_digest, asset_hash_type=AssetHashType.CUSTOM
        )
        self.versions = [
            self._layer("Dependencies", locked, "Locked third-party packages"),
            self._layer("Shared", package_code(shared), "lambda_src.platform_common"),
        ]

    def _layer(self, id: str, code: lambda_.Code, description: str) -> lambda_.LayerVersion:
        return lambda_.LayerVersion(
            self,
            id,
            code=code,
            description=description,
            compatible_runtimes=[self._runtime],
            compatible_architectures=[self._architecture],
            removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        )
