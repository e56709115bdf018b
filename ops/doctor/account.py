"""The account: who is signed in, whose clock is right, whether CDK was bootstrapped, what is on hold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from botocore.exceptions import ClientError, CredentialRetrievalError, ProfileNotFound, SSOError, TokenRetrievalError

from ops.doctor.findings import Finding, Undetermined, failed, passed, warned
from ops.doctor.surroundings import Surroundings

# AWS refuses signatures that are five minutes off.
_SKEW_FAILS = timedelta(seconds=240)
_SKEW_WARNS = timedelta(seconds=30)
_SKEW_CODES = frozenset(
    {"RequestTimeTooSkewed", "RequestExpired", "SignatureDoesNotMatch", "InvalidSignatureException"}
)
_SET_CLOCK = "set the clock: sudo timedatectl set-ntp true"
# What CDK's assemblies need (DefaultStackSynthesizer's MIN_BOOTSTRAP_STACK_VERSION), and since which version the
# publishing role looks whom the asset bucket belongs to (security bulletin AWS-2024-011).
_BOOTSTRAP_NEEDED = 6
_BOOTSTRAP_SAFE = 21
_ADMINISTRATOR = "AdministratorAccess"
_HOLD_IS_OLD = timedelta(days=1)


def credentials(around: Surroundings) -> Finding:
    """Signed in, and to the environment's own account."""
    wanted = around.environment.aws.account
    sign_in = f"sign in to account {wanted}: aws sso login, then export AWS_PROFILE=NAME"
    try:
        if not around.has_credentials():
            return failed("credentials", "no AWS credentials are found on this machine", sign_in)
        identity = around.client("sts").get_caller_identity()
    except ClientError as error:
        if _code(error) in _SKEW_CODES:
            return failed("credentials", f"AWS refuses the signature ({_code(error)}): this clock is off", _SET_CLOCK)
        return failed("credentials", f"AWS does not accept the credentials: {_code(error)}", sign_in)
    except (ProfileNotFound, CredentialRetrievalError, TokenRetrievalError, SSOError) as error:
        return failed("credentials", str(error), sign_in)
    if identity["Account"] != wanted:
        message = f"signed in to account {identity['Account']}; {around.environment.name} is in {wanted}"
        return failed("credentials", message, f"choose a profile of account {wanted}: export AWS_PROFILE=NAME")
    return passed("credentials", f"{identity['Arn']} in {wanted}")


def clock(around: Surroundings) -> Finding:
    """This machine's clock against the one in AWS's answers, which is exact to the second."""
    answer = around.client("sts").get_caller_identity()
    stamp = answer["ResponseMetadata"]["HTTPHeaders"].get("date", "")
    try:
        skew = abs(datetime.now(UTC) - parsedate_to_datetime(stamp).astimezone(UTC))
    except ValueError:
        raise Undetermined("AWS's answer carries no readable date", fix="compare: date -u") from None
    seconds = f"{skew.total_seconds():.0f} s"
    if skew > _SKEW_FAILS:
        return failed("clock", f"this clock is {seconds} off; AWS refuses signatures from 300 s on", _SET_CLOCK)
    if skew > _SKEW_WARNS:
        return warned("clock", f"this clock is {seconds} off", _SET_CLOCK)
    return passed("clock", f"within {max(round(skew.total_seconds()), 1)} s of AWS")


def bootstrap(around: Surroundings) -> list[Finding]:
    """The version of CDK's bootstrap in each region that has stacks."""
    return [_bootstrap(around, region) for region in around.environment.regions]


def hold(around: Surroundings) -> Finding:
    """Whether somebody put deployments on hold (after a rollback), and whether that was forgotten."""
    environment = around.environment
    name = f"/acinaces/{environment.name}/hold"
    parameter = _parameter(around, name, environment.aws.region)
    if parameter is None:
        return passed("hold", "deployments are not on hold")
    since = parameter["LastModifiedDate"].astimezone(UTC)
    age = datetime.now(UTC) - since
    stale = f", {age.days} days ago: probably forgotten" if age > _HOLD_IS_OLD else ""
    return failed(
        "hold",
        f"deployments are on hold since {since:%Y-%m-%d %H:%M} UTC{stale}: {parameter['Value'][:200]}",
        f"when its reason is gone: acinaces hold clear --env {environment.name}",
    )


def _bootstrap(around: Surroundings, region: str) -> Finding:
    environment, aws = around.environment, around.environment.aws
    name, stricter = f"bootstrap {region}", f"make bootstrap ENV={environment.name}"
    fix = stricter if aws.permissions_boundary else f"cdk bootstrap aws://{aws.account}/{region}"
    parameter = _parameter(around, f"/cdk-bootstrap/{aws.bootstrap_qualifier}/version", region)
    if parameter is None:
        return failed(name, "CDK is not bootstrapped here", fix)
    version = int(parameter["Value"])
    if version < _BOOTSTRAP_NEEDED:
        return failed(name, f"version {version}; CDK needs {_BOOTSTRAP_NEEDED} or newer", fix)
    if version < _BOOTSTRAP_SAFE:
        return warned(name, f"version {version}; before {_BOOTSTRAP_SAFE} assets can go to a stranger's bucket", fix)
    setting = f'aws.permissions_boundary = "acinaces-boundary" in environments/{environment.name}.toml'
    plain = _may_do_anything(around, region)
    if plain and aws.permissions_boundary:
        message = f"version {version}, plain: the environment's roles name a boundary that only the stricter one makes"
        return failed(name, message, stricter)
    if plain:
        message = f"version {version}, plain: CloudFormation may do anything in the account"
        return warned(name, message, f"the stricter one is recommended: {setting}, then {stricter}")
    if not aws.permissions_boundary:
        message = f"version {version}, the stricter one: it refuses the environment's roles, which have no boundary"
        return failed(name, message, setting)
    return passed(name, f"version {version}, the stricter one")


def _may_do_anything(around: Surroundings, region: str) -> bool:
    """Whether the role that CloudFormation works with is an administrator's, as `cdk bootstrap` makes it."""
    aws = around.environment.aws
    role = f"cdk-{aws.bootstrap_qualifier}-cfn-exec-role-{aws.account}-{region}"
    pages = around.client("iam").get_paginator("list_attached_role_policies").paginate(RoleName=role)
    return any(policy["PolicyName"] == _ADMINISTRATOR for page in pages for policy in page["AttachedPolicies"])


def _parameter(around: Surroundings, name: str, region: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = around.client("ssm", region=region).get_parameter(Name=name)["Parameter"]
    except ClientError as error:
        if _code(error) == "ParameterNotFound":
            return None
        raise
    return found


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", "?"))
