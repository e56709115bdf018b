"""No secret leaves in a text, and what is not one stays readable."""

from __future__ import annotations

import time

import pytest

from lambda_src.verification.redaction import Redactor

SECRET = "s3cr3t-Value-42"


@pytest.mark.parametrize(
    "text",
    [
        '{"apiKey": "s3cr3t-Value-42"}',
        '{"apiSecret":"s3cr3t-Value-42", "a": 1}',
        "{'password': 's3cr3t-Value-42'}",
        '"{\\"api_key\\": \\"s3cr3t-Value-42\\"}"',
        "x-api-key: s3cr3t-Value-42",
        "Authorization: Bearer s3cr3t-Value-42",
        "user=me&password=s3cr3t-Value-42&x=1",
        "session_token=s3cr3t-Value-42",
        "https://host/path?X-Amz-Signature=s3cr3t-Value-42&a=b",
        "X-Amz-Security-Token=s3cr3t-Value-42",
        "to=https%3A%2F%2Fhost%3FX-Amz-Signature%3Ds3cr3t-Value-42",
        '{"password": "two words, s3cr3t-Value-42; and more"}',
        '{"password": "a \\"quoted\\" s3cr3t-Value-42"}',
        '{"SecretString": "s3cr3t-Value-42"}',
        '{"SecretAccessKey": "s3cr3t-Value-42"}',
        "aws_secret_access_key = s3cr3t-Value-42",
        '{"secretKey": "s3cr3t-Value-42", "private_key": "s3cr3t-Value-42", "passphrase": "s3cr3t-Value-42"}',
        '{"token": "s3cr3t-Value-42", "csrfToken": "s3cr3t-Value-42"}',
        "?token=s3cr3t-Value-42&x=1",
        '{"routing_key": "s3cr3t-Value-42"}',
        "Set-Cookie: sid=s3cr3t-Value-42; Path=/",
        '{"headers": {"cookie": "a=b; sid=s3cr3t-Value-42"}}',
        "redis://:s3cr3t-Value-42@cache:6379/0",
        "postgres://user:s3cr3t-Value-42@database/x",
        "https://hooks.slack.com/services/T000/B000/s3cr3t-Value-42",
        "-----BEGIN RSA PRIVATE KEY-----\ns3cr3t-Value-42\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\ns3cr3t-Value-42 and then it was cut",
    ],
)
def test_what_looks_like_a_secret_is_replaced(text: str) -> None:
    assert SECRET not in Redactor().text(text)


@pytest.mark.parametrize(
    "text",
    [
        "AKIAIOSFODNN7EXAMPLE",
        "ASIAIOSFODNN7EXAMPLE",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
        "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
        "xoxb-123456789012-abcdefghijkl",
    ],
)
def test_credentials_are_known_by_their_form(text: str) -> None:
    assert text not in Redactor().text(f"got {text} there")


def test_cloudformations_answer_address_is_replaced() -> None:
    url = "https://cloudformation-custom-resource-response-useast1.s3.amazonaws.com/a?X-Amz-Signature=1234567890"

    assert Redactor().text(f"to {url} now") == "to [redacted] now"


@pytest.mark.parametrize(
    "text",
    [
        "arn:aws:secretsmanager:eu-central-1:000000000000:secret:local/api-key-AbCdEf",
        "GET /api/templates: HTTP 500 after 3 attempts",
        '{"items": [], "count": 0, "next": null}',
        "secret population failed",
        "the API key could not be read: AccessDeniedException",
        "secretsmanager: AccessDeniedException",
        "GET /api/auth/csrf: no token: HTTP 500",
        "POST /api/auth/csrf/verify, the token without its cookie: HTTP 200, expected 403",
        "http://acinaces.localhost:4566/api/audit?after=a@b",
        "no connection to api.acinaces.localhost:443: refused",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert Redactor().text(text) == text


def test_known_secrets_are_replaced_wherever_they_stand() -> None:
    redactor = Redactor()
    redactor.learn("plain-word")
    redactor.learn("plain-word-and-more")
    redactor.learn("abc")

    assert redactor.text("a plain-word-and-more b plain-word c abc") == "a [redacted] b [redacted] c abc"


def test_structures_are_redacted_throughout() -> None:
    redactor = Redactor()
    redactor.learn(SECRET)

    assert redactor.value({"a": [SECRET, {SECRET: 1}], "b": (True, None, 1.5)}) == {
        "a": ["[redacted]", {"[redacted]": 1}],
        "b": [True, None, 1.5],
    }


def test_an_excerpt_is_one_short_printable_line() -> None:
    body = b"<html>\n\t<b>\x00\x1b[31m" + "ü".encode() * 500 + b"\xff"

    excerpt = Redactor().excerpt(body)

    assert len(excerpt) == 200
    assert excerpt.startswith("<html> <b> [31müüü")
    assert excerpt.isprintable()


def test_a_secret_at_the_cut_does_not_leave_in_part() -> None:
    redactor = Redactor()
    redactor.learn(SECRET)

    assert "s3cr3t" not in redactor.excerpt("x" * 190 + SECRET)


@pytest.mark.parametrize("part", ["api_key=", "password:'", "a", "://a:", "\\", "Cookie: "])
def test_nobody_can_keep_it_busy(part: str) -> None:
    started = time.process_time()

    Redactor().text(part * (50_000 // len(part)))

    assert time.process_time() - started < 2
