"""What holds state, and what leads to it: the other managed policies of an environment."""

from __future__ import annotations

from typing import Final

from ops.bootstrap.grant import Grant, arn, aws, tags

STATE: Final = (
    Grant(
        types=aws("DynamoDB::Table"),
        actions=(
            "dynamodb:*ContinuousBackups",
            "dynamodb:*ContributorInsights",
            "dynamodb:*ResourcePolicy",
            "dynamodb:*Table",
            "dynamodb:*TimeToLive",
            "dynamodb:DescribeKinesisStreamingDestination",
            "dynamodb:ListTagsOfResource",
            "dynamodb:TagResource",
            "dynamodb:UntagResource",
        ),
        resources=(arn("dynamodb", "table/{env}-crypto-trading-*"),),
    ),
    Grant(
        types=aws("SecretsManager::RotationSchedule", "SecretsManager::Secret"),
        actions=(
            "secretsmanager:*ResourcePolicy",
            "secretsmanager:*RotateSecret",
            "secretsmanager:CreateSecret",
            "secretsmanager:DeleteSecret",
            "secretsmanager:DescribeSecret",
            "secretsmanager:TagResource",
            "secretsmanager:UntagResource",
            "secretsmanager:UpdateSecret",
        ),
        resources=(arn("secretsmanager", "secret:{env}/*"),),
    ),
    Grant(
        # Two values go from Secrets Manager into a resource: the cache's and the API's key.
        types=aws("ElastiCache::ReplicationGroup", "ApiGateway::ApiKey"),
        actions=("secretsmanager:GetSecretValue",),
        resources=(
            arn("secretsmanager", "secret:{env}/api-key-*"),
            arn("secretsmanager", "secret:{env}/redis-auth-*"),
        ),
    ),
    Grant(types=aws("SecretsManager::Secret"), actions=("secretsmanager:GetRandomPassword",), resources=("*",)),
    Grant(
        types=aws("KMS::Alias", "KMS::Key"),
        actions=("kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"),
        resources=(arn("kms", "alias/acinaces/{env}/*"), arn("kms", "key/*")),
    ),
    # A key's id is AWS's: its tag says whose it is. A test keeps keys tagged.
    Grant(
        types=aws("KMS::Key"),
        actions=("kms:CreateKey",),
        resources=("*",),
        conditions={"StringEquals": {"aws:RequestTag/acinaces:environment": "{env}"}},
    ),
    Grant(
        types=aws("KMS::Key"),
        actions=(
            "kms:DescribeKey",
            "kms:EnableKey*",
            "kms:GetKey*",
            "kms:ListResourceTags",
            "kms:PutKeyPolicy",
            "kms:ScheduleKeyDeletion",
            "kms:TagResource",
            "kms:UntagResource",
            "kms:UpdateKeyDescription",
        ),
        resources=(arn("kms", "key/*"),),
        conditions={"StringEquals": {"aws:ResourceTag/acinaces:environment": "{env}"}},
    ),
    Grant(types=aws("KMS::Alias"), actions=("kms:ListAliases",), resources=("*",)),
    Grant(
        # Services use a key in CloudFormation's name; CloudFormation by itself does not.
        types=aws("KMS::Key"),
        actions=(
            "kms:CreateGrant",
            "kms:Decrypt",
            "kms:DescribeKey",
            "kms:Encrypt",
            "kms:GenerateDataKey*",
            "kms:ReEncrypt*",
            "kms:RetireGrant",
            "kms:RevokeGrant",
        ),
        resources=(arn("kms", "key/*"),),
        conditions={"StringLike": {"kms:ViaService": "*.amazonaws.com"}},
    ),
    Grant(
        types=aws("S3::Bucket", "S3::BucketPolicy"),
        actions=("s3:*Bucket*", "s3:*Configuration", "s3:ListAllMyBuckets"),
        resources=("arn:${AWS::Partition}:s3:::acinaces-{env}-*",),
    ),
    Grant(
        types=aws("ElastiCache::ParameterGroup", "ElastiCache::ReplicationGroup", "ElastiCache::SubnetGroup"),
        actions=("elasticache:*",),
        resources=(
            arn("elasticache", "replicationgroup:{env}-crypto-trading-*"),
            arn("elasticache", "cluster:{env}-crypto-trading-*"),
            # Their names are CloudFormation's, in lower case and cut.
            arn("elasticache", "subnetgroup:*"),
            arn("elasticache", "parametergroup:*"),
        ),
    ),
    Grant(
        types=aws("ElastiCache::ParameterGroup"),
        # AWS knows no resource for it.
        actions=("elasticache:DescribeEngineDefaultParameters",),
        resources=("*",),
    ),
    Grant(
        types=aws("Backup::BackupPlan", "Backup::BackupSelection", "Backup::BackupVault"),
        actions=(
            "backup-storage:MountCapsule",
            "backup:*BackupPlan*",
            "backup:*BackupSelection*",
            "backup:*BackupVault*",
            "backup:ListTags",
            "backup:TagResource",
            "backup:UntagResource",
        ),
        resources=("*",),
    ),
    Grant(
        types=aws("Timestream::Database"),
        actions=("timestream:*Database", "timestream:DescribeEndpoints", *tags("timestream")),
        resources=("*",),
    ),
)

