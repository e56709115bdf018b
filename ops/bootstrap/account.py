"""Doing it: the access stack first, then CDK's bootstrap with what that stack has made."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError, WaiterError

from delivery.roles import deploying
from delivery.settings import load_settings
from environments import Environment
from environments.sections import EDGE_REGION
from ops.aws import CLIENT_CONFIG, explained, session
from ops.bootstrap.template import (
    ENVIRONMENT_GRANTS,
    PIPELINE_GRANTS,
    STACK,
    access_template,
    execution_policies,
    limited_trust,
    pipeline_access_template,
)
from ops.deploy import output_of, run
from ops.errors import ExitCode, OperatorError


@dataclass(frozen=True, kw_only=True)
class Account:
    """An account to prepare. `trusts`: the account whose pipelines may deploy here, by its roles `trusted`; None is no
    other than itself."""

    number: str
    regions: tuple[str, ...]
    template: dict[str, Any]
    policies: tuple[str, ...]
    trusts: str | None
    protected: bool
    trusted: tuple[str, ...] = ()


def account_of(environment: Environment) -> Account:
    """The environment's own.

    Raises:
        OperatorError: the file names no boundary, or an account that no person has entered (exit code 2).
    """
    _require_entered(environment, *environment.placeholders)
    if environment.aws.permissions_boundary is None:
        raise OperatorError(
            f"{environment.name} names no permissions boundary, so that its stacks would not use what this prepares",
            error="no-permissions-boundary",
            next_step=f'[aws] permissions_boundary = "acinaces-boundary" in environments/{environment.name}.toml, or: '
            f"cdk bootstrap aws://{environment.aws.account}/REGION",
            code=ExitCode.USAGE,
        )
    return Account(
        number=environment.aws.account,
        regions=environment.regions,
        template=access_template(environment, repository=load_settings().source.repository),
        policies=tuple(execution_policies(ENVIRONMENT_GRANTS)),
        trusts=environment.pipeline.account if environment.pipeline else None,
        trusted=tuple(deploying(load_settings(), environment)),
        protected=environment.protected,
    )


def pipeline_account_of(environment: Environment) -> Account:
    """That of the pipeline which deploys to the environment.

    Raises:
        OperatorError: no pipeline does (exit code 5).
    """
    if environment.pipeline is None:
        raise OperatorError(
            f"{environment.name} has no place in the pipeline",
            error="no-pipeline",
            next_step=f"add [pipeline] to environments/{environment.name}.toml",
            code=ExitCode.PRECONDITION,
        )
    _require_entered(environment, "pipeline.account")
    return Account(
        number=environment.pipeline.account,
        regions=tuple(dict.fromkeys((load_settings().region, EDGE_REGION))),
        template=pipeline_access_template(),
        policies=tuple(execution_policies(PIPELINE_GRANTS)),
        trusts=None,
        protected=True,
    )


def _require_entered(environment: Environment, *keys: str) -> None:
    for key in keys:
        if number := environment.placeholders.get(key):
            raise OperatorError(
                f"{key} in environments/{environment.name}.toml is {number}, which stands there until a person enters "
                "their own: it may be a stranger's account",
                error="placeholder-account",
                next_step=f"edit environments/{environment.name}.toml: {key}",
                code=ExitCode.USAGE,
            )


def bootstrap_command(account: Account, *, template: str = "TEMPLATE") -> list[str]:
    """What prepares the account for CDK, in every region that has stacks."""
    targets = [f"aws://{account.number}/{region}" for region in account.regions]
    # An empty app: bootstrapping needs no synthesis.
    command = ["cdk", "bootstrap", *targets, "--app", "", *execution_options(account)]
    if account.trusts:
        command += ["--trust", account.trusts, "--template", template]
    return [*command, *(["--termination-protection"] if account.protected else [])]


def execution_options(account: Account) -> tuple[str, str]:
    """The policies of CloudFormation's execution role, as `cdk bootstrap` is given them."""
    policies = ",".join(f"arn:aws:iam::{account.number}:policy/{name}" for name in account.policies)
    return "--cloudformation-execution-policies", policies


def prepare(environment: Environment, account: Account) -> None:
    """Prepares `account`; once, and again when its policies or CDK ask for it. The caller is signed in to it.

    Raises:
        OperatorError: not signed in to it, or CloudFormation or cdk failed.
    """
    with explained(environment, f"preparing account {account.number}"):
        _require(environment, account)
        put_access(session(environment).client("cloudformation", config=CLIENT_CONFIG), account)
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder) / "toolkit.json"
        if account.trusts:
            toolkit = json.loads(output_of(["cdk", "bootstrap", "--show-template", "--json"]))
            template.write_text(
                json.dumps(limited_trust(toolkit, account=account.trusts, names=list(account.trusted))),
                encoding="utf-8",
            )
        if run(bootstrap_command(account, template=str(template))):
            raise OperatorError(
                f"the account {account.number} could not be prepared",
                error="bootstrap-failed",
                next_step=f"sign in with a role that may create IAM roles, then: make bootstrap ENV={environment.name}",
            )


def _require(environment: Environment, account: Account) -> None:
    found = session(environment).client("sts", config=CLIENT_CONFIG).get_caller_identity()["Account"]
    if found != account.number:
        raise OperatorError(
            f"you are signed in to account {found}, and it is {account.number} that is to be prepared",
            error="wrong-account",
            next_step=f"choose a profile of account {account.number}: export AWS_PROFILE=NAME",
            code=ExitCode.PRECONDITION,
        )


def put_access(client: Any, account: Account) -> None:
    """Creates or updates the access stack, and waits for it."""
    parameters: dict[str, Any] = {
        "StackName": STACK,
        "TemplateBody": json.dumps(account.template, separators=(",", ":")),
        "Capabilities": ["CAPABILITY_NAMED_IAM"],
    }
    try:
        client.describe_stacks(StackName=STACK)
        done = "stack_update_complete"
        client.update_stack(**parameters)
    except ClientError as error:
        message = error.response.get("Error", {}).get("Message", "")
        if "No updates are to be performed" in message:
            return
        if "does not exist" not in message:
            raise
        done = "stack_create_complete"
        client.create_stack(**parameters, EnableTerminationProtection=account.protected)
    try:
        client.get_waiter(done).wait(StackName=STACK, WaiterConfig={"Delay": 2, "MaxAttempts": 150})
    except WaiterError as error:
        raise OperatorError(
            f"the stack {STACK} in account {account.number} failed: {error}",
            error="bootstrap-failed",
            next_step=f"aws cloudformation describe-stack-events --stack-name {STACK} --max-items 20",
        ) from error
