"""A function shows that it reads the version of a secret that it should, without showing the secret (M6).

Asked by invoking the function itself, which takes `lambda:InvokeFunction`; the API cannot ask: API Gateway's events
have other keys. Whoever asks sends a challenge; the answer holds an HMAC of it, keyed with the value. So it proves
that the value was read after the question, and who does not have the value learns nothing from it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from lambda_src.platform_common import services
from lambda_src.platform_common.aws import AwsError
from lambda_src.platform_common.cache import CacheUnavailable
from lambda_src.platform_common.log import logger
from lambda_src.platform_common.secrets import KEEP_S
from lambda_src.platform_common.services import Services

EVENT: Final = "proveSecrets"
REDIS_AUTH: Final = "redis-auth"
_CHALLENGE: Final = re.compile(r"[0-9a-f]{32,64}", re.ASCII)
_STAGES: Final = ("AWSCURRENT", "AWSPENDING")
_PURPOSE: Final = b"acinaces-secret-proof-1."


def is_asked(event: Mapping[str, Any]) -> bool:
    """Whether the event is this question and nothing else."""
    return set(event) == {EVENT}


def answer(event: Mapping[str, Any]) -> dict[str, Any]:
    """What `{"proveSecrets": {"challenge": hex, "names": […], "stage": "AWSCURRENT" | "AWSPENDING"}}` is answered with.

    `secrets`: for each name `versionId` and `proof`, or `problem`; `keptForSeconds`: for how long another process of
    this function may go on with a former value. Raises ValueError for a question of another form.
    """
    asked = event[EVENT]
    challenge, stage = str(asked["challenge"]), str(asked.get("stage", _STAGES[0]))
    if _CHALLENGE.fullmatch(challenge) is None or stage not in _STAGES:
        raise ValueError("a challenge is 32 to 64 hexadecimal digits, a stage AWSCURRENT or AWSPENDING")
    names = [str(name) for name in asked["names"]]
    logger.info("secrets proved", names=names, stage=stage)
    return {"secrets": list(_proved(services.current(), names, challenge, stage)), "keptForSeconds": KEEP_S}


def proof(text: str, challenge: str) -> str:
    """The HMAC by which both sides show each other that they have the same `text`."""
    return hmac.new(text.encode(), _PURPOSE + challenge.encode(), hashlib.sha256).hexdigest()


def _proved(own: Services, names: list[str], challenge: str, stage: str) -> Iterable[dict[str, Any]]:
    arns = {**own.settings.secrets, REDIS_AUTH: own.settings.redis_auth_secret_arn}
    for name in names:
        arn = arns.get(name)
        if not arn:
            yield {"name": name, "problem": "not-configured"}
            continue
        try:
            version = own.secrets.reread(arn, stage=stage)
            if name == REDIS_AUTH:
                own.cache.try_token(version.text)
        except AwsError as error:
            yield {"name": name, "problem": error.code}
        except CacheUnavailable as error:
            yield {"name": name, "problem": f"Redis: {error}"}
        else:
            yield {"name": name, "versionId": version.id, "proof": proof(version.text, challenge)}
