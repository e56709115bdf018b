"""Operations: what watches between releases, and what puts one back without a person (M26, M27, M36)."""

from __future__ import annotations

from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_ssm as ssm

from constructs import Construct
from constructs.acknowledge import acknowledge_last_queue
from constructs.operations_alarms import OperationsAlarms
from constructs.operations_dashboard import ApiNames, OperationsDashboard, WebAclNames
from constructs.platform_api import STAGE
from constructs.platform_tables import APPEND_ONLY
from constructs.protection import Protection
from constructs.rollback_alarm import RollbackAlarm
from constructs.rollback_workflow import RollbackScope, RollbackWorkflow
from constructs.scheduled_verification import ScheduledVerification
from constructs.validation_role import ValidationRole
from constructs.verification_access import VerificationAccess
from constructs.verification_alarms import VerificationAlarms
from delivery import roles
from delivery.checks import VALIDATION_ROLE
from delivery.settings import load_settings
from environments import Environment
from environments.sections import EDGE_REGION
from stacks.artifacts import Artifacts
from stacks.data import DataStack
from stacks.delivery import add_delivery
from stacks.edge import EdgeStack
from stacks.network import NetworkStack
from stacks.release import ReleaseStack
from stacks.rotation import add_rotation
from stacks.schedules import schedules_of
from stacks.secrets import SecretsStack

PLAN_KEY = "releases/plan.json"
REPORT_PREFIX = "continuous/"


@dataclass(frozen=True, kw_only=True)
class OperationsInputs:
    """What is watched, and with what."""

    environment: Environment
    artifacts: Artifacts
    network: NetworkStack
    data: DataStack
    secrets: SecretsStack
    edge: EdgeStack
    release: ReleaseStack


