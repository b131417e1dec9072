"""Opens a pack: signatures, version, term and list of contents are checked before it is used."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from kb.packs.contents import Contents, Extract
from kb.packs.errors import ArbitraryInstall, SwappedFile
from kb.packs.manifest import Manifest, digest_of, read_manifest
from kb.packs.policy import (
    Installed,
    Today,
    require_program,
    require_wanted,
    today,
    warnings_for,
)
from kb.packs.signatures import read_signatures
from kb.packs.slots import Slots
from kb.packs.source import open_source, read_head
from kb.packs.staging import Incoming, Version, head_of, require_listed
from kb.packs.trust import Trust


@dataclass(frozen=True, slots=True)
class Machine:
    """What the installer needs to know of the machine."""

    trust: Trust
    app: str
    """Version of the program."""
    extract: Extract
    """Parser for files; in the app it runs in a child process."""
    clock: Callable[[], date]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was done with a pack."""

    manifest: Manifest
    digest: str
    changed: bool
    """False when this version was in use already, or was only looked at."""
    documents: int = 0
    medicines: int = 0
    rules: int = 0
    warnings: tuple[str, ...] = ()


@contextmanager
def open_pack(path: Path, machine: Machine, slots: Slots) -> Iterator[tuple[Incoming, Today]]:
    """A pack that this machine wants, with its files still to be read.

    Raises:
        PackError: the first thing that is wrong with it.
    """
    with open_source(path) as source:
        head, signatures = read_head(source)
        manifest = read_manifest(head)
        if signatures is None:
            raise ArbitraryInstall("nobody has signed it. Ask its publisher for a signed one.")
        now = today_on(slots, machine, manifest)
        machine.trust.check(manifest, head, read_signatures(signatures), now.day)
        require_program(manifest, machine.app)
        known = slots.find(manifest.id)
        require_wanted(manifest, digest_of(head), known, now.day)
        bases = tuple(_versions(slots, known))
        incoming = Incoming(manifest, digest_of(head), head_of(head, signatures), source, bases)
        require_listed(incoming)
        yield incoming, now


def packs_in_use(slots: Slots) -> list[tuple[Installed, Manifest]]:
    """All packs in use whose list of contents holds, with what they say of themselves."""
    return [
        (known, version.manifest)
        for known in slots.all()
        for version in _versions(slots, known)
        if known.current and version.digest == known.current.digest
    ]


def _versions(slots: Slots, known: Installed | None) -> Iterator[Version]:
    """The versions on this machine whose lists of contents hold, that in use first."""
    if known is None:
        return
    for base in (known.current, known.previous):
        if base is not None:
            with suppress(SwappedFile):
                yield slots.version(known.pack, base)


def today_on(slots: Slots, machine: Machine, *trusted: Manifest) -> Today:
    """Today, as far as the clock can be believed: not before a pack in use was made."""
    made = [manifest.made for _, manifest in packs_in_use(slots)]
    return today(machine.clock(), (*made, *(manifest.made for manifest in trusted)))


def outcome(incoming: Incoming, found: Contents, now: Today, *, changed: bool) -> Outcome:
    """What to tell about a pack."""
    return Outcome(
        incoming.manifest,
        incoming.digest,
        changed,
        len(found.cards),
        found.medicines,
        found.rules,
        (*now.warnings, *warnings_for(incoming.manifest, now.day)),
    )
