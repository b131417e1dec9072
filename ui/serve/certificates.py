"""X.509 certificates of a clinic's own authority: made and read. Knows no files.

ECDSA on P-256 with SHA-256. The authority lasts ten years and may sign no further authority; a
server's certificate lasts 825 days, the most that common browsers and phones accept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ui.serve.errors import CertError

AUTHORITY_DAYS = 3652
SERVER_DAYS = 825
_BEFORE = timedelta(days=1)
"""Certificates count from a day ago: clocks of desks are not exact."""
_EARLIEST = datetime(2026, 1, 1, tzinfo=UTC)
"""No clock that is right shows an earlier time."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its key, both PEM."""

    certificate: bytes
    key: bytes


@dataclass(frozen=True, slots=True)
class CertFacts:
    """What a person needs to know of a certificate."""

    subject: str
    names: tuple[str, ...]
    """Names and IP addresses that it is for; none for an authority."""
    begins: datetime
    ends: datetime
    fingerprint: str
    """SHA-256 of the certificate, to compare by eye."""


def new_authority(name: str, now: datetime) -> Pair:
    """An authority with the name of the clinic.

    Raises:
        CertError: the clock of this machine is wrong.
    """
    _require_clock(now)
    key = generate_private_key(SECP256R1())
    subject = _named(name)
    usage = _usage(sign=False, authority=True)
    certificate = (
        _begun(subject, subject, key, now, now + timedelta(days=AUTHORITY_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .sign(key, SHA256())
    )
    return _pair(certificate, key)


def new_server(authority: Pair, hosts: Sequence[str], now: datetime) -> Pair:
    """A certificate for a server that is reached by these names and IP addresses.

    Raises:
        CertError: there is no host or one that cannot be read, the authority is damaged or has
            ended, or the clock of this machine is wrong.
    """
    _require_clock(now)
    signer, issuer = _opened(authority)
    if not hosts:
        raise CertError("Name the server as the desks will: its IP address, its name or both.")
    names = [_host(host) for host in hosts]
    ends = min(now + timedelta(days=SERVER_DAYS), issuer.not_valid_after_utc)
    if ends <= now:
        raise CertError("The clinic's authority has ended. Make a new one: aidpost serve ca init")
    key = generate_private_key(SECP256R1())
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    certificate = (
        _begun(_named(hosts[0]), issuer.subject, key, now, ends)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(sign=True, authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(identifier, critical=False)
        .sign(signer, SHA256())
    )
    return _pair(certificate, key)


def facts_of(certificate: bytes) -> CertFacts:
    """What stands in a certificate.

    Raises:
        CertError: it is none.
    """
    found = _loaded(certificate)
    digest = found.fingerprint(SHA256()).hex().upper()
    return CertFacts(
        ", ".join(str(one.value) for one in found.subject),
        _names(found),
        found.not_valid_before_utc,
        found.not_valid_after_utc,
        ":".join(digest[at : at + 2] for at in range(0, len(digest), 2)),
    )


def _begun(
    subject: x509.Name,
    issuer: x509.Name,
    key: EllipticCurvePrivateKey,
    now: datetime,
    ends: datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder(subject_name=subject, issuer_name=issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BEFORE)
        .not_valid_after(ends)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(*, sign: bool, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=sign, key_cert_sign=authority, crl_sign=authority,
        content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _named(name: str) -> x509.Name:
    try:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])
    except ValueError as error:
        raise CertError("The name must not be empty.") from error


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        pass
    parts = host.rstrip(".").split(".")
    if not all(part and part.isascii() and part.replace("-", "a").isalnum() for part in parts):
        raise CertError(f"“{host}” is neither an IP address nor the name of a server.")
    return x509.DNSName(host.rstrip(".").lower())


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return ()
    ips: list[IPv4Address | IPv6Address] = [
        one
        for one in found.get_values_for_type(x509.IPAddress)
        if isinstance(one, IPv4Address | IPv6Address)
    ]
    return (*found.get_values_for_type(x509.DNSName), *map(str, ips))


def _opened(authority: Pair) -> tuple[EllipticCurvePrivateKey, x509.Certificate]:
    certificate = _loaded(authority.certificate)
    try:
        key = load_pem_private_key(authority.key, None)
    except (ValueError, TypeError) as error:
        raise CertError("The key of the clinic's authority is damaged.") from error
    if not isinstance(key, EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        raise CertError("The key does not belong to the certificate of the clinic's authority.")
    return key, certificate


def _loaded(certificate: bytes) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(certificate)
    except ValueError as error:
        raise CertError("A certificate is damaged.") from error


def _pair(certificate: x509.Certificate, key: EllipticCurvePrivateKey) -> Pair:
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return Pair(certificate.public_bytes(Encoding.PEM), secret)


def _require_clock(now: datetime) -> None:
    if now < _EARLIEST:
        message = f"The clock of this machine shows {now:%Y-%m-%d}. Set it first:"
        raise CertError(f"{message} certificates hold from a day to a day.")