class OperationsStack(cdk.Stack):
    """Schedules, alarms, rollback, dashboard; each a construct of its own."""

    def __init__(self, scope: Construct, id: str, *, env: cdk.Environment, inputs: OperationsInputs) -> None:
        self.inputs = inputs
        self.settings = inputs.environment
        super().__init__(
            scope,
            id,
            env=env,
            description=f"Acinaces {inputs.environment.name}: what watches between releases",
            # CloudFront's certificate lives in us-east-1.
            cross_region_references=True,
        )
        self.schedules = schedules_of(inputs.environment.operations)
        self.undelivered = sqs.Queue(
            self,
            "Undelivered",
            queue_name=self.settings.resource_name("operations-undelivered"),
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=cdk.Duration.days(14),
        )
        acknowledge_last_queue(self.undelivered)
        self.emergency_stop = ssm.StringParameter(
            self,
            "EmergencyStop",
            parameter_name=self._parameter("emergency-stop"),
            description='"off", or why everything is to be put back: anything else raises the rollback alarm',
            string_value="off",
        )
        if self.settings.protected:
            self._add_protection()
        self.verification = self._build_verification()
        if self.settings.pipeline:
            self._add_validation_role(self.settings.trusted_account)
        self.rollback = self._build_rollback()
        self.alarms = self._add_alarms()
        self._add_dashboard()

    def _parameter(self, name: str) -> str:
        return f"/acinaces/{self.settings.name}/{name}"

    def _add_protection(self) -> None:
        """Of all stacks, this one among them, and of what only backups could bring back."""
        inputs = self.inputs
        Protection(
            self,
            "Protection",
            function_name=self.settings.resource_name("protection"),
            parameter_name=self._parameter("protection"),
            package=inputs.artifacts.backend.protection,
            platform=inputs.release.function_platform,
            stacks=(inputs.network, inputs.data, inputs.secrets, inputs.edge, inputs.release, self),
            tables=[self.settings.resource_name(name) for name in (*inputs.data.tables, "journal")],
            undelivered=self.undelivered,
            dependencies=inputs.artifacts.backend.dependencies_digest,
        )

    def _build_verification(self) -> ScheduledVerification:
        data, release = self.inputs.data, self.inputs.release
        verification = ScheduledVerification(
            self,
            "Verification",
            function_name=self.settings.resource_name("scheduled-verification"),
            package=self.inputs.artifacts.backend.scheduled,
            platform=release.function_platform,
            environment={
                "ENVIRONMENT": self.settings.name,
                "REPORT_BUCKET": data.reports_bucket.bucket_name,
                "PLAN_KEY": PLAN_KEY,
                "REPORT_PREFIX": REPORT_PREFIX,
            },
            schedules=self.schedules,
            schedule_group=self.settings.resource_name("verification"),
            emergency_stop=self.emergency_stop,
            undelivered=self.undelivered,
        )
        (health,) = (schedule for schedule in self.schedules if schedule.name == "health")
        if health.enabled:
            verification.look_on_change(health)
        access = VerificationAccess(verification.function.role)
        data = self.inputs.data
        access.plan_and_reports(bucket=data.reports_bucket, key=data.key, plan_key=PLAN_KEY, prefix=REPORT_PREFIX)
        self._allow_checks(access)
        return verification

    def _add_validation_role(self, account: str) -> None:
        """For the pipeline's `acinaces validate`: reads what was released, and asks the same as the schedules."""
        data, name = self.inputs.data, self.settings.name
        access = VerificationAccess(
            ValidationRole(
                self,
                "Validation",
                role_name=VALIDATION_ROLE.format(environment=name),
                account=account,
                taken_by=roles.only(account, roles.validating(load_settings(), self.settings)),
            ).role
        )
        access.release(bucket=data.reports_bucket, key=data.key, manifest=f"/acinaces/{name}/manifest")
        self._allow_checks(access)

    def _allow_checks(self, access: VerificationAccess) -> None:
        """Exactly what the checks of the schedules ask; they change nothing but rows of their own."""
        data, release, name = self.inputs.data, self.inputs.release, self.settings.resource_name
        access.api(key=self.inputs.secrets.api_key, api_id=release.api.rest_api.rest_api_id, stage=STAGE)
        changed = [table for name, table in data.tables.items() if name not in APPEND_ONLY]
        access.own_rows(tables=changed, key=data.key)
        access.site(
            distribution_id=release.site.distribution.distribution_id,
            buckets=[release.site.bucket, data.reports_bucket, data.logs_bucket],
        )
        access.names(
            zone_id=self.inputs.network.zone.hosted_zone_id,
            api_domain=self.settings.domain.api,
            certificates=[
                self.inputs.edge.certificate.certificate_arn,
                self.inputs.network.api_certificate.certificate_arn,
            ],
        )
        access.network()
        access.signals(
            functions=name("*"),
            logged=self._functions(),
            access_log=f"/aws/apigateway/{name('api')}",
            dashboards=[name("platform"), name("operations")],
        )
        alerting = release.monitoring.alerting
        access.alerts(
            test=release.monitoring.test_alert,
            topics=[alerting.critical.topic_arn, alerting.warning.topic_arn],
        )
        access.backups(vault=data.backup.vault.backup_vault_arn, tables=name("*"))

    def _functions(self) -> list[str]:
        """Names as the release gives them: a rollback should not depend on references to it."""
        return [self.settings.resource_name(handler.package.source.name) for handler in self.inputs.release.handlers]

    def _build_rollback(self) -> RollbackWorkflow:
        data, release = self.inputs.data, self.inputs.release
        return RollbackWorkflow(
            self,
            "Rollback",
            name=self.settings.resource_name("rollback"),
            package=self.inputs.artifacts.backend.rollback,
            platform=release.function_platform,
            rollback=RollbackScope(
                environment=self.settings.name,
                release_stack=release.stack_name,
                functions=self._functions(),
                hold_parameter=self._parameter("hold"),
                journal=data.journal,
                site_bucket=release.site.bucket,
                distribution_id=release.site.distribution.distribution_id,
            ),
            reports=data.reports_bucket,
            topic=release.alerting.critical,
            encryption_key=data.key,
        )

    def _add_alarms(self) -> list[cloudwatch.AlarmBase]:
        release, physical_name = self.inputs.release, self.settings.resource_name
        verification = VerificationAlarms(
            self,
            "VerificationAlarms",
            physical_name=physical_name,
            environment_name=self.settings.name,
            schedules=self.schedules,
            alerting=release.alerting,
        )
        triggers = (
            verification.health,
            verification.emergency_stop,
            *release.monitoring.platform_alarms.rollback_triggers,
        )
        rollback = RollbackAlarm(
            self, "RollbackAlarm", name=physical_name("rollback"), triggers=triggers, alerting=release.alerting
        ).alarm
        self.rollback.start_on(
            rollback, enabled=self.settings.operations.automatic_rollback, undelivered=self.undelivered
        )
        own = OperationsAlarms(
            self,
            "Alarms",
            physical_name=physical_name,
            rollback=self.rollback.state_machine,
            undelivered=self.undelivered,
            alerting=release.alerting,
        )
        return [rollback, *verification.all, *own.all, *add_delivery(self).all, *add_rotation(self).all]

    def _add_dashboard(self) -> None:
        name = self.settings.resource_name
        OperationsDashboard(
            self,
            "Dashboard",
            name=name("operations"),
            environment_name=self.settings.name,
            api=ApiNames(name=name("api"), stage=STAGE),
            schedules=self.schedules,
            rollback=self.rollback.state_machine,
            web_acls=WebAclNames(
                api=name("api"), api_region=self.settings.aws.region, site=name("site"), site_region=EDGE_REGION
            ),
            alarms=self.alarms,
        )
