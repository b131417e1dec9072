"""Keeps the roots of trust: those that come with the program, and those added on this machine."""

from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from kb.packs.disk import plain_errors, write_whole
from kb.packs.errors import PackError
from kb.packs.trust import (
    MAX_ROOT,
    Root,
    SignedRoot,
    Trust,
    accepted,
    merged,
    read_root,
    write_root,
)

ENDING = ".root.json"
"""End of the name of every root file."""


def load_trust(folder: Path) -> Trust:
    """Everybody whom this machine trusts.

    Args:
        folder: roots that were added on this machine; it need not be there.

    Raises:
        PackError: a file in the folder is damaged.
    """
    return merged((*_roots(files("kb.packs").joinpath("trust")), *_roots(folder)))


def read_root_file(path: Path) -> SignedRoot:
    """The root in a file.

    Raises:
        PackError: it is none, or not signed by its own keys.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_ROOT + 1)
    except OSError as error:
        message = f"{path.name} cannot be read: {error.strerror}."
        raise PackError(message) from error
    return read_root(data)


def add_root(folder: Path, signed: SignedRoot) -> Root:
    """Trust the keys of a domain from now on.

    Raises:
        PackError: the domain is known, and its keys have not signed the new ones.
    """
    known = load_trust(folder).root(signed.root.domain)
    root = accepted(known, signed)
    if root != known:
        with plain_errors():
            folder.mkdir(parents=True, exist_ok=True)
            write_whole(folder / f"{root.domain}{ENDING}", write_root(signed))
    return root


def _roots(folder: Traversable) -> Iterator[Root]:
    if not folder.is_dir():
        return
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(ENDING):
            try:
                yield read_root(file.read_bytes()).root
            except (OSError, PackError) as error:
                message = f"The trusted keys in {file.name} cannot be used: {error}"
                raise PackError(message) from error
