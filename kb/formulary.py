"""The formulary: medicines of the starter pack, read from TOML files, one file a group.

Only the names are read at first; a record is read when it is asked for, since reading all of them
takes longer than answering. `kb.lint_formulary` reads and checks everything.
"""

import json
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from kb.formulary_read import NAMES, read_record
from kb.formulary_table import BadFormulary, Table
from kb.medicines import Formulary, Medicine, Record

_START = re.compile(r"^\[\[medicine\]\][ \t]*(?:#.*)?$", re.MULTILINE)
_TABLE = re.compile(r"^\[", re.MULTILINE)
_NAME = re.compile(rf"^({'|'.join(NAMES)})[ \t]*=[ \t]*(\S.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Entry:
    """The text of one medicine in a file."""

    file: str
    line: int
    """Line of its `[[medicine]]`, from 1."""
    text: str


def starter_formulary() -> Formulary:
    """The formulary that is part of the program."""
    return load_formulary(files("kb.starter").joinpath("formulary"))


def load_formulary(folder: Traversable) -> Formulary:
    """All medicines of the `.toml` files in a folder.

    Raises:
        BadFormulary: a name cannot be read, or an id stands twice.
    """
    found = sorted(
        (file for file in folder.iterdir() if file.name.endswith(".toml")),
        key=lambda file: file.name,
    )
    return parse_formulary((file.name, file.read_text(encoding="utf-8")) for file in found)


def parse_formulary(texts: Iterable[tuple[str, str]]) -> Formulary:
    """The medicines of (file name, text) pairs; their records are read later.

    Raises:
        BadFormulary: a name cannot be read, or an id stands twice.
    """
    medicines: dict[str, Medicine] = {}
    for name, text in texts:
        for entry in entries(name, text):
            medicine = _named(entry)
            if medicine.id in medicines:
                message = f"{name}:{entry.line}: another medicine has the id {medicine.id!r}"
                raise BadFormulary(message)
            medicines[medicine.id] = medicine
    return Formulary(medicines)


def entries(name: str, text: str) -> Iterator[Entry]:
    """The medicines of a file, as text."""
    starts = [match.start() for match in _START.finditer(text)]
    line, last = 1, 0
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        line += text.count("\n", last, start)
        last = start
        yield Entry(name, line, text[start:end])


def read_entry(entry: Entry) -> tuple[dict[str, Any], str]:
    """The values of a medicine and the words that name its place.

    Raises:
        BadFormulary: the text is not TOML.
    """
    try:
        values: dict[str, Any] = tomllib.loads(entry.text, parse_float=Decimal)["medicine"][0]
    except (ValueError, RecursionError) as error:
        message = f"{entry.file}: the medicine that begins in line {entry.line}: {error}"
        raise BadFormulary(message) from error
    return values, f"{entry.file}: {values.get('id', f'line {entry.line}')}"


def _record(entry: Entry) -> Record:
    return read_record(*read_entry(entry))


def _named(entry: Entry) -> Medicine:
    names = _quick_names(entry) or read_entry(entry)[0]
    table = Table(f"{entry.file}:{entry.line}", names)
    return Medicine(
        id=table.text("id"),
        inn=table.text("inn"),
        aliases=table.texts("aliases"),
        classes=table.texts("class"),
        look_alike=table.texts("look_alike"),
        tall=table.text("tall", ""),
        read=partial(_record, entry),
    )


def _quick_names(entry: Entry) -> dict[str, Any] | None:
    """The names when each stands on one line, which is then JSON too; None when one does not."""
    end = _TABLE.search(entry.text, 2)
    head = entry.text[: end.start()] if end else entry.text
    try:
        return {match[1]: json.loads(match[2]) for match in _NAME.finditer(head)}
    except (ValueError, RecursionError):
        return None
