"""How people bring up the topics of the starter cards, in everyday words.

They only help to find a card; nobody is ever shown them.
"""

import tomllib
from collections.abc import Mapping
from importlib.resources import files

FOLDER = "phrasings"


def phrasing_files() -> list[tuple[str, bytes]]:
    """Name and bytes of each file, in the order of their names."""
    folder = files("kb.starter").joinpath(FOLDER)
    found = [file for file in folder.iterdir() if file.name.endswith(".toml")]
    return [(file.name, file.read_bytes()) for file in sorted(found, key=lambda file: file.name)]


def read_phrasings(contents: list[tuple[str, bytes]]) -> Mapping[str, tuple[str, ...]]:
    """Card -> its phrasings, over all files.

    Raises:
        tomllib.TOMLDecodeError: a file is not TOML.
    """
    every: dict[str, tuple[str, ...]] = {}
    for _, data in contents:
        for card, phrasings in tomllib.loads(data.decode()).items():
            every[card] = (*every.get(card, ()), *map(str, phrasings))
    return every
