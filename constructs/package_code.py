"""A folder of sources as a function's code."""

from __future__ import annotations

from pathlib import Path

from aws_cdk import aws_lambda as lambda_


def package_code(folder: Path) -> lambda_.AssetCode:
    """The folder as an asset, without what Python leaves behind when something was imported from it."""
    return lambda_.Code.from_asset(str(folder), exclude=["**/__pycache__", "**/*.pyc"])
