"""The registry of accepted findings: rules, constructs, reason, owner."""

from __future__ import annotations

from stacks.accepted_in_operations import OPERATIONS
from stacks.acknowledgement import (
    PLATFORM,
    SECURITY,
    Acknowledgement,
    managed_policy,
    serverless,
    solutions,
    wildcards,
)
from stacks.secrets import AI_PROVIDERS, EXCHANGES

__all__ = ["ACCEPTED", "Acknowledgement"]

_NETWORK = (
    Acknowledgement(
        rules=("CloudFormation-Validate::W3010",),
        stack="Network",
        paths=("Network/Vpc/*Subnet*/Subnet",),
        reason="Zones are named in the environment: asking for them needs an account, and would let AWS move subnets",
        owner=PLATFORM,
    ),
)

_DATA = (
    Acknowledgement(
        rules=managed_policy("AWSBackupServiceRolePolicyForBackup"),
        stack="Data",
        paths=("Backup/Role/Resource",),
        reason="AWS extends this policy as AWS Backup changes; a permission missing in a copy is noticed at a restore",
        owner=SECURITY,
    ),
    Acknowledgement(
        rules=solutions("SMG4"),
        stack="Data",
        paths=("Redis/Auth/Resource",),
        reason="Rotated by a schedule of the Operations stack: a function of the release tries the new token",
        owner=SECURITY,
    ),
    Acknowledgement(
        rules=solutions("AEC4"),
        stack="Data",
        paths=("Redis/Group",),
        reason="One node: the cache may be empty for minutes, and what it holds is made again",
        owner=PLATFORM,
        environments=("local", "local-*", "dev", "test"),
    ),
    Acknowledgement(
        rules=solutions("AEC3", "AEC6"),
        stack="Data",
        paths=("Redis/Group",),
        reason="The cache is a process on loopback without TLS, and ElastiCache has no AUTH without TLS",
        owner=PLATFORM,
        environments=("local", "local-*"),
    ),
)

_SECRETS = (
    Acknowledgement(
        rules=solutions("SMG4"),
        stack="Secrets",
        paths=tuple(f"{name}/Resource" for name in (*EXCHANGES, *AI_PROVIDERS)),
        reason="Credentials of third parties: only they can make new ones; an alarm watches how old these are",
        owner=SECURITY,
    ),
    Acknowledgement(
        rules=solutions("SMG4"),
        stack="Secrets",
        paths=("ApiKey/Resource",),
        reason="Rotated by a schedule of the Operations stack: the API that has the key comes after this stack",
        owner=SECURITY,
    ),
    Acknowledgement(
        rules=solutions("SMG4"),
        stack="Secrets",
        paths=("FingerprintKey/Resource",),
        reason="Opens nothing; fingerprints that people wrote down would no longer be comparable",
        owner=SECURITY,
    ),
)

_GATE_ROLE = "Gate/Function/Role/DefaultPolicy/Resource"
_RECORD_ROLE = "Record/Function/Role/DefaultPolicy/Resource"
# A handler's function; a custom resource's, whose construct is called `Function`.
_FUNCTIONS = ("*/Function/Resource", "*/Function/Function/Resource")

_OWN_FUNCTIONS = (
    Acknowledgement(
        rules=solutions("L1") + serverless("LambdaLatestVersion"),
        stack="Release",
        paths=_FUNCTIONS,
        reason="One version behind the newest on purpose; AWS maintains it until 2029. On a laptop the host's own",
        owner=PLATFORM,
    ),
    Acknowledgement(
        rules=serverless("LambdaDLQ"),
        stack="Release",
        paths=_FUNCTIONS,
        reason="Called synchronously only, by API Gateway or CloudFormation: a failure is the caller's to see",
        owner=PLATFORM,
    ),
    Acknowledgement(
        rules=wildcards("Resource::*"),
        stack="Release",
        paths=("*/Role/DefaultPolicy/Resource", "*/Function/Role/DefaultPolicy/Resource"),
        reason="Calls that AWS grants on no narrower resource (tracing, interfaces, log delivery); a test lists them",
        owner=SECURITY,
    ),
    Acknowledgement(
        rules=wildcards("Action::kms:GenerateDataKey*", "Action::kms:ReEncrypt*"),
        stack="Release",
        paths=("*/Role/DefaultPolicy/Resource", _GATE_ROLE, _RECORD_ROLE),
        reason="Two variants of one operation each, on the data key alone: what DynamoDB asks of its callers",
        owner=SECURITY,
    ),
)

# Functions that CDK brings: one publishes the site, one stands in front of each custom resource.
_PUBLISHER = "Custom::CDKBucketDeployment*"
_PROVIDER = "*/Function/Provider/framework-onEvent"
_BY_CDK = "Written and versioned by CDK, which has no setting for it"

