"""Accepted findings of the Operations stack."""

from __future__ import annotations

from pathlib import Path

from stacks.acknowledgement import PLATFORM, SECURITY, Acknowledgement, serverless, solutions, wildcards

_HANDLERS = sorted(
    path.stem.replace("_", "-") for path in (Path(__file__).parents[1] / "lambda_src" / "handlers").glob("[!_]*.py")
)
_FUNCTIONS = (
    "Verification/Function/Function/Resource",
    "Rollback/Worker/Function/Resource",
    "Recorder/Function/Function/Resource",
    "Rotation/Function/Function/Resource",
)
_VERIFICATION_ROLE = "Verification/Function/Role/DefaultPolicy/Resource"
_VALIDATION_ROLE = "Validation/Role/DefaultPolicy/Resource"
_ROTATION_ROLE = "Rotation/Function/Role/DefaultPolicy/Resource"
_WORKER_ROLE = "Rollback/Worker/Role/DefaultPolicy/Resource"
_RECORDER_ROLE = "Recorder/Function/Role/DefaultPolicy/Resource"
_REPORTS = (
    'Resource::{"Fn::GetStackOutput":{"StackName":"Acinaces-{environment}-Data","Region":"{region}",'
    '"OutputName":"PublishOutputFnGetAttReportsBucket4E7C5994Arn2F10EC44"}}'
)
_SITE = (
    'Resource::{"Fn::GetStackOutput":{"StackName":"Acinaces-{environment}-Release","Region":"{region}",'
    '"OutputName":"PublishOutputFnGetAttSiteAssets7F18EA5CArn6EFB17D4"}}'
)

OPERATIONS = (
    Acknowledgement(
        rules=solutions("L1") + serverless("LambdaLatestVersion"),
        stack="Operations",
        paths=_FUNCTIONS,
        reason="The same runtime as the functions of the release: one version behind the newest on purpose",
        owner=PLATFORM,
    ),
    Acknowledgement(
        rules=serverless("LambdaDLQ"),
        stack="Operations",
        paths=_FUNCTIONS,
        reason="Schedules and rules keep what they could not deliver in a queue; the rollback sees its worker's own",
        owner=PLATFORM,
    ),
    Acknowledgement(
        rules=solutions("SQS3") + serverless("SQSRedrivePolicy"),
        stack="Operations",
        paths=("Undelivered/Resource",),
        reason="It is the dead-letter queue of schedules and rules; an alarm is on it, and behind it comes a person",
        owner=PLATFORM,
    ),
    Acknowledgement(
        rules=wildcards("Resource::*"),
        stack="Operations",
        paths=(
            _VERIFICATION_ROLE,
            _VALIDATION_ROLE,
            _WORKER_ROLE,
            _RECORDER_ROLE,
            _ROTATION_ROLE,
            "Rollback/Role/DefaultPolicy/Resource",
        ),
        reason="Calls that AWS grants on no narrower resource (tracing, alarms, metrics, logs); a test lists them",
        owner=SECURITY,
    ),
    Acknowledgement(
        rules=wildcards("Resource::arn:aws:cloudformation:{region}:{account}:stack/Acinaces-{environment}-Release/*"),
        stack="Operations",
        paths=(_WORKER_ROLE, _RECORDER_ROLE),
        reason="The release's stack, whose state decides; the end of its ARN is known only once it exists",
        owner=SECURITY,
    ),
    Acknowledgement(
        rules=wildcards("Action::kms:GenerateDataKey*", "Action::kms:ReEncrypt*"),
        stack="Operations",
        paths=(_RECORDER_ROLE,),
        reason="Two variants of one operation each, on the data key alone: what DynamoDB asks of its callers",
        owner=SECURITY,
    ),
    Acknowledgement(
        rules=wildcards(
            f"{_REPORTS}/releases/*/stacks/*",
            "Resource::arn:aws:cloudformation:{region}:{account}:stack/Acinaces-{environment}-Operations/*",
        ),
        stack="Operations",
        paths=(_RECORDER_ROLE,),
        reason="Keeps the template of each release below that release's own prefix; and reads this very stack",
        owner=SECURITY,
    ),
    Acknowledgement(
        rules=wildcards(f"{_REPORTS}/rollbacks/*"),
        stack="Operations",
        paths=(_WORKER_ROLE,),
        reason="Writes the records of rollbacks: one bucket, one prefix",
        owner=SECURITY,
    ),
    Acknowledgement(
        rules=wildcards(
            f"{_SITE}/*",
            "Resource::arn:aws:cloudfront::{account}:response-headers-policy/*",
            "Action::kms:GenerateDataKey*",
            "Action::kms:ReEncrypt*",
        ),
        stack="Operations",
        paths=(_WORKER_ROLE,),
        reason="Restores files of the one site and lets its pages run their scripts; the policy's id changes with it",
        owner=SECURITY,
    ),
    Acknowledgement(
        rules=wildcards(f"{_REPORTS}/continuous/*"),
        stack="Operations",
        paths=(_VERIFICATION_ROLE,),
        reason="Writes its own reports: one bucket, one prefix",
        owner=SECURITY,
    ),
    Acknowledgement(
        rules=wildcards(
            "Resource::arn:aws:backup:{region}:{account}:recovery-point:*",
            "Resource::arn:aws:dynamodb:{region}:{account}:table/{environment}-crypto-trading-*/backup/*",
        ),
        stack="Operations",
        paths=(_VERIFICATION_ROLE, _VALIDATION_ROLE),
        reason="Reads how a backup would be restored; each gets its ARN when it is made, every night",
        owner=SECURITY,
    ),
    Acknowledgement(
        rules=wildcards(
            "Resource::arn:aws:lambda:{region}:{account}:function:{environment}-crypto-trading-*:live",
            *(
                f"Resource::arn:aws:logs:{{region}}:{{account}}:log-group:/aws/lambda/{{environment}}-crypto-trading-{name}:*"
                for name in _HANDLERS
            ),
            "Resource::arn:aws:logs:{region}:{account}:log-group:/aws/apigateway/{environment}-crypto-trading-api:*",
        ),
        stack="Operations",
        paths=(_VERIFICATION_ROLE, _VALIDATION_ROLE),
        reason="Reads settings and logs of the environment's own functions, and the log of its API",
        owner=SECURITY,
    ),
    Acknowledgement(
        rules=wildcards(f"{_REPORTS}/releases/*"),
        stack="Operations",
        paths=(_VALIDATION_ROLE,),
        reason="Reads plan and history of what was released: one bucket, one prefix",
        owner=SECURITY,
    ),
    Acknowledgement(
        rules=wildcards(
            "Resource::arn:aws:apigateway:{region}::/apikeys/*",
            'Resource::arn:aws:apigateway:{region}::/usageplans/{"Fn::GetStackOutput":{"StackName":'
            '"Acinaces-{environment}-Release","Region":"{region}",'
            '"OutputName":"PublishOutputRefApiRestUsagePlan34BBA4F5CF0F167E"}}/keys/*',
        ),
        stack="Operations",
        paths=(_ROTATION_ROLE,),
        reason="Makes and ends the keys of a rotation; API Gateway gives a key its id when it is made",
        owner=SECURITY,
    ),
)
