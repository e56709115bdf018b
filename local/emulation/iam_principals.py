"""`aws:PrincipalArn` of a role's session is the role's ARN, as IAM has it; the emulator takes that of the session.

Ends when the emulator's condition key is the role's.
"""

from __future__ import annotations

from typing import Any, Final

ENFORCES: Final = (
    "A condition on aws:PrincipalArn compares the ARN of the role, arn:aws:iam::…:role/…, for every session of it.",
)


def install() -> None:
    """Resolve the key as IAM does."""
    from ministack.core import iam_evaluator

    resolve = iam_evaluator._resolve_condition_key

    def resolve_role(key: str, request: Any) -> Any:
        if key.lower() != "aws:principalarn":
            return resolve(key, request)
        return role_of(request.principal_arn)

    iam_evaluator._resolve_condition_key = resolve_role


def role_of(arn: str) -> str:
    """The role of a session; every other principal is itself."""
    if ":assumed-role/" not in arn:
        return arn
    from ministack.services import iam

    partition, account, name = arn.split(":")[1], arn.split(":")[4], arn.split("/")[1]
    role = iam._roles.get_scoped(account, None, name)
    return str(role["Arn"]) if role else f"arn:{partition}:iam::{account}:role/{name}"