_CDK_FUNCTIONS = (
    Acknowledgement(
        rules=serverless("LambdaDLQ", "LambdaTracing"),
        stack="Release",
        paths=(f"{_PUBLISHER}/Resource", f"{_PROVIDER}/Resource"),
        reason=_BY_CDK,
        owner=PLATFORM,
    ),
    Acknowledgement(
        rules=solutions("L1") + serverless("LambdaLatestVersion"),
        stack="Release",
        paths=(f"{_PUBLISHER}/Resource",),
        reason=_BY_CDK,
        owner=PLATFORM,
    ),
    Acknowledgement(
        rules=serverless("LambdaDefaultMemorySize"),
        stack="Release",
        paths=(f"{_PROVIDER}/Resource",),
        reason=_BY_CDK,
        owner=PLATFORM,
    ),
    Acknowledgement(
        rules=managed_policy("AWSLambdaBasicExecutionRole"),
        stack="Release",
        paths=(f"{_PUBLISHER}/ServiceRole/Resource", f"{_PROVIDER}/ServiceRole/Resource"),
        reason=_BY_CDK,
        owner=SECURITY,
    ),
    Acknowledgement(
        rules=wildcards(
            "Action::s3:Abort*",
            "Action::s3:DeleteObject*",
            "Action::s3:GetBucket*",
            "Action::s3:GetObject*",
            "Action::s3:List*",
            "Resource::<SiteAssets7F18EA5C.Arn>/*",
            "Resource::arn:aws:s3:::cdk-hnb659fds-assets-{account}-{region}/*",
        ),
        stack="Release",
        paths=(f"{_PUBLISHER}/ServiceRole/DefaultPolicy/Resource",),
        reason="Reads the staging bucket and writes the site's bucket: buckets are named, their objects cannot be",
        owner=SECURITY,
    ),
    Acknowledgement(
        rules=wildcards("Resource::<GateFunctionE793E133.Arn>:*"),
        stack="Release",
        paths=("Gate/Function/Provider/framework-onEvent/ServiceRole/DefaultPolicy/Resource",),
        reason="The provider calls its one function, in any version",
        owner=SECURITY,
    ),
    Acknowledgement(
        rules=wildcards("Resource::<RecordFunctionC32E48A8.Arn>:*"),
        stack="Release",
        paths=("Record/Function/Provider/framework-onEvent/ServiceRole/DefaultPolicy/Resource",),
        reason="The provider calls its one function, in any version",
        owner=SECURITY,
    ),
    Acknowledgement(
        rules=wildcards("Resource::<InvalidationFunction8562701B.Arn>:*"),
        stack="Release",
        paths=("Invalidation/Function/Provider/framework-onEvent/ServiceRole/DefaultPolicy/Resource",),
        reason="The provider calls its one function, in any version",
        owner=SECURITY,
    ),
)

_GATE = (
    Acknowledgement(
        rules=wildcards("Resource::arn:aws:cloudformation:{region}:{account}:stack/Acinaces-{environment}-Release/*"),
        stack="Release",
        paths=(_GATE_ROLE, _RECORD_ROLE),
        reason="The function's own stack; the end of its ARN is known only once it exists",
        owner=SECURITY,
    ),
    Acknowledgement(
        rules=wildcards(
            'Resource::{"Fn::GetStackOutput":{"StackName":"Acinaces-{environment}-Data","Region":"{region}",'
            '"OutputName":"PublishOutputFnGetAttReportsBucket4E7C5994Arn2F10EC44"}}/releases/*',
        ),
        stack="Release",
        paths=(_GATE_ROLE,),
        reason="Writes and finds its own reports: one bucket, one prefix",
        owner=SECURITY,
    ),
)

_API = (
    Acknowledgement(
        rules=solutions("APIG2"),
        stack="Release",
        paths=("Api/Rest/Resource",),
        reason="Handlers validate every body themselves and say which field is wrong; API Gateway's model would not",
        owner=PLATFORM,
    ),
    Acknowledgement(
        rules=solutions("APIG4", "COG4"),
        stack="Release",
        paths=tuple(f"Api/Rest/Default/{route}/ANY/Resource" for route in ("*", "*/{proxy+}", "*/*", "*/*/{proxy+}")),
        reason="API key, throttling and web ACL; people's identities are not part of the platform, /health is open",
        owner=SECURITY,
    ),
    Acknowledgement(
        rules=managed_policy("AmazonAPIGatewayPushToCloudWatchLogs"),
        stack="Release",
        paths=("Api/Rest/CloudWatchRole/Resource",),
        reason="API Gateway accepts no other policy for the account's logging role",
        owner=SECURITY,
    ),
)

_SITE = (
    Acknowledgement(
        rules=solutions("CFR1"),
        stack="Release",
        paths=("Site/Distribution/Resource",),
        reason="The site is for people anywhere; who may use it is not decided by where they are",
        owner=PLATFORM,
    ),
    Acknowledgement(
        rules=("Annotation::@aws-cdk/aws-s3:accessLogsPolicyNotAdded",),
        stack="Release",
        paths=("Site/Assets",),
        reason="The log bucket's own policy, in the data stack, lets every bucket of the account deliver",
        owner=PLATFORM,
    ),
)

_MESSAGING = (
    Acknowledgement(
        rules=solutions("SQS3") + serverless("SQSRedrivePolicy"),
        stack="Release",
        paths=("Alerting/Undelivered/Resource",),
        reason="It is the dead-letter queue of the alert topics; behind it comes a person, not another queue",
        owner=PLATFORM,
    ),
    Acknowledgement(
        rules=solutions("SQS3") + serverless("SQSRedrivePolicy"),
        stack="Release",
        paths=("TestAlert/Queue/Resource",),
        reason="It holds test alerts for five minutes; one that nobody reads is what the check is about",
        owner=PLATFORM,
    ),
    Acknowledgement(
        rules=serverless("SNSRedrivePolicy"),
        stack="Release",
        paths=("TestAlert/Queue/*/Resource",),
        reason="A test alert that does not arrive must be missed, not kept elsewhere",
        owner=PLATFORM,
    ),
    Acknowledgement(
        rules=serverless("EventBusDLQ"),
        stack="Release",
        paths=("Bus/LogEverything",),
        reason="The bus's archive keeps every event for a replay, whether it reached the log or not",
        owner=PLATFORM,
    ),
)

ACCEPTED: tuple[Acknowledgement, ...] = (
    *_NETWORK,
    *_DATA,
    *_SECRETS,
    *_OWN_FUNCTIONS,
    *_CDK_FUNCTIONS,
    *_GATE,
    *_API,
    *_SITE,
    *_MESSAGING,
    *OPERATIONS,
)
