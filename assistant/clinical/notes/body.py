"""Who a note is about: age, sex, weight and height."""

import re
import tomllib
from collections.abc import Iterator
from functools import cached_property
from importlib.resources import files

from assistant.clinical.calculators.model import Field
from assistant.clinical.calculators.reading import plain_number
from assistant.clinical.notes.mention import Mention, time_doubt
from assistant.clinical.notes.sentences import Note, cues

_SCALES = {"year": 1.0, "month": 12.0, "week": 52.1785714, "day": 365.25}
_FACTORS = {"kg": 1.0, "lb": 0.45359237, "g": 0.001, "cm": 1.0, "m": 100.0, "in": 2.54, "mm": 0.1}


class BodyReader:
    """Finds age, sex, weight and height; patterns are compiled on first use."""

    @cached_property
    def _patterns(self) -> dict[str, list[re.Pattern[str]]]:
        path = files("assistant.clinical.notes") / "body.toml"
        rows = tomllib.loads(path.read_text(encoding="utf-8"))
        return {name: [re.compile(each) for each in patterns] for name, patterns in rows.items()}

    def find(self, note: Note, field: Field) -> list[Mention]:
        """Readings of `age`, `sex`, `weight` or `height`."""
        match field.name:
            case "age":
                return list(self._age(note))
            case "sex":
                return list(self._sex(note))
            case _:
                return list(self._size(note, field))

    def _age(self, note: Note) -> Iterator[Mention]:
        for doubt, pattern in enumerate(self._patterns["age"]):
            for match in pattern.finditer(note.lower):
                number = match["n"]
                value = float(number) if number[0].isdigit() else _spelled(number)
                years = value / _SCALES[_unit_of(match)]
                if not 0 <= years <= 120:
                    continue
                away = (
                    4.0
                    if cues().family.search(note.lower[max(0, match.start() - 25) : match.start()])
                    else 0.0
                )
                shown = f"{plain_number(years)} y"
                yield Mention("age", years, shown, *match.span(), doubt / 2 + away)

    def _sex(self, note: Note) -> Iterator[Mention]:
        for doubt, name in enumerate(("sex_near_age", "sex_noun", "sex_pronoun")):
            for pattern in self._patterns[name]:
                for match in pattern.finditer(note.lower):
                    sex = "female" if match["f"] else "male"
                    away = (
                        4.0
                        if cues().family.search(
                            note.lower[max(0, match.start() - 15) : match.end()]
                        )
                        else 0.0
                    )
                    yield Mention("sex", sex, sex, *match.span(), float(doubt) + away)

    def _size(self, note: Note, field: Field) -> Iterator[Mention]:
        low, high = field.hard
        for doubt, pattern in enumerate(self._patterns[field.name]):
            for match in pattern.finditer(note.lower):
                value, shown = _sized(match, field.name)
                if low <= value <= high and not self._other_weight(note, match):
                    when = time_doubt(note, match.start()) + self._at_birth(note, match)
                    yield Mention(field.name, value, shown, *match.span(), when + doubt / 2)

    def _at_birth(self, note: Note, match: re.Match[str]) -> float:
        """Weights at birth count only where no other is told."""
        before = note.lower[max(0, match.start() - 40) : match.end()]
        return 1.5 if any(pattern.search(before) for pattern in self._patterns["birth"]) else 0.0

    def _other_weight(self, note: Note, match: re.Match[str]) -> bool:
        before = note.lower[max(0, match.start() - 30) : match.start()]
        return any(pattern.search(before) for pattern in self._patterns["not_size"])


_SPELLED = {
    word: float(number)
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
        " fifteen sixteen seventeen eighteen nineteen twenty".split()
    )
} | {
    "thirty": 30.0,
    "forty": 40.0,
    "fifty": 50.0,
    "sixty": 60.0,
    "seventy": 70.0,
    "eighty": 80.0,
    "ninety": 90.0,
}


def _spelled(words: str) -> float:
    """`forty-five` is 45; -1 where it is no number."""
    return sum(_SPELLED.get(word, -200.0) for word in words.replace("-", " ").split())


def _unit_of(match: re.Match[str]) -> str:
    unit = match.groupdict().get("u") or "year"
    return next((name for name in _SCALES if unit.startswith(name[0])), "year")


def _sized(match: re.Match[str], name: str) -> tuple[float, str]:
    groups = match.groupdict()
    if groups.get("ft"):
        inches = int(groups["ft"]) * 12 + float(groups.get("in") or 0)
        return (
            inches * 2.54,
            f"{groups['ft']} ft {groups.get('in') or 0} in = {inches * 2.54:.1f} cm",
        )
    number, unit = float(groups["n"].replace(",", "")), (groups.get("u") or "").strip()
    kind = _kind(unit, name, number)
    value = number * _FACTORS[kind]
    shown = f"{plain_number(number)} {kind}"
    canonical = "kg" if name == "weight" else "cm"
    return value, shown if kind == canonical else f"{shown} = {value:.1f} {canonical}"


def _kind(unit: str, name: str, number: float) -> str:
    if name == "weight":
        return "lb" if unit[:1] in ("l", "p") else "g" if unit[:1] == "g" else "kg"
    if unit[:2] == "in":
        return "in"
    if unit[:2] == "mm":
        return "mm"
    return "m" if (unit[:1] == "m" and number < 3) or (not unit and number < 3) else "cm"
