"""The site's configuration, generated from the environment (M7)."""

from __future__ import annotations

import json
from typing import Any

from environments import Environment


def site_config(environment: Environment) -> dict[str, Any]:
    """What the pages read at `/config.json`. No secret is among it: everybody can read it."""
    features = environment.features
    return {
        "NEXT_PUBLIC_API_URL": environment.api_url,
        "NEXT_PUBLIC_ENVIRONMENT": environment.name,
        # Nothing serves WebSockets: pages ask again instead.
        "NEXT_PUBLIC_WS_URL": None,
        "features": {
            "enableAnalytics": features.analytics,
            "enableErrorTracking": features.error_tracking,
            "enableRealTimeUpdates": features.real_time_updates,
        },
    }


def config_json(environment: Environment) -> bytes:
    """The configuration as it is published: the same bytes for the same environment."""
    return (json.dumps(site_config(environment), indent=2, sort_keys=True) + "\n").encode()
