"""API keys that a rotation made: no stack has them, so they outlive the API that they were for.

The secret says what the key is. The stack that is made again makes a key of that value, and API Gateway refuses a
second one of the same value.
"""

from __future__ import annotations

from typing import Any

_PAGE = 500


def forget_rotated(client: Any, api_name: str) -> list[str]:
    """Deletes the keys that were made for the lost API by rotation; returns their names. Raises boto3's."""
    pages = client.get_paginator("get_api_keys").paginate(
        nameQuery=f"{api_name}-rotated-", includeValues=False, PaginationConfig={"PageSize": _PAGE}
    )
    left = [key for page in pages for key in page.get("items", []) if key["name"].startswith(f"{api_name}-rotated-")]
    for key in left:
        client.delete_api_key(apiKey=key["id"])
    return [str(key["name"]) for key in left]
