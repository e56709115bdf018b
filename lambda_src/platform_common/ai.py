"""Asking an AI provider for a signal, over the chat interface that all three offer."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from http import HTTPStatus
from typing import Any

from lambda_src.platform_common import json_text
from lambda_src.platform_common.problems import Problem
from lambda_src.platform_common.signals import Signal

# Seconds; the function has 20.
TIMEOUT = 12.0
MAX_ANSWER_BYTES = 64 * 1024

PROMPT = (
    "You rate a market for a paper-trading exercise. The prices of {symbol}, oldest first, are: {prices}. "
    'Answer with one JSON object and nothing else: {{"action": "buy" | "sell" | "hold", '
    '"strength": a number from 0 to 1, "reason": at most 200 characters}}.'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """Where a provider's chat completions are, and the model asked. Hosts are fixed: a key goes nowhere else."""

    host: str
    path: str
    model: str


# OpenAI's API reference, "Chat completions"; Google's and DeepSeek's pages on OpenAI compatibility.
PROVIDERS = {
    "gemini": Provider(
        host="generativelanguage.googleapis.com", path="/v1beta/openai/chat/completions", model="gemini-2.5-flash"
    ),
    "openai": Provider(host="api.openai.com", path="/v1/chat/completions", model="gpt-4o-mini"),
    "deepseek": Provider(host="api.deepseek.com", path="/chat/completions", model="deepseek-chat"),
}

Connect = Callable[[str], http.client.HTTPConnection]


def _https(host: str) -> http.client.HTTPConnection:
    return http.client.HTTPSConnection(host, timeout=TIMEOUT)


def ask(name: str, *, api_key: str, symbol: str, prices: Sequence[Decimal], connect: Connect = _https) -> Signal:
    """The provider's signal for `symbol`.

    Raises:
        Problem: 502, the provider did not answer, refused, or answered something else. Never carries its text.
    """
    provider = PROVIDERS[name]
    message = PROMPT.format(symbol=symbol, prices=", ".join(map(str, prices)))
    body = {"model": provider.model, "messages": [{"role": "user", "content": message}]}
    connection = connect(provider.host)
    try:
        headers = {"content-type": "application/json", "authorization": f"Bearer {api_key}"}
        connection.request("POST", provider.path, json.dumps(body), headers)
        answer = connection.getresponse()
        text = answer.read(MAX_ANSWER_BYTES)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise _failed(name, "did not answer") from error
    finally:
        connection.close()
    if answer.status != HTTPStatus.OK:
        raise _failed(name, f"answered with status {answer.status}")
    return _signal(name, text)


def _signal(name: str, text: bytes) -> Signal:
    try:
        content = json_text.loads(text)["choices"][0]["message"]["content"]
        found: Any = json_text.loads(content.strip().removeprefix("```json").strip("`").encode())
        action, strength, reason = found["action"], found["strength"], found["reason"]
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise _failed(name, "answered in another form") from error
    fits = isinstance(strength, Decimal) and 0 <= strength <= 1 and isinstance(reason, str)
    if action not in ("buy", "sell", "hold") or not fits:
        raise _failed(name, "answered in another form")
    return Signal(action=action, strength=strength, reason=reason[:200])


def _failed(name: str, what: str) -> Problem:
    detail = f"The AI provider {name!r} {what}. Ask again, or without a provider for the rule-based signal."
    return Problem(HTTPStatus.BAD_GATEWAY, "provider-failed", detail, extra={"provider": name})