NETWORK: Final = (
    Grant(
        types=aws(
            "EC2::EIP",
            "EC2::FlowLog",
            "EC2::InternetGateway",
            "EC2::NatGateway",
            "EC2::Route",
            "EC2::RouteTable",
            "EC2::SecurityGroup",
            "EC2::SecurityGroupEgress",
            "EC2::SecurityGroupIngress",
            "EC2::Subnet",
            "EC2::SubnetRouteTableAssociation",
            "EC2::VPC",
            "EC2::VPCEndpoint",
            "EC2::VPCGatewayAttachment",
        ),
        # Ids are AWS's. Nothing here starts an instance.
        actions=(
            "ec2:*Address",
            "ec2:*Addresses",
            "ec2:*FlowLogs",
            "ec2:*Gateway*",
            "ec2:*NetworkInterface*",
            "ec2:*Route*",
            "ec2:*SecurityGroup*",
            "ec2:*Subnet*",
            "ec2:*Tags",
            "ec2:*Vpc*",
            "ec2:DescribeAccountAttributes",
            "ec2:DescribeAvailabilityZones",
            "ec2:DescribeInstances",
            "ec2:DescribeNetworkAcls",
            "ec2:DescribePrefixLists",
        ),
        resources=("*",),
    ),
    Grant(
        types=aws("Route53::HostedZone", "Route53::RecordSet", "CertificateManager::Certificate"),
        actions=(
            "route53:*HostedZone*",
            "route53:*ResourceRecordSets",
            "route53:*TagsForResource",
            "route53:GetChange",
        ),
        resources=("*",),
    ),
    Grant(
        types=aws("CertificateManager::Certificate"),
        actions=("acm:*Certificate", "acm:*TagsForCertificate", "acm:*TagsFromCertificate", "acm:*TagsToCertificate"),
        resources=("*",),
    ),
    Grant(
        types=aws(
            "WAFv2::WebACL",
            "WAFv2::WebACLAssociation",
            "WAFv2::LoggingConfiguration",
            "ApiGateway::Stage",
            "CloudFront::Distribution",
        ),
        actions=("wafv2:*WebACL*", "wafv2:*LoggingConfiguration*", *tags("wafv2")),
        resources=("*",),
    ),
    Grant(
        types=aws(
            "CloudFront::CachePolicy",
            "CloudFront::Distribution",
            "CloudFront::Function",
            "CloudFront::OriginAccessControl",
            "CloudFront::ResponseHeadersPolicy",
        ),
        actions=(
            "cloudfront:*CachePolicy*",
            "cloudfront:*Distribution*",
            "cloudfront:*Function*",
            "cloudfront:*OriginAccessControl*",
            "cloudfront:*ResponseHeadersPolicy*",
            *tags("cloudfront"),
        ),
        resources=("*",),
    ),
)
