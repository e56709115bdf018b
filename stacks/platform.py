"""One environment, complete: its stacks and how they hand each other what they need."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

from constructs import Construct
from constructs.acknowledge import acknowledge_own_policies
from environments import Environment
from environments.sections import EDGE_REGION
from stacks.artifacts import Artifacts
from stacks.data import DataStack
from stacks.edge import EdgeStack
from stacks.network import NetworkStack
from stacks.operations import OperationsInputs, OperationsStack
from stacks.producers import note_producers
from stacks.release import ReleaseInputs, ReleaseStack
from stacks.secrets import SecretsStack


class Platform:
    """Builds the stacks of `environment` below `scope` (an app, or a pipeline's stage)."""

    def __init__(
        self, scope: Construct, *, environment: Environment, artifacts: Artifacts, force_gate: str | None = None
    ) -> None:
        prefix = f"Acinaces-{environment.name}"
        home = cdk.Environment(account=environment.aws.account, region=environment.aws.region)
        edge_home = cdk.Environment(account=environment.aws.account, region=EDGE_REGION)
        self.network = NetworkStack(scope, f"{prefix}-Network", environment=environment, env=home)
        self.data = DataStack(scope, f"{prefix}-Data", environment=environment, env=home, network=self.network)
        self.secrets = SecretsStack(scope, f"{prefix}-Secrets", environment=environment, env=home)
        self.edge = EdgeStack(scope, f"{prefix}-Edge", environment=environment, env=edge_home, network=self.network)
        self.release = ReleaseStack(
            scope,
            f"{prefix}-Release",
            env=home,
            inputs=ReleaseInputs(
                environment=environment,
                artifacts=artifacts,
                network=self.network,
                data=self.data,
                secrets=self.secrets,
                edge=self.edge,
                force_gate=force_gate,
            ),
        )
        self.operations = OperationsStack(
            scope,
            f"{prefix}-Operations",
            env=home,
            inputs=OperationsInputs(
                environment=environment,
                artifacts=artifacts,
                network=self.network,
                data=self.data,
                secrets=self.secrets,
                edge=self.edge,
                release=self.release,
            ),
        )
        for with_roles in (self.network, self.release, self.operations):
            acknowledge_own_policies(with_roles)
        note_producers(self.release, (self.network, self.data, self.secrets, self.edge))
        note_producers(self.operations, (self.network, self.data, self.secrets, self.edge, self.release))
        for stack in self.stacks:
            if boundary := environment.aws.permissions_boundary:
                _keep_roles_within(stack, boundary)
            cdk.Tags.of(stack).add("acinaces:environment", environment.name)

    @property
    def stacks(self) -> tuple[cdk.Stack, ...]:
        """In the order of deployment."""
        return (self.network, self.data, self.secrets, self.edge, self.release, self.operations)


def _keep_roles_within(stack: cdk.Stack, boundary: str) -> None:
    """No role of the stack, CDK's own among them, may do more than the boundary; `acinaces bootstrap` makes it."""
    policy = iam.ManagedPolicy.from_managed_policy_name(stack, "PermissionsBoundary", boundary)
    iam.PermissionsBoundary.of(stack).apply(policy)
