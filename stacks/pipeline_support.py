"""What a pipeline keeps its artefacts in: a bucket and a key in each region that it deploys to."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3

from constructs import Construct
from constructs.encryption_key import EncryptionKey
from constructs.private_bucket import LogBucket, ReportBucket

_KEEP = cdk.Duration.days(90)


class ArtifactStore(Construct):
    """`bucket`, encrypted with `key`, which roles of other accounts may be allowed to use."""

    def __init__(self, scope: Construct, id: str, *, name: str) -> None:
        super().__init__(scope, id)
        self.key = EncryptionKey(
            self,
            "Key",
            key_alias=f"acinaces/{name}/pipeline",
            description=f"Artefacts of the pipeline {name}",
            removal_policy=cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        )
        logs = LogBucket(self, "Logs", keep=_KEEP, removal_policy=cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        self.bucket: s3.Bucket = ReportBucket(
            self,
            "Bucket",
            encryption_key=self.key,
            access_logs=logs,
            keep=_KEEP,
            removal_policy=cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        )


class PipelineSupportStack(cdk.Stack):
    """The artefact store of another region than the pipeline's own."""

    def __init__(self, scope: Construct, id: str, *, name: str, env: cdk.Environment) -> None:
        super().__init__(
            scope,
            id,
            env=env,
            description=f"Acinaces: artefacts of the pipeline {name} in {env.region}",
            cross_region_references=True,
        )
        self.store = ArtifactStore(self, "Store", name=name)
