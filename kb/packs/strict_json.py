"""JSON that is signed: one way to write it, and no two ways to read it."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any, NoReturn, TypeVar

from kb.formulary_table import BadFormulary, Table
from kb.packs.errors import PackUnreadable
from kb.text import clean

FORMAT = 1
"""Number of the formats of manifest, signatures and roots; a higher one is not read."""
T = TypeVar("T")


def dump(value: object) -> bytes:
    """The one way to write a value: sorted keys, no spaces, UTF-8, a line end."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return f"{text}\n".encode()


def read(data: bytes, where: str, build: Callable[[Table], T]) -> T:
    """What `build` makes of an object whose keys are all known.

    Args:
        data: the file.
        where: its name, for messages.
        build: takes the values out of the table.

    Raises:
        PackUnreadable: it is not JSON, has a key twice or one too many, or a value of a wrong type.
    """
    try:
        values = json.loads(
            data.decode(), object_pairs_hook=_once, parse_constant=_refuse, parse_float=_refuse
        )
    except (UnicodeDecodeError, RecursionError, ValueError) as error:
        raise PackUnreadable(f"{where} cannot be read: it is damaged or was edited.") from error
    if not isinstance(values, dict):
        raise PackUnreadable(f"{where} cannot be read: it is no list of keys and values.")
    if values.get("format") != FORMAT:
        raise PackUnreadable(f"{where} is of a kind that this version of Aidpost does not know.")
    return from_table(Table(where, values, {"format"}), build)


def from_table(table: Table, build: Callable[[Table], T]) -> T:
    """What `build` makes of a table of which nothing may be left over.

    Raises:
        PackUnreadable: naming the key.
    """
    try:
        built = build(table)
        table.done()
    except BadFormulary as error:
        raise PackUnreadable(f"{error}.") from error
    return built


def whole(table: Table, key: str, least: int = 0) -> int:
    """A whole number of at least `least`."""
    value = table.take(key)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value < 2**53:
        raise table.fault(key, f"must be a whole number of {least} or more")
    return value


def line(table: Table, key: str, default: str | None = None) -> str:
    """One short line of text without characters that hide or steer."""
    value = table.text(key, default)
    if clean(value) != value or "\n" in value or "\t" in value or len(value) > 500:
        raise table.fault(key, "must be one line of plain text, at most 500 characters")
    return value


def day(table: Table, key: str) -> date:
    """A date as YYYY-MM-DD, in TOML with or without quotes."""
    value = table.take(key)
    if type(value) is date:
        return value
    try:
        found = date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    if found is None or found.isoformat() != value:
        raise table.fault(key, "must be a date such as 2027-06-30")
    return found


def hexadecimal(table: Table, key: str, length: int) -> str:
    """`length` bytes in lower-case hexadecimal."""
    value = table.text(key)
    if len(value) != 2 * length or not set(value) <= set("0123456789abcdef"):
        raise table.fault(key, f"must be {2 * length} hexadecimal digits")
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise ValueError("a key stands twice")
    return values


def _refuse(text: str) -> NoReturn:
    raise ValueError(text)
