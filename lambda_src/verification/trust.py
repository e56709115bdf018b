"""Whom a run trusts: the system's authorities, and those that the plan adds. There is no way to trust anybody."""

from __future__ import annotations

import ssl

from lambda_src.verification.plan import Targets


def trust(targets: Targets, *, extra_ca_file: str | None = None) -> ssl.SSLContext:
    """The context of every TLS connection of a run: chain and name are verified, TLS 1.2 is the least.

    Raises ssl.SSLError where `targets.authority_pem` is not a certificate.
    """
    urls = [url for url in (targets.api_url, targets.site_url) if url]
    if not targets.allowed_hosts and all(url.startswith("http://") for url in urls):
        # Nothing to reach by TLS: verifies all the same, but trusts nobody, which saves reading the authorities.
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if targets.authority_pem:
        context.load_verify_locations(cadata=targets.authority_pem)
    if extra_ca_file:
        context.load_verify_locations(cafile=extra_ca_file)
    return context
