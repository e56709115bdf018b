"""A secret that the deployment creates and a person fills in.

Frozen: an edit of what is generated makes CloudFormation generate it again, over the value that was filled in, and
an edit of the name makes another secret (FAULTS F24). A test pins the exact properties; change them only together
with a plan for every secret that is populated already.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from aws_cdk import RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager

from constructs import Construct
from constructs.acknowledge import SECURITY, acknowledge
from constructs.generated_secret import NO_ROTATION

PLACEHOLDER = "PLACEHOLDER"
# Secrets Manager generates at least one field; nobody reads this one.
_THROW_AWAY_FIELD = "generated"


class PlaceholderSecret(secretsmanager.Secret):
    """JSON with each of `fields` set to PLACEHOLDER; `PutSecretValue` replaces it.

    Kept even when its stack goes, in every environment: what a person typed cannot be generated again.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        secret_name: str,
        fields: Sequence[str],
        encryption_key: kms.IKey,
    ) -> None:
        super().__init__(
            scope,
            id,
            secret_name=secret_name,
            encryption_key=encryption_key,
            generate_secret_string=secretsmanager.SecretStringGenerator(
                secret_string_template=json.dumps(dict.fromkeys(fields, PLACEHOLDER)),
                generate_string_key=_THROW_AWAY_FIELD,
            ),
            removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        )
        acknowledge(
            self,
            "Credentials of third parties: only they can make new ones; an alarm watches how old these are",
            SECURITY,
            *NO_ROTATION,
        )
