"""The delivery pipeline: sources, synthesis, tests, then environment after environment (docs/pipeline.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_codepipeline as codepipeline
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import pipelines

from constructs import Construct
from constructs.acknowledge import SECURITY, acknowledge, acknowledge_own_policies, wildcards
from constructs.build_role import BuildRole
from constructs.pipeline_alerts import PipelineAlerts
from delivery.installation import cdk_version
from delivery.plan import DeliveryPlan, StagePlan
from delivery.step import Step
from stacks.environment_assembly import EnvironmentAssembly
from stacks.pipeline_steps.approval import ApprovalStep
from stacks.pipeline_steps.build_step import BuildStep, project_name
from stacks.pipeline_steps.source import source_of
from stacks.pipeline_steps.synth import SynthStep
from stacks.pipeline_support import ArtifactStore, PipelineSupportStack

_CDK_ASSETS: Final = "4.7.3"
_COMPUTE: Final = codebuild.ComputeType.MEDIUM
_IMAGE: Final = codebuild.LinuxBuildImage.STANDARD_7_0


class PipelineStack(cdk.Stack):
    """The pipeline of `plan`; `assemblies` are its environments by name, in the same app's folder."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        plan: DeliveryPlan,
        assemblies: Mapping[str, EnvironmentAssembly],
        env: cdk.Environment,
    ) -> None:
        super().__init__(
            scope,
            id,
            env=env,
            description=f"Acinaces: {plan.pipeline.description}",
            # The artefact store of CloudFront's region is another stack's.
            cross_region_references=True,
        )
        self.plan, self._app = plan, scope
        self.store = ArtifactStore(self, "Store", name=plan.name)
        self.alerts = PipelineAlerts(
            self, "Alerts", recipients=plan.settings.alerts.email, encryption_key=self.store.key
        )
        self.store.key.allow_logs()
        self.log = logs.LogGroup(
            self,
            "Log",
            retention=logs.RetentionDays.ONE_YEAR,
            encryption_key=self.store.key,
            removal_policy=cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        )
        self.source = source_of(plan)
        # Tests run what a commit brings along: their role can take no other.
        self.build_role = self._build_role("Builds")
        self.synth = SynthStep(plan, source=self.source, role=self.build_role)
        self.pipeline = self._build_pipeline()
        tests = [self._step(step) for step in plan.tests]
        self._told = [step for step in tests if step.summary]
        self.pipeline.add_wave("tests", pre=tests)
        for stage in plan.stages:
            self._add_stage(stage, assemblies[stage.environment.name])
        self.pipeline.build_pipeline()
        self._acknowledge()
        self.alerts.watch(self.pipeline.pipeline)

    def _build_pipeline(self) -> pipelines.CodePipeline:
        return pipelines.CodePipeline(
            self,
            "Pipeline",
            pipeline_name=f"acinaces-{self.plan.name}",
            pipeline_type=codepipeline.PipelineType.V2,
            # One after another, none left out: two releases never meet in one environment (F29).
            execution_mode=codepipeline.ExecutionMode.QUEUED,
            synth=self.synth,
            self_mutation=True,
            cross_account_keys=True,
            # Its own region's is among them.
            cross_region_replication_buckets={self.region: self.store.bucket, **self._replicas()},
            # One project publishes all files; by default each has its own.
            publish_assets_in_parallel=False,
            cli_version=cdk_version(),
            cdk_assets_cli_version=_CDK_ASSETS,
            code_build_defaults=self._build_defaults(),
        )

    def _acknowledge(self) -> None:
        acknowledge_own_policies(self)
        acknowledge(
            self.pipeline,
            "CDK's own grants on the artefact stores and their keys: buckets are named, their objects cannot be",
            SECURITY,
            *wildcards(
                *(f"Action::s3:{actions}*" for actions in ("Abort", "DeleteObject", "GetBucket", "GetObject", "List")),
                *("Action::kms:GenerateDataKey*", "Action::kms:ReEncrypt*", "Resource::...Bucket...Arn.../*"),
            ),
        )
        acknowledge(
            self.pipeline,
            "CDK's own: it looks at stacks, writes logs and reports of projects without a name of ours, and takes the "
            "roles that bear a tag of CDK's bootstrap, in one account",
            SECURITY,
            *wildcards(
                *("Resource::*", "Resource::arn:*:iam::...:role/*"),
                *("Resource::...:log-group:/aws/codebuild/...*", "Resource::...:report-group/...*"),
            ),
        )

    def _build_defaults(self) -> pipelines.CodeBuildOptions:
        return pipelines.CodeBuildOptions(
            build_environment=codebuild.BuildEnvironment(build_image=_IMAGE, compute_type=_COMPUTE),
            logging=codebuild.LoggingOptions(cloud_watch=codebuild.CloudWatchLoggingOptions(log_group=self.log)),
        )

    def _replicas(self) -> dict[str, s3.IBucket]:
        """An artefact store for each further region: CloudFormation reads templates from its own region only."""
        regions = {region for stage in self.plan.stages for region in stage.environment.regions}
        return {
            region: PipelineSupportStack(
                self._app,
                f"Acinaces-{self.plan.name}-{region}-Artifacts",
                name=self.plan.name,
                env=cdk.Environment(account=self.account, region=region),
            ).store.bucket
            for region in sorted(regions - {self.region})
        }

    def _build_role(self, id: str, *, may_take: Sequence[str] = ()) -> iam.IRole:
        return BuildRole(
            self,
            id,
            projects=project_name(self.plan, ""),
            log=self.log,
            artifacts=self.store.bucket,
            key=self.store.key,
            connection_arn=self.plan.settings.source.connection_arn,
            may_take=may_take,
        ).role

    def _add_stage(self, stage: StagePlan, assembly: EnvironmentAssembly) -> None:
        before = [self._step(step) for step in stage.before]
        pre: list[pipelines.Step] = [*before]
        if stage.approved_by_a_person:
            tells = [*self._told, *(step for step in before if step.summary)]
            pre.append(ApprovalStep(stage.environment, tells=tells, after=before, topic=self.alerts.topic))
        self.pipeline.add_stage(assembly, pre=pre, post=[self._step(step) for step in stage.after])

    def _step(self, step: Step) -> BuildStep:
        asks_as = self._role_arn(step)
        return BuildStep(
            step,
            plan=self.plan,
            source=self.source,
            assembly=self.synth.primary_output,
            role=self._asking_roles[asks_as] if asks_as else self.build_role,
            asks_as=asks_as,
        )

    @cached_property
    def _asking_roles(self) -> dict[str, iam.IRole]:
        """A role of a build for each role that a build asks an account with, and takes no other."""
        wanted = {step.role: arn for step in self.plan.steps if (arn := self._role_arn(step))}
        return {arn: self._build_role(f"Asks-{role}", may_take=[arn]) for role, arn in wanted.items()}

    def _role_arn(self, step: Step) -> str | None:
        accounts = {stage.environment.name: stage.environment.aws.account for stage in self.plan.stages}
        if step.environment is None:
            return None
        return f"arn:{self.partition}:iam::{accounts[step.environment]}:role/{step.role}"
