"""SQL as it is written for SQLite, for PostgreSQL. Pure.

Knows only what the statements of this package use.
"""

import re
from functools import lru_cache

_PARTS = re.compile(r"\bx'([0-9a-fA-F]*)'|('(?:[^']|'')*')|(\?)|(%)|(\bIN \(\))", re.IGNORECASE)


@lru_cache(maxsize=512)
def translated(sql: str) -> str:
    """The statement with the driver's marks for parameters.

    An empty list, which only SQLite allows, holds nothing.
    """
    return _PARTS.sub(_one, sql)


def _one(part: re.Match[str]) -> str:
    data, text, mark, percent, _ = part.groups()
    if data is not None:
        return f"'\\x{data}'::bytea"
    if text is not None:
        return text.replace("%", "%%")
    if mark:
        return "%s"
    return "%%" if percent else "IN (NULL)"
