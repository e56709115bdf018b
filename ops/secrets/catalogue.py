"""Which secrets an environment has, and their fields. A test compares it with the templates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    # The shell's completion of names must not wait for it.
    from environments import Environment

# What the deployment writes into a field until a person fills it in.
PLACEHOLDER: Final = "PLACEHOLDER"
EXCHANGES: Final = ("binance", "coinbase", "kraken", "okx", "bsdex", "bison", "finoa", "bybit")
AI_PROVIDERS: Final = ("gemini", "openai", "deepseek")
# Those that a person fills in, by the name that people use.
FIELDS: Final[dict[str, tuple[str, ...]]] = {
    **dict.fromkeys(EXCHANGES, ("apiKey", "apiSecret")),
    **dict.fromkeys(AI_PROVIDERS, ("apiKey",)),
}
# Those that are generated, and changed by rotation only.
API_KEY: Final = "api-key"
REDIS_AUTH: Final = "redis-auth"
OWN: Final = (API_KEY, REDIS_AUTH)
FINGERPRINT_KEY: Final = "fingerprint-key"
_FOLDERS: Final = {**dict.fromkeys(EXCHANGES, "exchanges/"), **dict.fromkeys(AI_PROVIDERS, "ai-providers/")}


def secret_id(environment: Environment, name: str) -> str:
    """The name in Secrets Manager, e.g. `production/exchanges/kraken`."""
    return f"{environment.name}/{_FOLDERS.get(name, '')}{name}"
