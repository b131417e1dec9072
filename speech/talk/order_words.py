"""What a spoken order says: medicine, dose, route, how often, how long, weight, allergy. Pure.

Reads the normalised text (`500 mg twice daily`), never the spoken one. The words are data; names
come from a `NameBook`, so that nothing of medicine stands here.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from importlib.resources import files
from typing import Any

from speech.messages import Doubt
from speech.words.names import NameBook

SIMPLE = ("pregnant", "breastfeeding")
"""Slots whose answer is yes or no."""
_OF_AGE = ("year", "years")
"""A bare answer in these is an age even where nothing was asked; days may be a duration."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One thing that an order needs."""

    name: str
    needed: bool
    ask: str
    shown: str


@dataclass(frozen=True, slots=True)
class Parts:
    """What one utterance says of an order."""

    values: Mapping[str, str]
    """Written value by slot."""
    doubts: tuple[Doubt, ...] = ()
    """Names that have to be chosen first."""


@dataclass(frozen=True)
class OrderWords:
    """The data of spoken orders."""

    table: Mapping[str, Any]
    slots: tuple[Slot, ...]
    language: str = "en"
    """Of questions, headings and sentences; what is understood is English."""

    @cached_property
    def by_name(self) -> dict[str, Slot]:
        """Slots by name."""
        return {slot.name: slot for slot in self.slots}

    def slot(self, name: str) -> Slot:
        """A slot; one that the data do not know is asked for by its name."""
        plain = name.replace("_", " ")
        ask = self.says("find_out").format(thing=plain)
        return self.by_name.get(name) or Slot(name, needed=False, ask=ask, shown=plain.capitalize())

    def says(self, name: str) -> str:
        """A sentence of the assistant."""
        return str(self.table["says"][name])

    def read(self, text: str, book: NameBook, asked: str = "") -> Parts:
        """What an utterance says; a bare answer belongs to the slot that was asked for."""
        plain = " ".join(text.split()).rstrip(".!? ")
        found = book.find(plain)
        values = self._patterns(plain)
        allergy = values.get("allergy", "")
        named = [one for one in found.mentions if one.text.lower() not in allergy.lower()]
        if asked == "allergy" and "allergy" not in values and named:
            values["allergy"] = ", ".join(one.name for one in named)
        elif named:
            values["drug"] = named[0].name
        slot = asked or ("age" if plain.endswith(_OF_AGE) else "")
        if slot and slot not in values and (answer := self._bare(plain, slot)):
            values[slot] = answer
        doubts = tuple(one for one in found.doubts if "drug" in values or one.kind == "name")
        return Parts(values, () if "allergy" in values and "drug" not in values else doubts)

    def times_a_day(self, frequency: str) -> float | None:
        """How often a day a frequency is; None where that does not say it."""
        known = self.table["frequency"]["a_day"].get(frequency)
        if known is not None:
            return float(known)
        times = re.fullmatch(r"(\d+) times daily", frequency)
        hours = re.fullmatch(r"every (\d+) hours", frequency)
        if times:
            return float(times[1])
        return 24 / float(hours[1]) if hours and int(hours[1]) else None

    def is_once(self, frequency: str) -> bool:
        """Whether it is given a single time."""
        return frequency in self.table["frequency"]["once"]

    def _patterns(self, text: str) -> dict[str, str]:
        values = {
            name: value
            for name, reader in (
                ("dose", self._dose), ("route", self._route), ("frequency", self._frequency),
                ("duration", self._duration), ("weight", self._weight), ("age", self._age),
                ("allergy", self._allergy), ("indication", self._indication),
            )
            if (value := reader(text))
        }  # fmt: skip
        if "duration" not in values and self.is_once(values.get("frequency", "")):
            values["duration"] = str(self.table["duration"]["once"])
        return values

    def _bare(self, text: str, asked: str) -> str:
        """An answer that only makes sense behind its question."""
        plain = text.lower()
        if asked == "allergy":
            return self._bare_allergy(plain)
        if asked in SIMPLE:
            answers = self.table["answers"]
            return "yes" if plain in answers["yes"] else "no" if plain in answers["no"] else ""
        if asked in {"weight", "duration"}:
            found = re.fullmatch(self.table[asked]["bare"], text)
            unit = " kg" if asked == "weight" else ""
            return f"{found['value']}{unit}" if found else ""
        if asked == "age":
            found = re.fullmatch(self.table["age"]["bare"], text)
            return _age(found) if found else ""
        return plain if asked not in {"drug", "dose", "route", "frequency"} else ""

    def _bare_allergy(self, plain: str) -> str:
        allergy = self.table["allergy"]
        if plain in allergy["bare_none"]:
            return str(allergy["none_written"])
        return plain if re.fullmatch(allergy["bare"], plain) else ""

    def _dose(self, text: str) -> str:
        dose = self.table["dose"]
        found = re.search(dose["halves"], text) or re.search(dose["pattern"], text)
        return found["value"] if found else ""

    def _route(self, text: str) -> str:
        plain = f" {re.sub(r'[^a-z ]+', ' ', text.lower())} "
        for written, ways in self.table["routes"].items():
            if any(f" {way} " in plain for way in ways):
                return str(written)
        return ""

    def _frequency(self, text: str) -> str:
        lowered = text.lower()
        for pattern in self.table["frequency"]["patterns"]:
            found = re.search(rf"(?<!\w){pattern}(?!\w)", lowered)
            if found:
                return found[0]
        return ""

    def _duration(self, text: str) -> str:
        for pattern in self.table["duration"]["patterns"]:
            found = re.search(rf"(?<!\w){pattern}(?!\w)", text.lower())
            if found:
                return found["value"]
        return ""

    def _weight(self, text: str) -> str:
        found = re.search(self.table["weight"]["pattern"], text)
        return f"{found['value']} kg" if found else ""

    def _age(self, text: str) -> str:
        age = self.table["age"]
        found = re.search(age["pattern"], text) or re.search(age["told"], text)
        return _age(found) if found else ""

    def _allergy(self, text: str) -> str:
        allergy, plain = self.table["allergy"], text.lower()
        if re.search(allergy["none"], plain):
            return str(allergy["none_written"])
        if any(denied in plain for denied in allergy["denied"]):
            return ""
        found = re.search(allergy["pattern"], plain)
        return found["value"].strip(" ,") if found else ""

    def _indication(self, text: str) -> str:
        found = re.search(self.table["indication"]["pattern"], text.lower())
        return found["value"].strip() if found else ""


def _age(found: re.Match[str]) -> str:
    unit = (found["unit"] or "year").removesuffix("s")
    return f"{found['value']} {unit}{'' if found['value'] == '1' else 's'}"


@lru_cache(maxsize=16)
def load_order_words(language: str = "en") -> OrderWords:
    """The data of the package; asked and said in English where a language has no data."""
    table = _table("order.toml")
    slots = tuple(Slot(**slot) for slot in table["slots"])
    own = _table("order_languages.toml").get(language)
    if own is None:
        return OrderWords(table, slots)
    asked = tuple(
        replace(slot, ask=own["slots"][slot.name][0], shown=own["slots"][slot.name][1])
        for slot in slots
    )
    return OrderWords({**table, "says": {**table["says"], **own["says"]}}, asked, language)


@lru_cache(maxsize=2)
def _table(name: str) -> dict[str, Any]:
    text = files("speech.talk").joinpath(name).read_text(encoding="utf-8")
    return tomllib.loads(text)
