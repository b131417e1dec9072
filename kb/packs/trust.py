"""Whom this machine trusts: for each trust domain a root that names its keys and their threshold.

Roots come with the program (`kb/packs/trust/`, data) or are added by the person in charge, who
compares the ids of the keys with what the publisher told by another way. A root is replaced only
by its next version, signed by enough of the old keys and enough of the new ones.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date

from kb.formulary_table import Table
from kb.messages import PRECEDENCE, rank_of
from kb.packs.errors import ArbitraryInstall, ExpiredPack, PackError, PackUnreadable, RollbackAttack
from kb.packs.keys import PrivateKey, key_id
from kb.packs.manifest import Manifest, digest_of, slug
from kb.packs.signatures import (
    LEAST_KEYS,
    Signatures,
    from_signatures,
    require,
    with_signature,
)
from kb.packs.strict_json import FORMAT, day, dump, from_table, hexadecimal, line, read, whole

MAX_ROOT = 64_000
"""Most bytes of a root file."""
MOST_KEYS = 20


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """A public key and who holds the private one."""

    public: str
    """32 bytes in hexadecimal."""
    holder: str

    @property
    def id(self) -> str:
        """Id that stands beside its signatures."""
        return key_id(bytes.fromhex(self.public))


@dataclass(frozen=True, slots=True)
class Root:
    """The keys of one trust domain."""

    domain: str
    version: int
    threshold: int
    """How many different keys must sign a pack or the next root."""
    expires: date
    highest: str
    """Highest precedence that packs of this domain may claim."""
    keys: tuple[TrustedKey, ...]

    def publics(self) -> dict[str, bytes]:
        """Public keys by id."""
        return {key.id: bytes.fromhex(key.public) for key in self.keys}


@dataclass(frozen=True, slots=True)
class SignedRoot:
    """A root with its signatures."""

    root: Root
    signatures: Signatures


def root_bytes(root: Root) -> bytes:
    """What the signatures of a root cover."""
    return dump(asdict(root) | {"expires": root.expires.isoformat()})


def signed_by(root: Root, keys: Sequence[PrivateKey]) -> SignedRoot:
    """A root signed by private keys."""
    data = root_bytes(root)
    signatures = Signatures(digest_of(data))
    for key in keys:
        signatures = with_signature(signatures, key, "root", data)
    return SignedRoot(root, signatures)


def write_root(signed: SignedRoot) -> bytes:
    """The root file."""
    root = asdict(signed.root) | {"expires": signed.root.expires.isoformat()}
    rows = [asdict(one) for one in signed.signatures.each]
    return dump({"format": FORMAT, "root": root, "of": signed.signatures.of, "signatures": rows})


def read_root(data: bytes) -> SignedRoot:
    """A root that enough of its own keys have signed.

    Raises:
        PackError: it is no root, or is not signed by its own keys.
    """
    if len(data) > MAX_ROOT:
        raise PackUnreadable("The file is too large to be a list of trusted keys.")
    signed = read(data, "The list of trusted keys", _signed)
    _require(signed, signed.root)
    return signed


def accepted(known: Root | None, new: SignedRoot) -> Root:
    """The root that holds from now on.

    Raises:
        RollbackAttack: it is older than the known one, or not the next one.
        ArbitraryInstall, WrongKey: the known keys have not signed it.
    """
    if known is None or new.root == known:
        return new.root
    if new.root.version <= known.version:
        raise RollbackAttack("these trusted keys are older than those that this machine has.")
    if new.root.version > known.version + 1:
        missing = f"version {known.version + 1}"
        raise PackError(f"Trusted keys are renewed one version at a time: give {missing} first.")
    _require(new, known)
    return new.root


@dataclass(frozen=True, slots=True)
class Trust:
    """All roots of this machine."""

    roots: tuple[Root, ...]

    def root(self, domain: str) -> Root | None:
        """The root of a domain, or None."""
        return next((root for root in self.roots if root.domain == domain), None)

    def check(self, manifest: Manifest, data: bytes, signatures: Signatures, today: date) -> None:
        """Raise unless a manifest is signed by a trusted domain and claims what it may.

        Args:
            manifest: what `data` says.
            data: its bytes.
            signatures: those that came with it.
            today: date against which the root runs.
        """
        root = self.root(manifest.domain)
        if root is None:
            raise ArbitraryInstall(
                f"this machine does not know the keys of “{manifest.domain}”. The person in charge"
                " can add them with `aidpost kb pack trust add`."
            )
        if root.expires < today:
            raise ExpiredPack(
                f"the keys of “{root.domain}” were good until {root.expires}. Ask for newer ones."
            )
        require(signatures, "manifest", data, root.publics(), root.threshold)
        if rank_of(manifest.precedence) > rank_of(root.highest):
            raise ArbitraryInstall(
                f"“{root.domain}” may sign packs of the rank {root.highest} at most,"
                f" and this one claims {manifest.precedence}."
            )


def merged(roots: Iterable[Root]) -> Trust:
    """One root a domain, the newest."""
    newest: dict[str, Root] = {}
    for root in roots:
        known = newest.get(root.domain)
        if known is None or known.version < root.version:
            newest[root.domain] = root
    return Trust(tuple(newest[domain] for domain in sorted(newest)))


def _require(signed: SignedRoot, by: Root) -> None:
    require(signed.signatures, "root", root_bytes(signed.root), by.publics(), by.threshold)


def _signed(table: Table) -> SignedRoot:
    inside = table.table("root")
    if inside is None:
        raise table.fault("root", "must stand there")
    return SignedRoot(from_table(inside, _root), from_signatures(table))


def _root(table: Table) -> Root:
    rows = table.tables("keys", "key")
    root = Root(
        domain=slug(table, "domain"),
        version=whole(table, "version", 1),
        threshold=whole(table, "threshold", LEAST_KEYS),
        expires=day(table, "expires"),
        highest=table.word("highest", PRECEDENCE),
        keys=tuple(from_table(row, _key) for row in rows),
    )
    if not root.threshold <= len(root.publics()) == len(rows) <= MOST_KEYS:
        raise table.fault("keys", "must be different, and enough for the threshold")
    return root


def _key(table: Table) -> TrustedKey:
    return TrustedKey(hexadecimal(table, "public", 32), line(table, "holder"))
