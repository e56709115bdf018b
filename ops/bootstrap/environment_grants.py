"""What the stacks of an environment consist of, and what CloudFormation does to make it.

Several managed policies, because one takes 6,144 characters. A test holds both sides together: no type without a grant,
no grant without a type.

Actions on data (items, objects, messages, values of credentials) are not among them.
"""

from __future__ import annotations

from typing import Final

from ops.bootstrap.grant import Grant, arn, aws, tags

# Only roles that have the environment's boundary.
WITHIN: Final = arn("iam", "policy/{boundary}", region="")
# Roles of a stack are called after it; one of ours has a name of its own.
ROLES: Final = (
    arn("iam", "role/Acinaces-{env}-*", region=""),
    arn("iam", "role/{env}-crypto-trading-*", region=""),
)
# AWS's own policies that roles of the stacks may have. No other can be attached.
MANAGED: Final = (
    "AWSBackupServiceRolePolicyForBackup",
    "AWSLambdaBasicExecutionRole",
    "AmazonAPIGatewayPushToCloudWatchLogs",
)
SUBSCRIPTIONS: Final = ("sns:GetSubscriptionAttributes", "sns:SetSubscriptionAttributes", "sns:Unsubscribe")
# The services that a stack gives its roles to.
PASSED_TO: Final = (
    "apigateway.amazonaws.com",
    "backup.amazonaws.com",
    "events.amazonaws.com",
    "lambda.amazonaws.com",
    "scheduler.amazonaws.com",
    "states.amazonaws.com",
    "vpc-flow-logs.amazonaws.com",
)


APPLICATION: Final = (
    Grant(
        types=aws(
            "Lambda::Alias",
            "Lambda::EventInvokeConfig",
            "Lambda::Function",
            "Lambda::LayerVersion",
            "Lambda::Permission",
            "Lambda::Version",
        ),
        # Custom resources are functions that CloudFormation calls.
        actions=("lambda:*",),
        resources=(
            arn("lambda", "function:{env}-crypto-trading-*"),
            arn("lambda", "function:Acinaces-{env}-*"),
            arn("lambda", "layer:*"),
        ),
    ),
    Grant(
        types=aws("IAM::Policy", "IAM::Role"),
        # Whatever a role is given stays within the boundary: a role without it cannot be made or changed.
        actions=(
            "iam:CreateRole",
            "iam:DeleteRolePolicy",
            "iam:PutRolePermissionsBoundary",
            "iam:PutRolePolicy",
        ),
        resources=ROLES,
        conditions={
            "StringEquals": {
                "iam:PermissionsBoundary": WITHIN,
            }
        },
    ),
    Grant(
        types=aws("IAM::Role"),
        actions=("iam:AttachRolePolicy", "iam:DetachRolePolicy"),
        resources=ROLES,
        conditions={
            "StringEquals": {
                "iam:PermissionsBoundary": WITHIN,
            },
            "ArnLike": {
                "iam:PolicyARN": [
                    arn("iam", f"policy/service-role/{name}", region="", account="aws") for name in MANAGED
                ],
            },
        },
    ),
    Grant(
        types=aws("IAM::Role"),
        actions=(
            "iam:DeleteRole",
            "iam:GetRole",
            "iam:GetRolePolicy",
            "iam:List*",
            "iam:TagRole",
            "iam:UntagRole",
            "iam:UpdateRole",
            "iam:UpdateRoleDescription",
        ),
        resources=ROLES,
    ),
    Grant(
        types=aws("IAM::Role"),
        # Who may take a role changes on roles of this environment only: they have its tag from the start.
        actions=("iam:UpdateAssumeRolePolicy",),
        resources=ROLES,
        conditions={"StringEquals": {"aws:ResourceTag/acinaces:environment": "{env}"}},
    ),
    Grant(
        types=aws("IAM::Role"),
        # The roles of CDK's own custom resources take no tags.
        actions=("iam:UpdateAssumeRolePolicy",),
        resources=(arn("iam", "role/Acinaces-{env}-*-Custom*", region=""),),
    ),
    Grant(
        types=aws("Lambda::Function", "StepFunctions::StateMachine"),
        actions=("iam:PassRole",),
        resources=ROLES,
        conditions={"StringEquals": {"iam:PassedToService": list(PASSED_TO)}},
    ),
    Grant(
        # CDK's weak references: an output of another stack is read with the execution role.
        types=(),
        actions=("cloudformation:DescribeStacks",),
        resources=(arn("cloudformation", "stack/Acinaces-{env}-*/*"),),
    ),
    Grant(
        types=aws("ApiGateway::Account", "ElastiCache::ReplicationGroup", "Backup::BackupVault"),
        actions=("iam:CreateServiceLinkedRole",),
        resources=(arn("iam", "role/aws-service-role/*", region=""),),
        conditions={
            "StringEquals": {
                "iam:AWSServiceName": [
                    "backup.amazonaws.com",
                    "elasticache.amazonaws.com",
                    "ops.apigateway.amazonaws.com",
                ]
            }
        },
    ),
    Grant(
        types=aws(
            "ApiGateway::Account",
            "ApiGateway::ApiKey",
            "ApiGateway::BasePathMapping",
            "ApiGateway::Deployment",
            "ApiGateway::DomainName",
            "ApiGateway::GatewayResponse",
            "ApiGateway::Method",
            "ApiGateway::Resource",
            "ApiGateway::RestApi",
            "ApiGateway::Stage",
            "ApiGateway::UsagePlan",
            "ApiGateway::UsagePlanKey",
        ),
        # Ids are AWS's: what is whose cannot be told from an ARN.
        actions=("apigateway:*",),
        resources=(arn("apigateway", "/*", account=""),),
    ),
    Grant(
        types=aws("StepFunctions::StateMachine"),
        actions=("states:*StateMachine*", *tags("states")),
        resources=(arn("states", "stateMachine:{env}-crypto-trading-*"),),
    ),
    Grant(
        types=aws("Scheduler::Schedule", "Scheduler::ScheduleGroup"),
        actions=("scheduler:*",),
        resources=(
            arn("scheduler", "schedule/{env}-crypto-trading-*/*"),
            arn("scheduler", "schedule-group/{env}-crypto-trading-*"),
        ),
    ),
    Grant(
        types=aws("Events::Archive", "Events::EventBus", "Events::Rule"),
        actions=("events:*",),
        resources=(
            arn("events", "rule/Acinaces-{env}-*"),
            arn("events", "rule/{env}-crypto-trading-*"),
            # The archive of a bus has a rule that AWS makes.
            arn("events", "rule/*/Events-Archive-*"),
            arn("events", "event-bus/{env}-crypto-trading-*"),
            arn("events", "archive/{env}-crypto-trading-*"),
        ),
    ),
)

