"""The words of the kiosk's own screen in all its languages, and what can be touched: data."""

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

LANGUAGES = ("en", "fr", "es", "sw", "hi", "ar")
RIGHT_TO_LEFT = ("ar",)
OTHER_LETTERS = ("hi", "ar")
"""Languages whose keyboard has no Latin letters."""


@dataclass(frozen=True, slots=True)
class Texts:
    """Everything the page writes by itself, in one language."""

    language: str
    name: str
    """The language in its own words."""
    direction: str
    status: str
    words: dict[str, str]
    topics: list[dict[str, Any]]
    """Topics with their questions: `{"id", "name", "chips": [{"label", "ask"}]}`."""
    keyboard: list[str]
    """Rows of the on-screen keyboard."""
    latin: list[str]
    """Rows of Latin letters, for names of medicines; empty where the keyboard has them."""
    quick: dict[str, list[dict[str, str]]]
    """Values to touch for slots of an order: `{"label", "value"}`."""


@lru_cache(maxsize=4)
def table(name: str) -> dict[str, Any]:
    """One data file of the kiosk."""
    text = files("ui.kiosk").joinpath(name).read_text(encoding="utf-8")
    return tomllib.loads(text)


def load_texts(language: str) -> Texts:
    """The words of a language; English where there are none."""
    known = language if language in LANGUAGES else "en"
    words = table("texts.toml")
    return Texts(
        known,
        words["names"][known],
        "rtl" if known in RIGHT_TO_LEFT else "ltr",
        words["status"][known],
        {key: row[known] for key, row in words["words"].items()},
        [_topic(topic, known) for topic in table("questions.toml")["topic"]],
        list(table("keyboards.toml")["rows"][known]),
        [] if known not in OTHER_LETTERS else list(table("keyboards.toml")["rows"]["en"]),
        {slot: [_quick(row, known) for row in rows] for slot, rows in _quick_rows().items()},
    )


def language_names() -> list[dict[str, str]]:
    """All languages of the screen, each in its own words."""
    names = table("texts.toml")["names"]
    return [{"id": language, "name": names[language]} for language in LANGUAGES]


def _topic(topic: dict[str, Any], language: str) -> dict[str, Any]:
    chips = [{"label": chip[language], "ask": chip["ask"]} for chip in topic["chips"]]
    return {"id": topic["id"], "name": topic[language], "chips": chips}


def _quick_rows() -> dict[str, list[dict[str, str]]]:
    return dict(table("questions.toml")["quick"])


def _quick(row: dict[str, str], language: str) -> dict[str, str]:
    return {"label": row[language], "value": row["value"]}
