"""Detached signatures of one file, and how many different trusted keys made them."""

from collections.abc import Mapping
from dataclasses import dataclass

from kb.formulary_table import Table
from kb.packs.errors import ArbitraryInstall, MixAndMatch, WrongKey
from kb.packs.keys import Kind, PrivateKey, is_signed, key_id, public_of, sign
from kb.packs.manifest import digest_of
from kb.packs.strict_json import FORMAT, dump, from_table, hexadecimal, read

MAX_SIGNATURES = 64_000
"""Most bytes of a file of signatures."""
LEAST_KEYS = 2
"""Fewest different keys that must sign, whatever a root says."""


@dataclass(frozen=True, slots=True)
class Signature:
    """What one key says of a file."""

    key: str
    """Id of the key."""
    value: str
    """64 bytes in hexadecimal."""


@dataclass(frozen=True, slots=True)
class Signatures:
    """All signatures of one file."""

    of: str
    """SHA-256 of the signed file."""
    each: tuple[Signature, ...] = ()


def write_signatures(signatures: Signatures) -> bytes:
    """The file of signatures."""
    rows = [{"key": one.key, "value": one.value} for one in signatures.each]
    return dump({"format": FORMAT, "of": signatures.of, "signatures": rows})


def read_signatures(data: bytes) -> Signatures:
    """The signatures in a file.

    Raises:
        PackUnreadable: it is no file of signatures.
    """
    return read(data, "The signatures of the pack", from_signatures)


def from_signatures(table: Table) -> Signatures:
    """The signatures in a table."""
    rows = table.tables("signatures", "signature")
    return Signatures(
        hexadecimal(table, "of", 32), tuple(from_table(row, _signature) for row in rows)
    )


def _signature(table: Table) -> Signature:
    return Signature(hexadecimal(table, "key", 16), hexadecimal(table, "value", 64))


def with_signature(signatures: Signatures, key: PrivateKey, kind: Kind, data: bytes) -> Signatures:
    """The signatures with that of one more key, in place of an earlier one of the same key."""
    own = key_id(public_of(key))
    known = signatures.each if signatures.of == digest_of(data) else ()
    kept = tuple(one for one in known if one.key != own)
    mine = Signature(own, sign(key, kind, data).hex())
    return Signatures(digest_of(data), (*kept, mine))


def require(
    signatures: Signatures, kind: Kind, data: bytes, keys: Mapping[str, bytes], threshold: int
) -> frozenset[str]:
    """Ids of the trusted keys that signed, if they are enough.

    Two signatures of one key count once.

    Raises:
        MixAndMatch: the signatures are those of another file.
        ArbitraryInstall: none is of a trusted key.
        WrongKey: fewer keys than are needed.
    """
    if signatures.of != digest_of(data):
        raise MixAndMatch("its signatures belong to another list of contents. Ask for it anew.")
    good = frozenset(
        one.key
        for one in signatures.each
        if one.key in keys and is_signed(keys[one.key], kind, data, bytes.fromhex(one.value))
    )
    needed = max(threshold, LEAST_KEYS)
    if not good:
        raise ArbitraryInstall(
            "no signature on it is by a key that this machine trusts,"
            " or it was changed after it was signed."
        )
    if len(good) < needed:
        named = [one.key for one in signatures.each if one.key in good]
        twice = " One key signed more than once, which counts once." if len(named) > 1 else ""
        raise WrongKey(
            f"{len(good)} of the right keys signed it and {needed} different ones must.{twice}"
        )
    return good
