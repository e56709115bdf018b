"""A manifest of the embedded cloud as a script on the laptop can use it: addresses that work from there, and a key."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ops.aws import explained, session

if TYPE_CHECKING:
    from environments import Environment
    from ops.manifest import Manifest


def on_loopback(environment: Environment, manifest: Manifest) -> dict[str, str]:
    """Fields of `manifest` as they work on the laptop. Raises OperatorError."""
    port = urlsplit(environment.site_url).port or 80
    with explained(environment, f"reading {manifest.api_key_secret_arn}"):
        answer = session(environment).client("secretsmanager").get_secret_value(SecretId=manifest.api_key_secret_arn)
    return {
        "api_key": answer["SecretString"],
        # AWS's own names lead elsewhere from a laptop.
        "api_gateway_stage_invoke_url": stage_url(manifest.api_gateway_stage_invoke_url, port=port),
        "cloudfront_domain_name": distribution_name(manifest.cloudfront_domain_name, port=port),
    }


def stage_url(url: str, *, port: int) -> str:
    """An API stage's `https://id.execute-api.region.amazonaws.com/stage/` as the emulator serves it."""
    parts = urlsplit(url)
    api_id = (parts.hostname or "").split(".")[0]
    return f"http://{api_id}.execute-api.localhost:{port}{parts.path}"


def distribution_name(domain_name: str, *, port: int) -> str:
    """A distribution's `dxxxx.cloudfront.net` as the emulator serves it, with the port."""
    return f"{domain_name.removesuffix('.net')}.localhost:{port}"
