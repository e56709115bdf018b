"""Sessions: the environment's account and region, and clear words when AWS cannot be reached."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    PartialCredentialsError,
)

from environments import Environment
from ops.errors import ExitCode, OperatorError

# Seconds. A command line must not hang on a network that swallows packets.
CLIENT_CONFIG = Config(connect_timeout=5, read_timeout=30, retries={"max_attempts": 3, "mode": "standard"})


def session(environment: Environment) -> boto3.Session:
    """A session in the environment's region with the caller's credentials (AWS_PROFILE, SSO, …)."""
    return boto3.Session(region_name=environment.aws.region)


@contextmanager
def explained(environment: Environment, doing: str) -> Iterator[None]:
    """Turns what boto3 raises while `doing` something into an OperatorError with the fix."""
    try:
        yield
    except (NoCredentialsError, PartialCredentialsError) as error:
        raise OperatorError(
            f"{doing}: no AWS credentials found",
            error="not-signed-in",
            next_step=f"sign in to account {environment.aws.account}: aws sso login, or set AWS_PROFILE",
            code=ExitCode.PRECONDITION,
        ) from error
    except (EndpointConnectionError, ConnectTimeoutError) as error:
        raise OperatorError(
            f"{doing}: {environment.name} cannot be reached: {error}",
            error="unreachable",
            next_step="make local" if environment.gate.allow_loopback else "check the network and AWS_ENDPOINT_URL",
        ) from error
    except ClientError as error:
        problem = error.response.get("Error", {})
        raise OperatorError(
            f"{doing}: AWS answered {problem.get('Code', '?')}: {problem.get('Message', '?')}",
            error="aws-refused",
            next_step=f"check that your role may do this in account {environment.aws.account}",
        ) from error
    except BotoCoreError as error:
        raise OperatorError(
            f"{doing}: {error}",
            error="aws-configuration",
            next_step="check your AWS configuration: aws configure list",
        ) from error


def require_account(environment: Environment) -> None:
    """Makes sure that the caller is signed in to the environment's own account.

    Raises:
        OperatorError: not signed in, to another account (both exit code 5), or AWS cannot be reached.
    """
    with explained(environment, "asking AWS who you are"):
        account = session(environment).client("sts", config=CLIENT_CONFIG).get_caller_identity()["Account"]
    refuse_other_account(environment, account)


def refuse_other_account(environment: Environment, account: str) -> None:
    """Raises OperatorError (exit code 5) where `account` is not the environment's own."""
    if account != environment.aws.account:
        raise OperatorError(
            f"you are signed in to account {account}, and {environment.name} is in {environment.aws.account}",
            error="wrong-account",
            next_step=f"choose a profile of account {environment.aws.account}: export AWS_PROFILE=NAME",
            code=ExitCode.PRECONDITION,
        )
