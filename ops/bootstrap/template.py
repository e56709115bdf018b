"""What an account needs before CDK's own bootstrap: policies, the boundary and the roles, as a CloudFormation template.

Not a CDK app: it is there before CDK can deploy anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from delivery import roles
from delivery.settings import load_settings
from environments import Environment
from ops.bootstrap.boundary import boundary_document, pipeline_boundary_document
from ops.bootstrap.environment_grants import APPLICATION, MONITORING
from ops.bootstrap.grant import Grant
from ops.bootstrap.pipeline_grants import PIPELINE
from ops.bootstrap.roles import github_provider, github_role, preflight_role, trust
from ops.bootstrap.state_grants import NETWORK, STATE

# By the name of the managed policy that they become.
Grants = dict[str, tuple[Grant, ...]]
STACK: Final = "Acinaces-Access"
ENVIRONMENT_GRANTS: Final[Grants] = {
    "application": APPLICATION,
    "monitoring": MONITORING,
    "network": NETWORK,
    "state": STATE,
}
PIPELINE_GRANTS: Final[Grants] = {"pipeline": PIPELINE}


def access_template(environment: Environment, *, repository: str) -> dict[str, Any]:
    """For the account of `environment`, which names a permissions boundary.

    `repository`: `owner/name`, for GitHub's workflow where that is switched on.
    """
    boundary = environment.aws.permissions_boundary or ""
    resources = _policies(ENVIRONMENT_GRANTS, environment.name, boundary=boundary)
    resources["Boundary"] = _policy(boundary, boundary_document())
    place, pipelines = environment.pipeline, environment.trusted_account
    asking = roles.asking_first(load_settings(), environment)
    trusted = [trust(pipelines, roles.only(pipelines, asking))] if place else []
    if place and place.github_actions:
        resources["GitHub"] = github_provider()
        resources["GitHubRole"] = github_role(environment, repository=repository)
        trusted.append(trust({"Fn::GetAtt": ["GitHubRole", "Arn"]}))
    if trusted:
        resources["Preflight"] = preflight_role(environment, trusted=trusted)
    return _template(f"Acinaces {environment.name}: who may deploy here, and what a deployment may do", resources)


def pipeline_access_template() -> dict[str, Any]:
    """For the account that the pipelines live in."""
    resources = _policies(PIPELINE_GRANTS, "", boundary="")
    name = load_settings().permissions_boundary
    if name:
        resources["Boundary"] = _policy(name, pipeline_boundary_document())
    return _template("Acinaces: what a deployment of a pipeline may do", resources)


def execution_policies(grants: Grants) -> list[str]:
    """Names of the managed policies, as `cdk bootstrap` is given them."""
    return [f"acinaces-execution-{name}" for name in grants]


def limited_trust(toolkit: dict[str, Any], *, account: str, names: list[str]) -> dict[str, Any]:
    """CDK's bootstrap template, whose roles trust the roles `names` of `account` after this, and no other of it.

    Raises ValueError when CDK's template has no such trust where it used to have it: then nothing was limited.
    """
    limited = 0
    for resource in toolkit["Resources"].values():
        if resource["Type"] != "AWS::IAM::Role":
            continue
        for statement in resource["Properties"]["AssumeRolePolicyDocument"]["Statement"]:
            branches = statement.get("Fn::If", ())
            inner = branches[1] if branches else None
            if not inner or "TrustedAccounts" not in str(inner["Principal"]):
                continue
            inner["Condition"] = _both(inner.get("Condition"), roles.only(account, names))
            limited += 1
    if limited < _TRUSTING_STATEMENTS:
        raise ValueError(f"CDK's bootstrap template trusts other accounts in {limited} places only; read it again")
    return toolkit


# The roles for deployment, files, images and look-ups, each with AssumeRole and TagSession.
_TRUSTING_STATEMENTS: Final = 8


def _both(condition: dict[str, Any] | None, more: Mapping[str, Any]) -> dict[str, Any]:
    """CDK's own condition stands in an `Fn::If`."""
    if condition is None:
        return dict(more)
    name, then, otherwise = condition["Fn::If"]
    kept = {} if otherwise == {"Ref": "AWS::NoValue"} else otherwise
    return {"Fn::If": [name, {**then, **more}, {**kept, **more}]}


def _policies(grants: Grants, environment: str, *, boundary: str) -> dict[str, Any]:
    return {
        f"Execution{name.capitalize()}": _policy(
            f"acinaces-execution-{name}",
            {"Version": "2012-10-17", "Statement": [grant.statement(environment, boundary=boundary) for grant in some]},
        )
        for name, some in grants.items()
    }


def _policy(name: str, document: dict[str, Any]) -> dict[str, Any]:
    return {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"ManagedPolicyName": name, "PolicyDocument": document}}


def _template(description: str, resources: dict[str, Any]) -> dict[str, Any]:
    return {"AWSTemplateFormatVersion": "2010-09-09", "Description": description, "Resources": resources}


def types_of(grants: Grants) -> Sequence[str]:
    """Every resource type that some grant is for."""
    return sorted({kind for some in grants.values() for grant in some for kind in grant.types})
