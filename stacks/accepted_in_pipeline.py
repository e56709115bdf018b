"""Accepted findings of the pipeline's own stacks: a registry of its own, because they are deployed by themselves."""

from __future__ import annotations

from stacks.acknowledgement import PLATFORM, SECURITY, Acknowledgement, serverless, wildcards

_ROLE = "DefaultPolicy/Resource"
# Roles that CDK Pipelines makes, and writes the policies of.
_PIPELINE = f"Pipeline/Pipeline/Role/{_ROLE}"
_SOURCE = f"Pipeline/Pipeline/Source/Source/CodePipelineActionRole/{_ROLE}"
_SELF_MUTATION = f"Pipeline/UpdatePipeline/SelfMutation/Role/{_ROLE}"
_FILES = f"Pipeline/Assets/FileRole/{_ROLE}"
_OWN = (f"Tests/Role/{_ROLE}", f"Synth/Role/{_ROLE}", f"Asks-*/Role/{_ROLE}")

PIPELINE = (
    Acknowledgement(
        rules=wildcards(
            "Action::s3:Abort*",
            "Action::s3:DeleteObject*",
            "Action::s3:GetBucket*",
            "Action::s3:GetObject*",
            "Action::s3:List*",
            "Action::kms:GenerateDataKey*",
            "Action::kms:ReEncrypt*",
            "Resource::<StoreBucket4FBDE984.Arn>/*",
        ),
        stack="Pipeline",
        paths=(_PIPELINE, _SOURCE, _SELF_MUTATION, _FILES),
        reason="CDK's own grants on the artefact bucket and its key: the bucket is named, its objects cannot be",
        owner=SECURITY,
    ),
    Acknowledgement(
        rules=wildcards(
            'Resource::{"Fn::GetStackOutput":{"StackName":"Acinaces-{environment}-us-east-1-Artifacts",'
            '"Region":"us-east-1","OutputName":"PublishOutputFnGetAttStoreBucket4FBDE984Arn1428C095"}}/*',
            "Resource::*",
        ),
        stack="Pipeline",
        paths=(_PIPELINE,),
        reason="CDK's own grants on the artefact store of us-east-1: the bucket by name, its key by the bucket",
        owner=SECURITY,
    ),
    Acknowledgement(
        rules=wildcards("Action::kms:GenerateDataKey*"),
        stack="Pipeline",
        paths=(f"Pipeline/Pipeline/*/*-approval/CodePipelineActionRole/{_ROLE}",),
        reason="CDK's own grant for publishing to the encrypted topic: two variants of one operation, on one key",
        owner=SECURITY,
    ),
    Acknowledgement(
        rules=wildcards(
            "Resource::*",
            "Resource::arn:aws:logs:{region}:{account}:log-group:/aws/codebuild/<PipelineUpdatePipelineSelfMutationDAA41400>:*",
            "Resource::arn:aws:codebuild:{region}:{account}:report-group/<PipelineUpdatePipelineSelfMutationDAA41400>-*",
            "Resource::arn:*:iam::{account}:role/*",
        ),
        stack="Pipeline",
        paths=(_SELF_MUTATION,),
        reason="CDK's own: it looks at stacks, and takes the roles that bear a tag of CDK's bootstrap, in one account",
        owner=SECURITY,
    ),
    Acknowledgement(
        rules=wildcards(
            "Resource::*",
            "Resource::arn:aws:logs:{region}:{account}:log-group:/aws/codebuild/*",
            "Resource::arn:aws:codebuild:{region}:{account}:report-group/*",
        ),
        stack="Pipeline",
        paths=(_FILES,),
        reason="CDK's own: it is made before the project that uses it has a name",
        owner=SECURITY,
    ),
    Acknowledgement(
        rules=wildcards(
            "Resource::<StoreBucket4FBDE984.Arn>/acinaces-{environment}/acinaces*",
            "Resource::<StoreBucket4FBDE984.Arn>/acinaces-{environment}/Synth*",
            "Resource::arn:aws:codebuild:{region}:{account}:report-group/acinaces-{environment}-*",
        ),
        stack="Pipeline",
        paths=_OWN,
        reason="Artefacts of one name in one bucket, and reports of projects that are called after the pipeline",
        owner=SECURITY,
    ),
    Acknowledgement(
        rules=serverless("SNSRedrivePolicy"),
        stack="Pipeline",
        paths=("Alerts/Topic/*/Resource",),
        reason="Mail about a state that the pipeline's own page shows as well; nothing acts on it",
        owner=PLATFORM,
    ),
)
