"""Check files of the formulary: the part of `python -m kb.lint` for `formulary/*.toml`."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from kb.errors import LibraryError
from kb.formulary import Entry, entries, read_entry
from kb.formulary_read import read_record
from kb.lint_formulary_rows import Found, medicine_faults
from kb.lint_rules import Fault
from kb.medicines import Medicine
from kb.text import fold

FORMULARY = Path(__file__).parent / "starter" / "formulary"
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_ATC = re.compile(r"[A-Z]\d\d[A-Z]{1,2}\d{0,2}")
_REVIEW = "draft, not clinician-reviewed"


@dataclass(frozen=True, slots=True)
class Names:
    """Which medicine each id and alias of the formulary belongs to, folded."""

    ids: dict[str, list[str]]
    """Places (`file:line`) by id."""
    owners: dict[str, set[str]]
    """Ids by folded id, name or alias."""


def formulary_files(path: Path) -> list[Path]:
    """The formulary files at a path: itself, or all in folders named `formulary` below it."""
    path = path.resolve()
    found = sorted(path.rglob("*.toml")) if path.is_dir() else [path]
    return [file for file in found if file.suffix == ".toml" and file.parent.name == "formulary"]


def lint_formulary(chosen: Sequence[Path], library: Path = FORMULARY) -> Iterator[str]:
    """Faults of formulary files, each as `path:line: message`.

    Names are compared with those of every file of `library` too.
    """
    everything = sorted({*chosen, *(formulary_files(library) if library.exists() else [])})
    names = know_names(everything)
    for file in chosen:
        for fault in sorted(set(lint_file(file.name, file.read_text("utf-8", "replace"), names))):
            yield f"{file}:{fault.line}: {fault.message}"


def know_names(all_files: Iterable[Path]) -> Names:
    """The names of all medicines in some files; files that cannot be read add nothing."""
    names = Names({}, {})
    for file in all_files:
        for entry in entries(file.name, file.read_text("utf-8", "replace")):
            add_names(names, entry)
    return names


def add_names(names: Names, entry: Entry) -> None:
    """Note the names of one medicine."""
    try:
        values, _ = read_entry(entry)
    except LibraryError:
        return
    own, aliases = values.get("id"), values.get("aliases", [])
    if isinstance(own, str) and isinstance(aliases, list):
        names.ids.setdefault(own, []).append(f"{entry.file}:{entry.line}")
        for name in (own, values.get("inn", own), *aliases):
            names.owners.setdefault(_key(str(name)), set()).add(own)


def lint_file(name: str, text: str, names: Names) -> Iterator[Fault]:
    """Faults of one file."""
    yield from _characters(text)
    try:
        whole = tomllib.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        line = re.search(r"at line (\d+)", str(error))
        yield Fault(int(line[1]) if line else 1, f"not TOML: {error}")
        return
    for key in whole.keys() - {"medicine"}:
        yield Fault(1, f"`{key}` stands outside [[medicine]]")
    for entry in entries(name, text):
        yield from _entry_faults(entry, names)


def _characters(text: str) -> Iterator[Fault]:
    lines = text.split("\n")
    comment = " ".join(line for line in lines[:5] if line.startswith("#"))
    if _REVIEW not in comment.casefold():
        yield Fault(1, f"the first lines must say {_REVIEW!r} in a comment")
    for number, line in enumerate(lines, 1):
        odd = sorted({char for char in line if not " " <= char <= "~"})
        if odd:
            yield Fault(number, f"not plain ASCII: {' '.join(map(ascii, odd))}")


def _entry_faults(entry: Entry, names: Names) -> Iterator[Fault]:
    try:
        values, where = read_entry(entry)
        record = read_record(values, where)
    except LibraryError as error:
        yield Fault(entry.line, str(error))
        return
    yield from _name_faults(entry, values, names)
    medicine = Medicine(str(values.get("id")), str(values.get("inn")))
    for code in record.atc:
        if not _ATC.fullmatch(code):
            yield Fault(entry.line, f"{code!r} is not a code of the ATC")
    for found in medicine_faults(medicine, record):
        yield _located(entry, medicine.id, found)


def _located(entry: Entry, name: str, found: Found) -> Fault:
    """The fault with the line of its table."""
    table, number, message = found
    if not table:
        return Fault(entry.line, f"{name}: {message}")
    starts = list(re.finditer(rf"^\[\[medicine\.{table}\]\]", entry.text, re.MULTILINE))
    offset = entry.text.count("\n", 0, starts[number - 1].start()) if number <= len(starts) else 0
    return Fault(entry.line + offset, f"{name}, {table} {number}: {message}")


def _name_faults(entry: Entry, values: dict[str, object], names: Names) -> Iterator[Fault]:
    own = values.get("id")
    if not isinstance(own, str) or not _SLUG.fullmatch(own):
        yield Fault(entry.line, f"`id` {own!r} is no slug (a-z, 0-9, hyphens)")
        return
    if not isinstance(values.get("inn"), str) or not isinstance(values.get("class"), list):
        yield Fault(entry.line, f"{own}: `inn` and `class` must stand there")
    for slug in _texts(values.get("class")):
        if not _SLUG.fullmatch(slug):
            yield Fault(entry.line, f"{own}: class {slug!r} is no slug")
    if len(names.ids.get(own, [])) > 1:
        yield Fault(entry.line, f"{own}: the id stands at {', '.join(names.ids[own])}")
    for alias in _texts(values.get("aliases")):
        others = names.owners.get(_key(alias), set()) - {own}
        if others:
            yield Fault(
                entry.line, f"{own}: alias {alias!r} also names {', '.join(sorted(others))}"
            )


def _texts(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _key(name: str) -> str:
    return " ".join(re.split(r"[\s-]+", fold(name).strip()))
