"""Illnesses and complaints in a text: present, denied, possible, past, of the family, asked."""

import re
import tomllib
from functools import cached_property
from importlib.resources import files

from assistant.clinical.understood.plain import Plain
from assistant.clinical.understood.scope import Scope
from assistant.clinical.understood.stated import Kind, Stated

_KINDS: tuple[Kind, ...] = ("condition", "symptom")


class ConditionReader:
    """Finds conditions; keep one, because it holds compiled patterns."""

    def __init__(self, scope: Scope) -> None:
        """Take what judges whether a mention holds."""
        self._scope = scope

    @cached_property
    def _names(self) -> dict[Kind, tuple[re.Pattern[str], dict[str, str]]]:
        """For each kind one pattern of all its names, and which group stands for which name."""
        path = files("assistant.clinical.understood") / "conditions.toml"
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        return {kind: _one_pattern(table[kind]) for kind in _KINDS}

    def read(self, text: Plain) -> list[Stated]:
        """All conditions and complaints of a text, each once for each way it is said."""
        found: dict[tuple[str, str, str], Stated] = {}
        for kind, (pattern, names) in self._names.items():
            for match in pattern.finditer(text.lower):
                name = names[match.lastgroup or ""]
                held = self._scope.of(text, *match.span())
                said = Stated(
                    kind, name, name[0].upper() + name[1:], start=match.start(), end=match.end(),
                    status=held.status, whose=held.whose, when=held.when,
                )  # fmt: skip
                found.setdefault((name, held.status, held.whose), said)
        return list(found.values())


def _one_pattern(rows: dict[str, str]) -> tuple[re.Pattern[str], dict[str, str]]:
    names = {f"n{place}": name for place, name in enumerate(rows)}
    words = "|".join(f"(?P<n{place}>{pattern})" for place, pattern in enumerate(rows.values()))
    return re.compile(rf"(?<![a-z0-9])(?:{words})(?![a-z])"), names
