"""Which names files of a pack may have: the same on every system, and never outside of the pack."""

import unicodedata
from collections.abc import Iterable

from kb.packs.errors import DuplicateEntry, ZipSlip

MANIFEST = "manifest.json"
SIGNATURES = "signatures.json"
OWN = (MANIFEST, SIGNATURES)
"""Files that every pack has beside its contents."""
MAX_NAME = 200
"""Longest name in bytes; old Windows paths end at 260 characters with the folder before them."""

_DEVICES = frozenset(
    ["con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))]
)
_FORBIDDEN = frozenset('\\:*?"<>|')


def checked_names(names: Iterable[str]) -> tuple[str, ...]:
    """The names, if all are safe and no two are one name on some system.

    Raises:
        ZipSlip: a name is absolute, climbs out, or means something else on another system.
        DuplicateEntry: two names are equal without regard to case and to forms of one letter.
    """
    kept = tuple(names)
    seen: dict[str, str] = {}
    for name in kept:
        check_name(name)
        key = folded(name)
        if key in seen:
            raise DuplicateEntry(f"“{shown(name)}” stands in it twice. Ask for the pack anew.")
        seen[key] = name
    for key, name in seen.items():
        if any(parent in seen for parent in _parents(key)):
            raise DuplicateEntry(f"a part of “{shown(name)}” is a file and a folder at once.")
    return kept


def check_name(name: str) -> None:
    """Raise `ZipSlip` unless the name is a plain path below the pack, parted by `/`."""
    parts = name.split("/")
    if not all(_plain(part) for part in parts) or len(name.encode()) > MAX_NAME:
        raise ZipSlip(f"the file name “{shown(name)}” points out of the pack or is not allowed.")


def folded(name: str) -> str:
    """What is equal for two names that some system takes for one."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def shown(name: str) -> str:
    """A name as it can be printed: short, without characters that steer a terminal."""
    return "".join(char if char.isprintable() else "?" for char in name)[:80]


def _plain(part: str) -> bool:
    if part in {"", ".", ".."} or part[-1] in ". " or part[0] == " ":
        return False
    if any(char in _FORBIDDEN or unicodedata.category(char) in {"Cc", "Cf", "Cs"} for char in part):
        return False
    return part.split(".", maxsplit=1)[0].casefold() not in _DEVICES


def _parents(key: str) -> Iterable[str]:
    parts = key.split("/")
    return ("/".join(parts[:count]) for count in range(1, len(parts)))
