"""A static site: private bucket, distribution with strict headers, and content published group by group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_deployment as deployment

from constructs import Construct
from constructs.acknowledge import PLATFORM, acknowledge
from constructs.function_findings import acknowledge_function_of_cdk
from constructs.private_bucket import bound_emptying, bucket_removal
from constructs.service_timeout import bound_custom_resources
from frontend_deploy import Publication

_OLD_ASSETS_DAYS = 90


@dataclass(frozen=True, kw_only=True)
class SiteAddress:
    """Where people and the page's own scripts find things. URLs without a trailing slash."""

    domain_name: str
    certificate: acm.ICertificate
    web_acl_arn: str
    connect_origins: tuple[str, ...]


class PublishedSite(Construct):
    """Publishes `publication` in its order: hashed assets, the rest, HTML last (FAULTS F21).

    A group has its own asset, so a group that has not changed is not touched. Nothing is pruned: old pages may still
    be open and ask for their assets; versions that were replaced expire after 90 days.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        publication: Publication,
        clean_urls_code: str,
        address: SiteAddress,
        access_logs: s3.IBucket,
        removal_policy: RemovalPolicy,
        log_retention: logs.RetentionDays,
        log_key: kms.IKey,
    ) -> None:
        super().__init__(scope, id)
        self.bucket = s3.Bucket(
            self,
            "Assets",
            versioned=True,
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=True,
            server_access_logs_bucket=access_logs,
            server_access_logs_prefix="site-bucket/",
            lifecycle_rules=[
                s3.LifecycleRule(
                    noncurrent_version_expiration=Duration.days(_OLD_ASSETS_DAYS),
                    abort_incomplete_multipart_upload_after=Duration.days(7),
                )
            ],
            removal_policy=bucket_removal(removal_policy),
            auto_delete_objects=removal_policy == RemovalPolicy.DESTROY,
        )
        bound_emptying(self.bucket)
        acknowledge(
            self.bucket,
            "The log bucket's own policy, in the data stack, lets every bucket of the account deliver",
            PLATFORM,
            "@aws-cdk/aws-s3:accessLogsPolicyNotAdded",
        )
        acknowledge(
            self.bucket,
            "What is in it is public, and every release brings all of it again",
            PLATFORM,
            "NIST.800.53.R5-S3DefaultEncryptionKMS",
            "NIST.800.53.R5-S3BucketReplicationEnabled",
        )
        self.distribution = self._build_distribution(publication, clean_urls_code, address, access_logs)
        acknowledge(
            self.distribution,
            "The site is for people anywhere; who may use it is not decided by where they are",
            PLATFORM,
            "AwsSolutions-CFR1",
        )
        publish_log = logs.LogGroup(
            self, "PublishLogs", retention=log_retention, encryption_key=log_key, removal_policy=removal_policy
        )
        self.deployments = self._publish(publication, publish_log)

    def _build_distribution(
        self, publication: Publication, clean_urls_code: str, address: SiteAddress, access_logs: s3.IBucket
    ) -> cloudfront.Distribution:
        clean_urls = cloudfront.Function(
            self,
            "CleanUrls",
            code=cloudfront.FunctionCode.from_inline(clean_urls_code),
            runtime=cloudfront.FunctionRuntime.JS_2_0,
        )
        return cloudfront.Distribution(
            self,
            "Distribution",
            domain_names=[address.domain_name],
            certificate=address.certificate,
            minimum_protocol_version=cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
            web_acl_id=address.web_acl_arn,
            default_root_object="index.html",
            http_version=cloudfront.HttpVersion.HTTP2_AND_3,
            enable_logging=True,
            log_bucket=access_logs,
            log_file_prefix="distribution/",
            error_responses=[
                # A private bucket answers 403 for what does not exist.
                cloudfront.ErrorResponse(
                    http_status=status,
                    response_http_status=404,
                    response_page_path="/404.html",
                    ttl=Duration.seconds(0),
                )
                for status in (403, 404)
            ],
            default_behavior=cloudfront.BehaviorOptions(
                origin=origins.S3BucketOrigin.with_origin_access_control(self.bucket),
                viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
                cache_policy=self._build_cache_policy(),
                response_headers_policy=self._build_headers_policy(publication.inline_script_hashes, address),
                function_associations=[
                    cloudfront.FunctionAssociation(
                        function=clean_urls, event_type=cloudfront.FunctionEventType.VIEWER_REQUEST
                    )
                ],
                compress=True,
            ),
        )

    def _build_cache_policy(self) -> cloudfront.CachePolicy:
        # No minimum: what is published as no-store or no-cache is not kept at the edge, whatever an invalidation does.
        return cloudfront.CachePolicy(
            self,
            "CachePolicy",
            min_ttl=Duration.seconds(0),
            default_ttl=Duration.seconds(0),
            max_ttl=Duration.days(365),
            enable_accept_encoding_brotli=True,
            enable_accept_encoding_gzip=True,
        )

    def _build_headers_policy(
        self, inline_scripts: Sequence[str], address: SiteAddress
    ) -> cloudfront.ResponseHeadersPolicy:
        return cloudfront.ResponseHeadersPolicy(
            self,
            "Headers",
            security_headers_behavior=cloudfront.ResponseSecurityHeadersBehavior(
                content_security_policy=cloudfront.ResponseHeadersContentSecurityPolicy(
                    content_security_policy=content_security_policy(inline_scripts, address.connect_origins),
                    override=True,
                ),
                content_type_options=cloudfront.ResponseHeadersContentTypeOptions(override=True),
                frame_options=cloudfront.ResponseHeadersFrameOptions(
                    frame_option=cloudfront.HeadersFrameOption.DENY, override=True
                ),
                referrer_policy=cloudfront.ResponseHeadersReferrerPolicy(
                    referrer_policy=cloudfront.HeadersReferrerPolicy.NO_REFERRER, override=True
                ),
                strict_transport_security=cloudfront.ResponseHeadersStrictTransportSecurity(
                    access_control_max_age=Duration.days(365), include_subdomains=True, override=True
                ),
            ),
        )

    def _publish(self, publication: Publication, log_group: logs.ILogGroup) -> list[deployment.BucketDeployment]:
        deployments: list[deployment.BucketDeployment] = []
        for group in sorted(publication.groups, key=lambda group: group.order):
            current = deployment.BucketDeployment(
                self,
                f"Publish-{group.name}",
                sources=[deployment.Source.asset(str(group.directory))],
                destination_bucket=self.bucket,
                content_type=group.content_type,
                cache_control=[deployment.CacheControl.from_string(group.cache_control)],
                prune=False,
                retain_on_delete=True,
                memory_limit=512,
                log_group=log_group,
            )
            bound_custom_resources(current)
            if deployments:
                # One function carries out all of them, with the first one's layer.
                current.node.try_remove_child("AwsCliLayer")
                current.node.add_dependency(deployments[-1])
            deployments.append(current)
        self._acknowledge_publisher()
        return deployments

    def _acknowledge_publisher(self) -> None:
        """CDK's one function of the stack for all publications."""
        children = Stack.of(self).node.children
        (publisher,) = (child for child in children if child.node.id.startswith("Custom::CDKBucketDeployment"))
        acknowledge_function_of_cdk(
            publisher,
            *(f"Action::s3:{actions}*" for actions in ("Abort", "DeleteObject", "GetBucket", "GetObject", "List")),
            "Resource::<SiteAssets....Arn>/*",
            "Resource::arn:aws:s3:::cdk-...-assets-.../*",
        )


def content_security_policy(inline_scripts: Sequence[str], connect_origins: Sequence[str]) -> str:
    """The site's policy: itself and the API; inline scripts by their hashes only."""
    scripts = " ".join(["'self'", *(f"'{value}'" for value in sorted(inline_scripts))])
    connect = " ".join(["'self'", *connect_origins])
    return (
        f"default-src 'self'; script-src {scripts}; style-src 'self'; img-src 'self' data:; connect-src {connect}; "
        "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
