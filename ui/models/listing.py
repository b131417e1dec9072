"""What the hub says of a repository: its files with their sizes and digests.

Pure reading of the JSON of `/api/models/{repository}/revision/{revision}?blobs=true`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kb.packs.errors import PackError
from kb.packs.names import check_name, shown
from ui.models.errors import HubError

_COMMIT = 40
_HEX = set("0123456789abcdef")


@dataclass(frozen=True, slots=True)
class Digest:
    """What the content of a file has to give."""

    kind: str
    """`sha256` of the content, or `git`, the SHA-1 of the content as git counts it."""
    value: str
    """Hexadecimal, lower case."""


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file of a repository."""

    name: str
    size: int
    digest: Digest


@dataclass(frozen=True, slots=True)
class Listing:
    """A repository at one commit."""

    repository: str
    revision: str
    """Commit, in full."""
    licence: str
    files: tuple[HubFile, ...]


def read_listing(repository: str, data: bytes) -> Listing:
    """A repository as the hub lists it; files without a digest or with a strange name are left out.

    Raises:
        HubError: it cannot be read.
    """
    try:
        values = json.loads(data)
        revision = values["sha"]
        rows = values["siblings"]
        files = [_file(row) for row in rows if _is_file(row)]
        licence = _licence(values)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise HubError(f"What the hub says of {repository} cannot be read.") from error
    if not is_hex(revision, _COMMIT):
        raise HubError(f"The hub does not say which revision of {repository} it gives.")
    return Listing(repository, revision, licence, tuple(file for file in files if file))


def _is_file(row: object) -> bool:
    return isinstance(row, dict) and isinstance(row.get("rfilename"), str)


def _file(row: Mapping[str, Any]) -> HubFile | None:
    """One file; None where the hub declares no digest or a name that is not safe."""
    name, lfs = row["rfilename"], row.get("lfs")
    if isinstance(lfs, dict):
        size, digest = lfs.get("size"), Digest("sha256", str(lfs.get("sha256", "")).casefold())
    else:
        size, digest = row.get("size"), Digest("git", str(row.get("blobId", "")).casefold())
    try:
        check_name(name)
    except PackError:
        return None
    length = {"sha256": 64, "git": 40}[digest.kind]
    if isinstance(size, bool) or not isinstance(size, int) or not 0 <= size < 1 << 50:
        return None
    return HubFile(name, size, digest) if is_hex(digest.value, length) else None


def _licence(values: Mapping[str, Any]) -> str:
    card = values.get("cardData")
    found = card.get("license") if isinstance(card, dict) else None
    return shown(found) if isinstance(found, str) else ""


def is_hex(text: object, length: int) -> bool:
    """Whether something is a text of so many hexadecimal digits."""
    return isinstance(text, str) and len(text) == length and set(text) <= _HEX
