"""API keys that rotations made: no stack has them, so they outlive the usage plan that let them in."""

from __future__ import annotations

from typing import Any

from environments import Environment
from ops.recovery.stacks import Progress


def remove_rotated_keys(client: Any, environment: Environment, say: Progress) -> None:
    """Removes the keys of the lost API. The new stack's own key gets the secret's value, which must be nobody else's.

    A former key that still worked for an overlap ends with it. Raises what boto3 raises.
    """
    prefix = f"{environment.resource_name('api')}-rotated-"
    pages = client.get_paginator("get_api_keys").paginate(nameQuery=prefix)
    for key in [key for page in pages for key in page.get("items", []) if key["name"].startswith(prefix)]:
        say(f"removing the API key {key['name']}")
        client.delete_api_key(apiKey=key["id"])
