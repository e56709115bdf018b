"""Tokens against forged requests: issued to one key, sent twice, and worth nothing in any other way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambda_src.handlers.auth import COOKIE
from lambda_src.platform_common import csrf
from tests.support.backend import Answer, Backend
from tests.support.memory import FixedClock

KEY = {"x-api-key": "k3y-of-one-caller"}


def issued(backend: Backend, headers: dict[str, str] = KEY) -> str:
    answer = backend.call("auth", "GET", "/api/auth/csrf", headers=headers)
    assert answer.status == 200, answer.text
    return str(answer.json["csrfToken"])


def verify(backend: Backend, token: Any, cookie: str | None, headers: dict[str, str] = KEY) -> Answer:
    sent = headers | ({"Cookie": f"other=1; {COOKIE}={cookie}; last=2"} if cookie is not None else {})
    return backend.call("auth", "POST", "/api/auth/csrf/verify", body={"csrfToken": token}, headers=sent)


def test_a_token_that_is_sent_twice_by_its_caller_is_valid() -> None:
    backend = Backend()
    token = issued(backend)

    assert verify(backend, token, token).json == {"valid": True}


def test_the_cookie_is_for_this_host_over_tls_and_not_for_scripts() -> None:
    answer = Backend().call("auth", "GET", "/api/auth/csrf", headers=KEY)

    cookie, *attributes = answer.headers["set-cookie"].split("; ")
    assert cookie == f"{COOKIE}={answer.json['csrfToken']}"
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert set(attributes) == {"Path=/", "Max-Age=3600", "Secure", "HttpOnly", "SameSite=Strict"}


def test_two_tokens_differ_and_say_nothing_about_the_key() -> None:
    backend = Backend()
    first, second = issued(backend), issued(backend)

    assert first != second
    assert KEY["x-api-key"] not in first


@pytest.mark.parametrize("cookie", [None, "", "another"])
def test_a_token_without_its_cookie_is_refused(cookie: str | None) -> None:
    """What a foreign page can do: it makes the browser send a request, but cannot set the cookie."""
    backend = Backend()

    verify(backend, issued(backend), cookie).problem(403, "csrf-refused")


def test_a_cookie_that_somebody_planted_is_refused() -> None:
    """Both halves agree, but nobody with this key was given them."""
    backend = Backend()
    planted = issued(backend, {"x-api-key": "the-forger's-own-key"})

    verify(backend, planted, planted).problem(403, "csrf-refused")


def test_a_token_ends_after_an_hour() -> None:
    now = FixedClock().now()
    token = csrf.issue("key", now=now)

    assert csrf.is_valid(token.text, "key", now=now + timedelta(seconds=3599))
    assert not csrf.is_valid(token.text, "key", now=now + timedelta(seconds=3600))
    assert token.expires == now.replace(microsecond=0) + timedelta(hours=1)


def test_a_token_with_another_expiry_is_refused() -> None:
    now = FixedClock().now()
    nonce, expires, mac = csrf.issue("key", now=now).text.split(".")

    assert not csrf.is_valid(f"{nonce}.{int(expires) + 1}.{mac}", "key", now=now)


@given(st.text(max_size=120))
def test_no_text_passes_as_a_token(text: str) -> None:
    backend = Backend()

    assert verify(backend, text, text.replace(";", "")).status in (403, 422)


def test_without_a_key_there_is_no_token() -> None:
    answer = Backend().call("auth", "GET", "/api/auth/csrf", headers={"x-api-key": ""})

    answer.problem(403, "no-api-key")


def test_a_caller_learns_that_its_key_is_accepted() -> None:
    assert Backend().call("auth", "GET", "/api/auth", headers=KEY).json == {"status": "ok", "apiKeyId": "key-id"}
