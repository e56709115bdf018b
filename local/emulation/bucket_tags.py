"""A bucket created by CloudFormation gets the tags of its template.

The emulator leaves them out. CDK's `auto_delete_objects` empties a bucket only if it finds its tag
`aws-cdk:auto-delete-objects` there, and fails the deletion of the stack otherwise.
"""

from __future__ import annotations

import functools
from typing import Any


def install() -> None:
    """Store `Tags` after each create and update of a bucket."""
    from ministack.services import s3
    from ministack.services.cloudformation import provisioners

    handler = provisioners._RESOURCE_HANDLERS["AWS::S3::Bucket"]
    create, update = handler["create"], handler["update"]

    def store(name: str, properties: dict[str, Any]) -> None:
        s3._bucket_tags[name] = {tag["Key"]: tag["Value"] for tag in properties.get("Tags") or []}

    @functools.wraps(create)
    def create_with_tags(logical_id: str, properties: dict[str, Any], stack_name: str) -> Any:
        name, attributes = create(logical_id, properties, stack_name)
        store(name, properties)
        return name, attributes

    @functools.wraps(update)
    def update_with_tags(physical_id: str, old: dict[str, Any], new: dict[str, Any], stack_name: str) -> Any:
        name, attributes = update(physical_id, old, new, stack_name)
        store(name, new)
        return name, attributes

    handler["create"], handler["update"] = create_with_tags, update_with_tags
