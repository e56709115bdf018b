"""What the policies of resources and keys say to a service that acts on its own behalf."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

READ_AND_WRITE: Final = ("kms:Decrypt", "kms:GenerateDataKey")


def allows(
    policy: str | Mapping[str, Any] | None, *, service: str, actions: Sequence[str], on: str, keys: Mapping[str, str]
) -> bool:
    """Whether a resource's policy allows `service` all of `actions` on `on`. `keys`: condition keys, lower case."""
    from ministack.core.iam_evaluator import EvalContext, evaluate_resource_policy
    from ministack.core.responses import get_account_id, get_region

    account = get_account_id()
    given = {"aws:sourceaccount": account, "aws:sourceowner": account, **keys}
    return all(
        evaluate_resource_policy(
            policy,
            EvalContext(
                principal_arn="*",
                principal_type="Service",
                principal_account="",
                action=action,
                resource_arn=on,
                region=get_region(),
                # The service calls over TLS; the request that caused it may have come in without.
                secure_transport=True,
                service_context=given,
            ),
            service=service,
        ).decision
        == "Allow"
        for action in actions
    )


def key_allows(
    key: str | None,
    *,
    service: str,
    actions: Sequence[str] = READ_AND_WRITE,
    keys: Mapping[str, str] = MappingProxyType({}),
) -> bool:
    """Whether the key's policy lets the service; no key at all lets everything, AWS's own keys let no service."""
    from ministack.services import kms

    if not key:
        return True
    record = kms._resolve_key(key)
    if record is None or key.startswith("alias/aws/"):
        return False
    return allows(record.get("Policy"), service=service, actions=actions, on=str(record["Arn"]), keys=keys)
