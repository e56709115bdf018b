"""Making functions show that they read the version that is stored (`lambda_src.platform_common.secret_proof`)."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

from environments import Environment
from ops.aws import CLIENT_CONFIG, explained, session
from ops.secrets.consumers import ALIAS
from ops.secrets.store import CURRENT

# As in the function; a test compares them.
EVENT: Final = "proveSecrets"
_PURPOSE: Final = b"acinaces-secret-proof-1."
_AT_ONCE: Final = 8


@dataclass(frozen=True, kw_only=True)
class Version:
    """What is stored: the version's id and its text, which `repr` hides by not being generated."""

    id: str
    text: bytes

    def __repr__(self) -> str:
        return f"Version(id={self.id!r})"


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One function and one secret. `problem` is empty where the function has proved that it reads the version."""

    secret: str
    function: str
    version: str | None = None
    problem: str = ""
    # Seconds for which other instances of the function may go on with a former value.
    kept_s: float = 0.0


def prove(
    environment: Environment,
    functions: Mapping[str, Sequence[str]],
    expected: Mapping[str, Version],
    *,
    stage: str = CURRENT,
) -> list[Seen]:
    """Asks each of `functions` (with the names of its secrets) about those of `expected`; in the order given."""
    with explained(environment, "asking the functions"):
        client = session(environment).client("lambda", config=CLIENT_CONFIG)
        asked = [(function, [name for name in names if name in expected]) for function, names in functions.items()]
        asked = [(function, names) for function, names in asked if names]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            answers = pool.map(lambda pair: _ask(client, *pair, expected=expected, stage=stage), asked)
            return [seen for answer in answers for seen in answer]


def _ask(
    client: Any, function: str, names: Sequence[str], *, expected: Mapping[str, Version], stage: str
) -> list[Seen]:
    challenge = secrets.token_hex(16)
    event = {EVENT: {"challenge": challenge, "names": list(names), "stage": stage}}
    answer = client.invoke(FunctionName=function, Qualifier=ALIAS, Payload=json.dumps(event).encode())
    content = answer["Payload"].read()
    if answer.get("FunctionError"):
        return [Seen(secret=name, function=function, problem="the function failed; see its log") for name in names]
    document = json.loads(content)
    if not isinstance(document, dict) or "secrets" not in document:
        reason = "the release is older than this question; deploy again"
        return [Seen(secret=name, function=function, problem=reason) for name in names]
    return list(_judged(function, document, challenge, expected))


def _judged(
    function: str, document: Mapping[str, Any], challenge: str, expected: Mapping[str, Version]
) -> Iterable[Seen]:
    for found in document["secrets"]:
        version = expected[found["name"]]
        problem = str(found.get("problem", ""))
        if not problem and found["versionId"] != version.id:
            problem = f"reads version {found['versionId'][:8]}, and {version.id[:8]} is stored"
        elif not problem and not hmac.compare_digest(str(found["proof"]), _proof(version.text, challenge)):
            problem = "names the version, and does not have its value"
        yield Seen(
            secret=found["name"],
            function=function,
            version=found.get("versionId"),
            problem=problem,
            kept_s=float(document.get("keptForSeconds", 0)),
        )


def _proof(text: bytes, challenge: str) -> str:
    return hmac.new(text, _PURPOSE + challenge.encode(), hashlib.sha256).hexdigest()
