"""Cuts `age=2y conditions=cardiac failure, asthma`, or an object, into names and values; pure.

A value goes up to the next `name=`, so that it may have several words; what stands in quotation
marks is one value whatever is in it.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from assistant.errors import BadPatient
from kb.text import clean

_NAME = re.compile(r"(?<!\w)([a-z_]\w*)\s*=\s*", re.IGNORECASE | re.ASCII)
_QUOTED = re.compile(r'"([^"]*)"')
_BETWEEN = " ,;\n\t"


def items_of(given: object) -> list[tuple[str, Any]]:
    """Names in lower case with their values; of nothing there are none.

    Raises:
        BadPatient: words that belong to no name, a name that stands twice, or no object.
    """
    if given is None:
        return []
    if isinstance(given, str):
        return list(_once(given))
    if not isinstance(given, Mapping):
        message = 'The patient must be an object, such as {"age_years": 2, "weight_kg": 12}.'
        raise BadPatient(message)
    items = [(str(key).lower(), value) for key, value in given.items()]
    for key, value in items:
        if _nested(value):
            message = f"“{key}” must be one value or a list of values."
            raise BadPatient(message)
    return items


def _nested(value: object) -> bool:
    """Whether it is more than one value or a list of values."""
    parts = value if isinstance(value, list | tuple) else [value]
    return any(isinstance(part, list | tuple | dict) for part in parts)


def _once(given: str) -> list[tuple[str, str]]:
    text = clean(given).strip(_BETWEEN)
    found = list(_pairs(text))
    names = [name for name, _ in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        message = f"“{twice}” is given twice."
        raise BadPatient(message)
    return found


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    name, at = _NAME.search(text), 0
    while name is not None:
        _require_nothing(text[at : name.start()])
        quoted = _QUOTED.match(text, name.end())
        at = quoted.end() if quoted else name.end()
        after = _NAME.search(text, at)
        if quoted is None:
            at = after.start() if after else len(text)
        value = quoted[1] if quoted else text[name.end() : at].strip(_BETWEEN)
        yield name[1].lower(), value
        name = after
    _require_nothing(text[at:])


def _require_nothing(text: str) -> None:
    """Refuse words that no name stands before."""
    rest = text.strip(_BETWEEN)
    if rest:
        message = f"“{rest}” is not of the form name=value, such as age=2y weight=12kg."
        raise BadPatient(message)
