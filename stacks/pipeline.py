"""The delivery pipeline: sources, synthesis, tests, then environment after environment (docs/pipeline.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Final, cast

import aws_cdk as cdk
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_codepipeline as codepipeline
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import pipelines

from constructs import Construct, IConstruct
from constructs.acknowledge import SECURITY, acknowledge, acknowledge_own_policies, wildcards
from constructs.build_role import BuildRole, use_connection
from constructs.pipeline_alerts import PipelineAlerts
from delivery import roles
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

# Letters of an artefact's name that CodePipeline keeps in its place in the store, at the least.
_KEPT: Final = 8
# CDK's own, by path below the pipeline -> what their names end with.
_CDK_ROLES: Final = {
    "Pipeline/Role": "deploys",
    "Assets/FileRole": "publishes",
    "UpdatePipeline/SelfMutation/Role": "updates",
}


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
        # Tests run what a commit brings along: their role can take no other, and write no artefact.
        self.build_role = self._build_role("Tests", part="tests")
        synth = self._build_role("Synth", part="synth", writes=[self._keys("Synth")])
        self.synth = SynthStep(plan, source=self.source, role=synth)
        self.pipeline = self._build_pipeline()
        tests = [self._step(step) for step in plan.tests]
        self._told = [step for step in tests if step.summary]
        self.pipeline.add_wave("tests", pre=tests)
        for stage in plan.stages:
            self._add_stage(stage, assemblies[stage.environment.name])
        self.pipeline.build_pipeline()
        if plan.settings.permissions_boundary:
            policy = iam.ManagedPolicy.from_managed_policy_name(self, "Boundary", plan.settings.permissions_boundary)
            iam.PermissionsBoundary.of(self).apply(policy)
        self._name_roles()
        self._protect_artifacts()
        self._acknowledge()
        self.alerts.watch(self.pipeline.pipeline)

    def _build_pipeline(self) -> pipelines.CodePipeline:
        return pipelines.CodePipeline(
            self,
            "Pipeline",
            pipeline_name=self._pipeline_name,
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
        stores = {
            region: PipelineSupportStack(
                self._app,
                f"Acinaces-{self.plan.name}-{region}-Artifacts",
                name=self.plan.name,
                env=cdk.Environment(account=self.account, region=region),
            ).store
            for region in sorted(regions - {self.region})
        }
        self._stores = tuple(stores.values())
        return {region: store.bucket for region, store in stores.items()}

    def _build_role(
        self, id: str, *, part: str, reads: Sequence[str] = (), writes: Sequence[str] = (), may_take: Sequence[str] = ()
    ) -> iam.IRole:
        return BuildRole(
            self,
            id,
            name=roles.named(self.plan.name, part),
            projects=project_name(self.plan, ""),
            log=self.log,
            artifacts=self.store.bucket,
            key=self.store.key,
            # The sources' artefact is called after their repository.
            reads=[self._keys(self.plan.settings.source.repository.replace("/", "_")), *reads],
            writes=writes,
            connection_arn=self.plan.settings.source.connection_arn,
            may_take=may_take,
        ).role

    def _add_stage(self, stage: StagePlan, assembly: EnvironmentAssembly) -> None:
        before = [self._step(step) for step in stage.before]
        pre: list[pipelines.Step] = [*before]
        if stage.approved_by_a_person:
            tells = [*self._told, *(step for step in before if step.summary)]
            pre.append(
                ApprovalStep(
                    stage.environment, tells=tells, after=before, topic=self.alerts.topic, digest=self.synth.digest
                )
            )
        self.pipeline.add_stage(assembly, pre=pre, post=[self._step(step) for step in stage.after])

    def _step(self, step: Step) -> BuildStep:
        asks_as = self._role_arn(step)
        return BuildStep(
            step,
            plan=self.plan,
            source=self.source,
            assembly=self.synth.primary_output,
            digest=self.synth.digest,
            role=self._asking_roles[asks_as] if asks_as else self.build_role,
            asks_as=asks_as,
        )

    @cached_property
    def _asking_roles(self) -> dict[str, iam.IRole]:
        """A role of a build for each role that a build asks an account with, and takes no other."""
        wanted = {step.role: arn for step in self.plan.steps if (arn := self._role_arn(step))}
        return {
            arn: self._build_role(f"Asks-{role}", part=str(role), reads=[self._keys("Synth")], may_take=[arn])
            for role, arn in wanted.items()
        }

    def _keys(self, artifact: str) -> str:
        """Where CodePipeline keeps artefacts of this name."""
        return f"{self._pipeline_name}/{artifact[:_KEPT]}*"

    @property
    def _pipeline_name(self) -> str:
        return f"acinaces-{self.plan.name}"

    def _name_roles(self) -> None:
        """Of CDK Pipelines' roles those that other accounts trust; and lets the source's use its connection.

        CDK allows the action of the service's former name, which no connection of the present one is covered by.
        """
        for path, part in _CDK_ROLES.items():
            role = self._made(path)
            cast(iam.CfnRole, role.node.default_child).role_name = roles.named(self.plan.name, part)
        connection = self.plan.settings.source.connection_arn
        statement = iam.PolicyStatement(actions=[use_connection(connection)], resources=[connection])
        self._made("Pipeline/Source/Source/CodePipelineActionRole").add_to_principal_policy(statement)

    def _made(self, path: str) -> iam.Role:
        construct: IConstruct = self.pipeline
        for name in path.split("/"):
            construct = construct.node.find_child(name)
        return cast(iam.Role, construct)

    def _protect_artifacts(self) -> None:
        """What synthesis made is written by synthesis alone, and copied to other regions by CodePipeline alone."""
        for store, part in ((self.store, "synth"), *((store, "deploys") for store in self._stores)):
            writer = f"arn:{self.partition}:iam::{self.account}:role/{roles.named(self.plan.name, part)}"
            store.bucket.add_to_resource_policy(
                iam.PolicyStatement(
                    sid="AssemblyFromSynthesisAlone",
                    effect=iam.Effect.DENY,
                    principals=[iam.AnyPrincipal()],
                    actions=["s3:PutObject"],
                    resources=[store.bucket.arn_for_objects(self._keys("Synth"))],
                    conditions={"ArnNotEquals": {"aws:PrincipalArn": writer}},
                )
            )

    def _role_arn(self, step: Step) -> str | None:
        accounts = {stage.environment.name: stage.environment.aws.account for stage in self.plan.stages}
        if step.environment is None:
            return None
        return f"arn:{self.partition}:iam::{accounts[step.environment]}:role/{step.role}"
