"""`GetBucketPolicyStatus`: whether a bucket's policy makes it public.

The emulator knows what public means, for blocking such policies, but answers this question with a list of objects.
"""

from __future__ import annotations

import functools
from typing import Any

_ANSWER = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<PolicyStatus xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><IsPublic>{}</IsPublic></PolicyStatus>'
)


def install() -> None:
    """Answer the question from the bucket's policy."""
    from ministack.services import s3

    dispatch = s3._dispatch

    @functools.wraps(dispatch)
    def dispatch_with_status(method: str, bucket: str, key: str, headers: Any, body: bytes, query_params: Any) -> Any:
        if method != "GET" or key or "policyStatus" not in query_params:
            return dispatch(method, bucket, key, headers, body, query_params)
        found = s3._get_bucket_policy(bucket)
        if found[0] != 200:
            return found
        public = s3._policy_is_public(found[2].decode("utf-8"))
        return 200, {"Content-Type": "application/xml"}, _ANSWER.format(str(public).lower()).encode()

    s3._dispatch = dispatch_with_status
