"""Why a pack is refused; every message is a sentence for the person who holds the stick.

LibraryError
└── PackError               something about a pack that the person should know
    ├── PackUnreadable      no pack, or one that cannot be understood
    ├── PackContentRefused  a card, document or table inside is not fit for use
    └── PackRefused         an attack or accident on the way, each with its name
"""

from typing import ClassVar

from kb.errors import LibraryError


class PackError(LibraryError):
    """Something about a pack that the person should know."""


class PackUnreadable(PackError):
    """It is no pack, or is one that this version does not understand."""


class PackContentRefused(PackError):
    """A card, document or table in the pack is not fit for use."""


class PackRefused(PackError):
    """The pack is not what its publishers made, or not what should be installed now."""

    attack: ClassVar[str]
    """Name of the attack that the check stops."""

    def __init__(self, reason: str) -> None:
        """Take the reason as a sentence; the name of the attack is put before it."""
        super().__init__(f"The pack is refused ({self.attack}): {reason}")
        self.reason = reason


class ArbitraryInstall(PackRefused):
    """Nobody whom this machine trusts has signed it."""

    attack = "arbitrary install"


class RollbackAttack(PackRefused):
    """It is older than what this machine has had."""

    attack = "rollback"


class FreezeAttack(PackRefused):
    """It is what this machine has already, offered beyond its term."""

    attack = "freeze"


class MixAndMatch(PackRefused):
    """It holds parts of different packs."""

    attack = "mix-and-match"


class EndlessData(PackRefused):
    """It holds more bytes than it says, or than are allowed."""

    attack = "endless data"


class WrongKey(PackRefused):
    """Too few of the right keys have signed it."""

    attack = "wrong key"


class ExpiredPack(PackRefused):
    """Its term is over."""

    attack = "expired"


class TruncatedPack(PackRefused):
    """A part of it is missing."""

    attack = "truncated"


class SwappedFile(PackRefused):
    """A file is not the one that was signed."""

    attack = "swapped file"


class ZipSlip(PackRefused):
    """A name points outside of the pack."""

    attack = "zip slip"


class SymlinkInPack(PackRefused):
    """It holds a link or another thing that is no plain file."""

    attack = "symlink"


class DuplicateEntry(PackRefused):
    """Two of its files have names that are one name on some machines."""

    attack = "duplicate entry"
