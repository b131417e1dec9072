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


def choose(question: str) -> str | None:
    """The id of the calculator that a question names, or None.

    Rows are tried in order; a calculator's own id and title are recognised too.
    """
    lower = " ".join(question.lower().split())
    for name, pattern in _rows():
        if pattern.search(lower):
            return name
    for each in calculators().values():
        if each.title.lower() in lower or each.id.replace("-", " ") in lower.replace("-", " "):
            return each.id
    return None
