"""Which calculator a question asks for."""

import re
import tomllib
from functools import cache
from importlib.resources import files

from assistant.clinical.calculators.registry import calculators


@cache
def _rows() -> tuple[tuple[str, re.Pattern[str]], ...]:
    path = files("assistant.clinical.solve") / "questions.toml"
    rows = tomllib.loads(path.read_text(encoding="utf-8"))["question"]
    return tuple((row["id"], re.compile(row["words"])) for row in rows)


@cache
def _names() -> tuple[tuple[str, str], ...]:
    """Titles and ids between blanks, the longest first, so that a longer name is not cut short.

    An id of one word (`zinc`, `cage`) is an ordinary word too and stands for nothing here.
    """
    known = calculators().values()
    told = [(_plain(each.title), each.id) for each in known]
    told += [(_plain(each.id), each.id) for each in known if "-" in each.id]
    return tuple(sorted(told, key=lambda pair: -len(pair[0])))


def choose(question: str) -> str | None:
    """The id of the calculator that a question names, or None.

    Rows are tried in order; a calculator's own title and id are recognised too.
    """
    lower = " ".join(question.lower().split())
    asked = next((name for name, pattern in _rows() if pattern.search(lower)), None)
    if asked is not None:
        return asked
    plain = _plain(question)
    return next((found for name, found in _names() if name in plain), None)


def _plain(text: str) -> str:
    """Words between single blanks, one before the first and one behind the last."""
    return f" {' '.join(re.findall(r'[a-z0-9]+', text.lower()))} "