MONITORING: Final = (
    Grant(
        types=aws("CloudWatch::Alarm", "CloudWatch::CompositeAlarm", "CloudWatch::Dashboard"),
        actions=(
            "cloudwatch:Delete*",
            "cloudwatch:Describe*",
            "cloudwatch:GetDashboard",
            "cloudwatch:PutCompositeAlarm",
            "cloudwatch:PutDashboard",
            "cloudwatch:PutMetricAlarm",
            *tags("cloudwatch"),
        ),
        resources=(
            arn("cloudwatch", "alarm:{env}-crypto-trading-*"),
            arn("cloudwatch", "dashboard/{env}-crypto-trading-*", region=""),
        ),
    ),
    Grant(
        types=aws("Logs::LogGroup", "Logs::MetricFilter"),
        actions=(
            "logs:AssociateKmsKey",
            "logs:CreateLogGroup",
            "logs:DeleteLogGroup",
            "logs:DeleteMetricFilter",
            "logs:DeleteRetentionPolicy",
            "logs:DisassociateKmsKey",
            "logs:GetDataProtectionPolicy",
            "logs:ListTagsLogGroup",
            "logs:PutMetricFilter",
            "logs:PutRetentionPolicy",
            *tags("logs"),
        ),
        resources=(
            arn("logs", "log-group:/aws/*/{env}-crypto-trading-*"),
            arn("logs", "log-group:aws-waf-logs-{env}-crypto-trading-*"),
            arn("logs", "log-group:Acinaces-{env}-*"),
            # The name is API Gateway's, with the id of the API.
            arn("logs", "log-group:API-Gateway-Execution-Logs_*"),
        ),
    ),
    Grant(
        types=aws(
            "Logs::ResourcePolicy", "Logs::LogGroup", "EC2::FlowLog", "ApiGateway::Stage", "WAFv2::LoggingConfiguration"
        ),
        # AWS knows no narrower resource for them.
        actions=(
            "cloudwatch:DescribeAlarms",
            "logs:*LogDelivery*",
            "logs:DeleteResourcePolicy",
            "logs:Describe*",
            "logs:ListLogDeliveries",
            "logs:PutResourcePolicy",
        ),
        resources=("*",),
    ),
    Grant(
        types=aws("SNS::Subscription", "SNS::Topic", "SNS::TopicPolicy"),
        actions=("sns:*Topic*", "sns:*Subscription*", "sns:GetDataProtectionPolicy", "sns:Subscribe", *tags("sns")),
        resources=(arn("sns", "{env}-crypto-trading-*"),),
    ),
    Grant(
        types=aws("SNS::Subscription"),
        # AWS knows no resource for them.
        actions=SUBSCRIPTIONS,
        resources=("*",),
    ),
    Grant(
        types=aws("SQS::Queue", "SQS::QueuePolicy"),
        actions=("sqs:*Queue", "sqs:*QueueAttributes", "sqs:GetQueueUrl", "sqs:ListQueueTags", "sqs:UntagQueue"),
        resources=(arn("sqs", "{env}-crypto-trading-*"),),
    ),
    Grant(
        types=aws("SSM::Parameter"),
        actions=("ssm:*Parameter*", "ssm:AddTagsToResource", "ssm:ListTagsForResource", "ssm:RemoveTagsFromResource"),
        resources=(arn("ssm", "parameter/acinaces/{env}/*"),),
    ),
    Grant(
        # Every template asks which bootstrap it needs, and every function's code comes from its bucket.
        types=(),
        actions=("ssm:GetParameters",),
        resources=(arn("ssm", "parameter/cdk-bootstrap/*"),),
    ),
    Grant(
        types=(),
        actions=("s3:GetObject", "s3:GetObjectVersion"),
        resources=("arn:${AWS::Partition}:s3:::cdk-*-assets-${AWS::AccountId}-*/*",),
    ),
)
