"""Names as on AWS: a request whose Host is a distribution's alias or an API's custom domain reaches it.

The emulator serves a distribution at its own name only, and answers some paths (`/health`, `/logout`, `/v2/...`)
itself on any host. This layer in front of it hands requests for a known name straight to the distribution or the API,
whichever account owns it. `*.cloudfront.localhost` stands for `*.cloudfront.net`, which leads elsewhere from a laptop.

There is no TLS on this port, so a viewer is taken to have come over HTTPS: `redirect-to-https` would otherwise send
every browser to a port where nothing listens.
"""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import parse_qs, quote

from local.emulation.asgi import Application, Receive, Scope, Send, body_of, host_of

# An API's own name, as `ops.loopback` writes it.
_API_HOST: Final = re.compile(r"([a-z0-9]+)\.execute-api\.localhost\Z")


def with_edge_hosts(application: Application, *, others: Application) -> Application:
    """An edge that knows the public names: distributions, custom domains and APIs.

    Args:
        application: the emulator, which answers for APIs.
        others: answers for every other name.
    """

    async def edge(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await others(scope, receive, send)
            return
        host = host_of(scope)
        distribution = _distribution_with_alias(host) if scope["type"] == "http" else None
        if distribution is not None:
            await _serve_distribution(*distribution, scope, receive, send)
            return
        addressed = _addressed_to_api(host, scope)
        await (others(scope, receive, send) if addressed is None else application(addressed, receive, send))

    return edge


def _distribution_with_alias(host: str) -> tuple[str, dict[str, Any]] | None:
    """Account and record of the distribution that has the alias, or the name."""
    from ministack.services import cloudfront

    for (account, _distribution_id), distribution in cloudfront._distributions.to_dict().items():
        aliases = {alias.lower() for alias in cloudfront._get_distribution_aliases(distribution)}
        if host in aliases or host == local_name(distribution["DomainName"]):
            return account, distribution
    return None


def local_name(domain_name: str) -> str:
    """`dxxxx.cloudfront.net` as it is reached from the laptop: `dxxxx.cloudfront.localhost`."""
    return f"{domain_name.lower().removesuffix('.net')}.localhost"


async def _serve_distribution(
    account: str, distribution: dict[str, Any], scope: Scope, receive: Receive, send: Send
) -> None:
    """Answer one viewer request from the distribution, in its owner's account."""
    from ministack import app
    from ministack.core.iam_evaluator import pin_request_origin
    from ministack.core.responses import set_request_account_id
    from ministack.services import cloudfront

    viewer = (scope.get("client") or ("127.0.0.1",))[0]
    set_request_account_id(account)
    # The distribution reads its bucket over TLS; a bucket policy that enforces TLS denies it otherwise.
    pin_request_origin(viewer, True)
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    headers["x-forwarded-proto"] = "https"
    query = scope.get("query_string", b"").decode("utf-8")
    status, response_headers, body = await cloudfront.handle_viewer_request(
        distribution,
        scope["method"],
        scope["path"],
        scope["raw_path"].decode("ascii"),
        query,
        headers,
        await body_of(receive),
        parse_qs(query, keep_blank_values=True),
        viewer,
    )
    await app._send_response(send, status, response_headers, body, head=scope["method"] == "HEAD")


def _addressed_to_api(host: str, scope: Scope) -> Scope | None:
    """The scope of a request to a stage of an API, or to a custom domain in the path form; None for any other.

    The emulator answers some paths itself, whatever the host: they are not those of an API.
    """
    own = _API_HOST.match(host)
    if own is not None:
        return scope if _has_stage(own[1], scope["path"]) else None
    mapped = _mapping(host, scope["path"])
    if mapped is None:
        return None
    api_id, stage, path = mapped
    prefix = f"/_aws/execute-api/{api_id}/{stage}"
    raw_path = quote(path, safe="/:@!$&'()*+,;=~-._%").encode("ascii") if path != scope["path"] else scope["raw_path"]
    return {**scope, "path": prefix + path, "raw_path": prefix.encode("ascii") + raw_path}


def _has_stage(api_id: str, path: str) -> bool:
    """Whether the path begins with a stage of the API, or the API serves from the root."""
    from ministack.services import apigateway, apigateway_v1

    first = path.lstrip("/").partition("/")[0]
    stages = {**apigateway_v1.stages_for_api(api_id), **apigateway.stages_for_api(api_id)}
    return not first.startswith("_") and (first in stages or "$default" in stages)


def _mapping(host: str, path: str) -> tuple[str, str, str] | None:
    """API id, stage and remaining path that a custom domain's base path mapping gives.

    The domain may belong to any account; the request is then that account's.
    """
    from ministack.core.responses import set_request_account_id
    from ministack.services import apigateway_v1

    for (account, _region, domain), _record in apigateway_v1._domain_names.all_items():
        if domain.lower() == host:
            set_request_account_id(account)
            found = apigateway_v1.resolve_base_path_mapping(domain, path)
            if found is not None and found[1]:
                return (found[0], found[1], found[2])
    return None
