"""The CDN after a rollback of the site: the old pages' scripts allowed again, and what it keeps forgotten."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from html.parser import HTMLParser
from typing import Any, Final

_SCRIPTS: Final = re.compile(r"script-src ([^;]*)")
# As in frontend_deploy.page, which a test compares: blocks of data, which browsers do not run.
_DATA_TYPES: Final = frozenset({"application/json", "application/ld+json", "text/plain"})


class _Scripts(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.hashes: list[str] = []
        self._script: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag == "script" and "src" not in attributes and (attributes.get("type") or "").lower() not in _DATA_TYPES:
            self._script = []

    def handle_data(self, data: str) -> None:
        if self._script is not None:
            self._script.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "script" and self._script is not None:
            digest = hashlib.sha256("".join(self._script).encode()).digest()
            self.hashes.append("sha256-" + base64.b64encode(digest).decode())
            self._script = None


def script_hashes(html: str) -> set[str]:
    """CSP sources, without quotes, of a page's inline scripts."""
    reader = _Scripts()
    # Browsers normalise line ends before they hash: https://html.spec.whatwg.org/#preprocessing-the-input-stream
    reader.feed(html.replace("\r\n", "\n").replace("\r", "\n"))
    reader.close()
    return set(reader.hashes)


def with_scripts(policy: str, hashes: Iterable[str]) -> str:
    """A content security policy that allows these scripts too."""
    found = _SCRIPTS.search(policy)
    if found is None:
        return policy
    sources = found.group(1).split()
    missing = sorted(f"'{value}'" for value in set(hashes) if f"'{value}'" not in sources)
    return policy[: found.start(1)] + " ".join([*sources, *missing]) + policy[found.end(1) :]


def allow_scripts(client: Any, distribution_id: str, hashes: Iterable[str]) -> bool:
    """Lets the distribution's pages run these inline scripts; False where they may already. Raises what boto3 raises.

    A policy names the scripts of its own release, and browsers refuse all others: the pages of another release would
    be there and do nothing. What the policy allows already stays allowed, for pages that are open.
    """
    config = client.get_distribution_config(Id=distribution_id)["DistributionConfig"]
    policy_id = config["DefaultCacheBehavior"].get("ResponseHeadersPolicyId")
    if not policy_id:
        return False
    answer = client.get_response_headers_policy_config(Id=policy_id)
    wanted = answer["ResponseHeadersPolicyConfig"]
    security = (wanted.get("SecurityHeadersConfig") or {}).get("ContentSecurityPolicy")
    if not security:
        return False
    changed = with_scripts(security["ContentSecurityPolicy"], hashes)
    if changed == security["ContentSecurityPolicy"]:
        return False
    security["ContentSecurityPolicy"] = changed
    client.update_response_headers_policy(Id=policy_id, IfMatch=answer["ETag"], ResponseHeadersPolicyConfig=wanted)
    return True


def invalidate(client: Any, distribution_id: str, reference: str) -> str:
    """Asks the CDN to forget what it has and returns the invalidation's id. Raises what boto3 raises.

    The same `reference` again is the same invalidation.
    """
    answer = client.create_invalidation(
        DistributionId=distribution_id,
        InvalidationBatch={"Paths": {"Quantity": 1, "Items": ["/*"]}, "CallerReference": reference},
    )
    return str(answer["Invalidation"]["Id"])
