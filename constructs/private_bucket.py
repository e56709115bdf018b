"""Buckets that nobody reaches from outside: one for reports, one for the logs of the others."""

from __future__ import annotations

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from constructs import Construct
from constructs.acknowledge import PLATFORM, acknowledge
from constructs.function_findings import acknowledge_plain_function_of_cdk
from constructs.service_timeout import bound_custom_resources

_ABANDONED_UPLOAD_DAYS = 7


def bucket_removal(removal_policy: RemovalPolicy) -> RemovalPolicy:
    """A bucket that is to be kept is kept when its own creation fails, too.

    Something may be in it by then, which CloudFormation cannot delete: the stack would be stuck. The name is
    generated, so the next attempt makes another one.
    """
    return RemovalPolicy.DESTROY if removal_policy == RemovalPolicy.DESTROY else RemovalPolicy.RETAIN


class LogBucket(s3.Bucket):
    """Takes S3 access logs and CloudFront's standard logs of this account.

    Buckets of other stacks refer to it by `as_target`, because CDK would otherwise write their names into this
    bucket's policy and make the two stacks depend on each other.
    """

    def __init__(self, scope: Construct, id: str, *, keep: Duration, removal_policy: RemovalPolicy) -> None:
        super().__init__(
            scope,
            id,
            # S3 delivers access logs to buckets with its own keys only.
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            versioned=True,
            # CloudFront's standard logs are written by way of an access control list.
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_PREFERRED,
            enforce_ssl=True,
            lifecycle_rules=[_expiry(keep)],
            removal_policy=bucket_removal(removal_policy),
            auto_delete_objects=removal_policy == RemovalPolicy.DESTROY,
        )
        bound_emptying(self)
        acknowledge(
            self,
            "Access logs, kept for weeks: S3 delivers them to S3's own keys only, and logging them would never end",
            PLATFORM,
            *("CKV_AWS_18", "NIST.800.53.R5-S3DefaultEncryptionKMS", "NIST.800.53.R5-S3BucketReplicationEnabled"),
        )
        self.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("logging.s3.amazonaws.com")],
                actions=["s3:PutObject"],
                resources=[self.arn_for_objects("*")],
                conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
            )
        )

    def as_target(self, scope: Construct, id: str) -> s3.IBucket:
        """This bucket for use in another stack as the place where logs go."""
        return s3.Bucket.from_bucket_attributes(
            scope,
            id,
            bucket_name=self.bucket_name,
            bucket_regional_domain_name=self.bucket_regional_domain_name,
            region=Stack.of(self).region,
        )


class ReportBucket(s3.Bucket):
    """Versioned, encrypted with our own key, access logged; objects expire after `keep`."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        encryption_key: kms.IKey,
        access_logs: s3.IBucket,
        keep: Duration,
        removal_policy: RemovalPolicy,
    ) -> None:
        super().__init__(
            scope,
            id,
            encryption=s3.BucketEncryption.KMS,
            encryption_key=encryption_key,
            # One call to KMS per bucket and hour instead of one per report.
            bucket_key_enabled=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=True,
            versioned=True,
            server_access_logs_bucket=access_logs,
            server_access_logs_prefix="report-bucket/",
            lifecycle_rules=[_expiry(keep)],
            removal_policy=bucket_removal(removal_policy),
            auto_delete_objects=removal_policy == RemovalPolicy.DESTROY,
        )
        acknowledge(
            self,
            "Reports and templates of one region's releases; the tables are what is restored elsewhere",
            PLATFORM,
            "NIST.800.53.R5-S3BucketReplicationEnabled",
        )
        bound_emptying(self)


def bound_emptying(bucket: s3.Bucket) -> None:
    """What empties the bucket when it goes: a resource of it, by one function of CDK's for the stack."""
    bound_custom_resources(bucket)
    if function := Stack.of(bucket).node.try_find_child("Custom::S3AutoDeleteObjectsCustomResourceProvider"):
        acknowledge_plain_function_of_cdk(function)


def _expiry(keep: Duration) -> s3.LifecycleRule:
    return s3.LifecycleRule(
        expiration=keep,
        noncurrent_version_expiration=keep,
        abort_incomplete_multipart_upload_after=Duration.days(_ABANDONED_UPLOAD_DAYS),
    )
