"""The first message of a TLS client that speaks an old version, and what a server answers to it.

Written by hand, because the local OpenSSL may itself refuse to offer what the server must refuse; then a check that
used it would say "refused" of every server. Nothing is ever sent over such a connection. RFC 2246, RFC 4346, RFC 6066.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from typing import Final

from lambda_src.verification.specs.tls import WeakProtocol

VERSIONS: Final[dict[WeakProtocol, int]] = {"TLSv1": 0x0301, "TLSv1.1": 0x0302}
# What servers of that time had: ECDHE and RSA key exchange with AES-CBC or 3DES, for RSA and ECDSA certificates.
_CIPHERS: Final = (0xC00A, 0xC009, 0xC014, 0xC013, 0x0039, 0x0033, 0x0035, 0x002F, 0x000A)
_GROUPS: Final = (0x0017, 0x0018, 0x0019, 0x001D)
_ALERT, _HANDSHAKE, _SERVER_HELLO = 21, 22, 2
# Enough of an answer to judge it: record header, message header and version, or an alert.
ANSWER_BYTES: Final = 11


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a server said to the hello: it went along with `accepted`, or it `refused`; neither if it is not TLS."""

    accepted: bool = False
    refused: bool = False
    words: str


def client_hello(host: str, protocol: WeakProtocol) -> bytes:
    """The record to send to `host`: a ClientHello whose highest version is `protocol`."""
    name = host.encode("ascii")
    extensions = b"".join(
        (
            _extension(0, _counted(b"\x00" + _counted(name))),
            _extension(10, _counted(b"".join(struct.pack(">H", group) for group in _GROUPS))),
            # Uncompressed points.
            _extension(11, b"\x01\x00"),
        )
    )
    body = b"".join(
        (
            struct.pack(">H", VERSIONS[protocol]),
            os.urandom(32),
            b"\x00",
            _counted(b"".join(struct.pack(">H", cipher) for cipher in _CIPHERS)),
            b"\x01\x00",
            _counted(extensions),
        )
    )
    message = b"\x01" + struct.pack(">I", len(body))[1:] + body
    return bytes((_HANDSHAKE,)) + struct.pack(">H", 0x0301) + _counted(message)


def read_answer(data: bytes) -> Answer:
    """What the beginning of a server's answer means. Empty: it closed the connection, which is a refusal."""
    if not data:
        return Answer(refused=True, words="closed the connection")
    if len(data) >= 7 and data[0] == _ALERT:
        return Answer(refused=True, words=f"alert {data[6]}")
    if len(data) >= ANSWER_BYTES and data[0] == _HANDSHAKE and data[5] == _SERVER_HELLO:
        (version,) = struct.unpack(">H", data[9:11])
        return Answer(accepted=True, words=f"went on with version {version:#06x}")
    return Answer(words=f"is not TLS: {data[:8]!r}")


def _counted(content: bytes) -> bytes:
    return struct.pack(">H", len(content)) + content


def _extension(kind: int, content: bytes) -> bytes:
    return struct.pack(">H", kind) + _counted(content)
