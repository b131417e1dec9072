"""Recall and false alarms of triage on phrasings written apart from its rules, by kind.

One phrasing in three (by digest) of the first file was set apart and not looked at while the rules
were mended; docs/triage-errors.md gives the figures before and after.
"""

import hashlib
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import median
from time import perf_counter

import pytest

from assistant.messages import LEVELS, Patient
from assistant.triage import Rules, load_rules

ROOT = Path(__file__).parent.parent
FILES = ("triage_phrasings_2.toml", "triage_phrasings_3.toml")
KINDS = ("plain", "lay", "shorthand", "misspelt", "misheard", "numbers")
SPOKEN = ("ar", "es", "fr", "hi", "pt", "sw")
MOST_FALSE_ALARMS = 0.10


@dataclass(frozen=True)
class Row:
    text: str
    kind: str
    level: str
    """The least level that must be reached; `calm` where nothing may be raised."""


def rows_of(name: str) -> Iterator[Row]:
    table = tomllib.loads((ROOT / "tests" / "data" / name).read_text(encoding="utf-8"))
    for group in table["danger"]:
        least = "urgent" if "urgent" in group.get("accept", ()) else group["level"]
        for kind in KINDS:
            yield from (Row(text, kind, least) for text in group.get(kind, ()))
    for group in table["calm"]:
        yield from (Row(text, group["kind"], "calm") for text in group["texts"])
    for group in table["language"]:
        yield from (Row(text, group["code"], "emergency") for text in group["danger"])
        yield from (Row(text, group["code"], "calm") for text in group["calm"])


@cache
def rows() -> tuple[Row, ...]:
    return tuple(row for name in FILES for row in rows_of(name))


def apart(text: str) -> bool:
    """Whether a phrasing of the first file belongs to the third that was set apart."""
    return hashlib.sha256(text.encode()).digest()[0] % 3 == 0


@pytest.fixture(scope="module")
def rules() -> Rules:
    return load_rules()


def level(rules: Rules, text: str) -> str:
    return rules.triage(text, Patient()).level


def missed(rules: Rules, wanted: Callable[[Row], bool]) -> list[str]:
    return [
        row.text
        for row in rows()
        if row.level != "calm"
        and wanted(row)
        and LEVELS.index(level(rules, row.text)) < LEVELS.index(row.level)
    ]


def test_the_first_file_is_large_enough_and_a_third_is_apart() -> None:
    first = list(rows_of(FILES[0]))
    english = [row for row in first if row.kind not in SPOKEN]
    assert sum(row.level != "calm" for row in english) >= 300
    assert sum(row.level == "calm" for row in english) >= 220
    assert len(english) >= 520
    assert len({row.text for row in first}) == len(first)
    assert 0.25 < sum(apart(row.text) for row in first) / len(first) < 0.42


@pytest.mark.parametrize("code", SPOKEN)
def test_each_language_has_enough(code: str) -> None:
    mine = [row for row in rows_of(FILES[0]) if row.kind == code]
    assert sum(row.level != "calm" for row in mine) >= 15
    assert sum(row.level == "calm" for row in mine) >= 5


@pytest.mark.parametrize("kind", [*KINDS, *SPOKEN])
def test_every_danger_is_recognised(rules: Rules, kind: str) -> None:
    assert missed(rules, lambda row: row.kind == kind) == []


def test_false_alarms_stay_rare(rules: Rules) -> None:
    calm = [row for row in rows() if row.level == "calm"]
    raised = [row.text for row in calm if level(rules, row.text) in {"urgent", "emergency"}]
    emergencies = [text for text in raised if level(rules, text) == "emergency"]
    assert len(raised) <= MOST_FALSE_ALARMS * len(calm), raised
    assert len(emergencies) <= MOST_FALSE_ALARMS / 2 * len(calm), emergencies


@pytest.mark.parametrize(
    "changed",
    [
        str.upper,
        str.title,
        lambda text: f"{text}. What should I do?",
        lambda text: f"Patient: {text}",
        lambda text: f"brought in today, {text}, please help",
        lambda text: f"{text}, no known allergies",
        lambda text: text.replace(" ", "  "),
    ],
    ids=["capitals", "title", "question behind", "label", "around", "denial behind", "blanks"],
)
def test_what_stands_around_a_danger_does_not_hide_it(
    rules: Rules, changed: Callable[[str], str]
) -> None:
    dangers = [row.text for row in rows() if row.level == "emergency" and row.kind not in SPOKEN]
    assert [text for text in dangers if level(rules, changed(text)) != "emergency"] == []


def test_judging_is_instant(rules: Rules) -> None:
    times = []
    for row in rows():
        start = perf_counter()
        level(rules, row.text)
        times.append(perf_counter() - start)
    assert median(times) < 0.02


def test_the_analysis_tells_how_many_were_judged() -> None:
    text = (ROOT / "docs" / "triage-errors.md").read_text(encoding="utf-8")
    first = list(rows_of(FILES[0]))
    assert f"{len(first)} phrasings" in text
    assert f"{len(rows()) - len(first)} more" in text
