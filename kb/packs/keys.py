"""Ed25519 keys of publishers: made, kept in files with or without a passphrase, and used to sign.

A signature covers a word for what is signed as well as the bytes, so that a signed manifest can
never pass for a signed root of trust.
"""

import hashlib
from typing import Literal

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from kb.packs.errors import PackError

PrivateKey = Ed25519PrivateKey
Kind = Literal["manifest", "root"]
MAX_KEY = 10_000
"""Most bytes of a key file."""


def new_key(passphrase: bytes | None) -> bytes:
    """A new private key as a PEM file, locked where a passphrase is given."""
    lock = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock)


def open_key(data: bytes, passphrase: bytes | None = None) -> PrivateKey:
    """The private key in a PEM file.

    Raises:
        PackError: it is no such key, or the passphrase is missing or wrong.
    """
    try:
        key = load_pem_private_key(data[:MAX_KEY], passphrase or None)
    except TypeError as error:
        wanted = "has no passphrase: give none" if passphrase else "asks for its passphrase"
        raise PackError(f"The key {wanted}.") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        message = "The file is no key of a publisher, or the passphrase is wrong."
        raise PackError(message) from error
    if not isinstance(key, Ed25519PrivateKey):
        message = "The file holds a key of another kind; Ed25519 is needed."
        raise PackError(message)
    return key


def public_of(key: PrivateKey) -> bytes:
    """The 32 bytes of the public key."""
    return key.public_key().public_bytes_raw()


def key_id(public: bytes) -> str:
    """Short name of a public key: 16 bytes of its SHA-256 in hexadecimal."""
    return hashlib.sha256(public).hexdigest()[:32]


def sign(key: PrivateKey, kind: Kind, data: bytes) -> bytes:
    """Signature of bytes that are a manifest or a root."""
    return key.sign(_covered(kind, data))


def is_signed(public: bytes, kind: Kind, data: bytes, signature: bytes) -> bool:
    """Whether the signature is that of the key on these bytes."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, _covered(kind, data))
    except (InvalidSignature, ValueError):
        return False
    return True


def _covered(kind: Kind, data: bytes) -> bytes:
    return f"aidpost-{kind}-1\0".encode() + data
