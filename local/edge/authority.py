"""A certificate authority of this machine's own, made at set-up, and the certificates that it issues.

It can vouch for names below `localhost` only (a critical name constraint), so a browser that trusts it trusts nothing
else, whoever reads its key.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from local.edge.settings import AUTHORITY_FILE

NAME: Final = "Acinaces local authority"
_KEY_FILE: Final = "authority.key"
_AUTHORITY_DAYS: Final = 3650
# Made anew when less is left: whoever trusts it must not be surprised by its end.
_RENEWED_BEFORE_DAYS: Final = 90
# Clocks that differ a little.
_BACKDATED: Final = timedelta(minutes=5)


class Authority:
    """A certificate and its key. `load` finds the one of a folder, or makes it there."""

    def __init__(self, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
        self.certificate = certificate
        self._key = key

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The authority of `folder`: made on first use, and when it is damaged or near its end."""
        try:
            certificate = x509.load_pem_x509_certificate((folder / AUTHORITY_FILE).read_bytes())
            key = serialization.load_pem_private_key((folder / _KEY_FILE).read_bytes(), password=None)
        except (OSError, ValueError):
            return cls._make(folder)
        left = certificate.not_valid_after_utc - datetime.now(UTC)
        if not isinstance(key, ec.EllipticCurvePrivateKey) or left < timedelta(days=_RENEWED_BEFORE_DAYS):
            return cls._make(folder)
        if key.public_key() != certificate.public_key():
            return cls._make(folder)
        return cls(certificate, key)

    @property
    def der(self) -> bytes:
        """The certificate, as `ssl` reads it."""
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @classmethod
    def _make(cls, folder: Path) -> Self:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
        identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        certificate = (
            _builder(name, days=_AUTHORITY_DAYS)
            .issuer_name(name)
            .public_key(key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(authority=True), critical=True)
            .add_extension(
                x509.NameConstraints(permitted_subtrees=[x509.DNSName("localhost")], excluded_subtrees=None),
                critical=True,
            )
            .add_extension(identifier, critical=False)
            .sign(key, hashes.SHA256())
        )
        folder.mkdir(parents=True, exist_ok=True)
        # The key first: a certificate without its key is made anew, and the other way round as well.
        _write(folder / _KEY_FILE, _key_pem(key))
        _write(folder / AUTHORITY_FILE, certificate.public_bytes(serialization.Encoding.PEM))
        return cls(certificate, key)

    def issue(self, names: Sequence[str], *, days: int) -> bytes:
        """Key, certificate and chain as one PEM, for `names`, valid for `days` from now."""
        key = ec.generate_private_key(ec.SECP256R1())
        authority_identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        certificate = (
            _builder(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])]), days=days)
            .issuer_name(self.certificate.subject)
            .public_key(key.public_key())
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(authority=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(authority_identifier, critical=False)
            .sign(self._key, hashes.SHA256())
        )
        chain = (certificate, self.certificate)
        return _key_pem(key) + b"".join(part.public_bytes(serialization.Encoding.PEM) for part in chain)


def _builder(subject: x509.Name, *, days: int) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED + min(timedelta(days=days), timedelta(0)))
        .not_valid_after(now + timedelta(days=days))
    )


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, content: bytes) -> None:
    """In one step, readable by its owner only (mkstemp's mode)."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    os.replace(temporary, path)
