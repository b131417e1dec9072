"""From a transcript to what a conversation needs: is it a command, and what has to be read back.

What can kill if it was misheard: names of medicines, amounts, routes, how often, how long, weight,
age, allergies. Each becomes an item that is shown large and spoken twice.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from assistant.clinical.facts import find_facts
from assistant.messages import Fact
from speech.messages import Transcript
from speech.talk.commands import Commands
from speech.talk.events import Item, ItemKind, Said
from speech.talk.order_words import OrderWords
from speech.voice.spoken_form import NUMBER, SpokenForm, number_twice
from speech.words.names import Mention, NameBook

_AMOUNT = re.compile(
    r"(?<![\w.])(\d[\d,]*(?:\.\d+)?)(?: to (\d[\d,]*(?:\.\d+)?))? ?"
    r"(international units|[^\W\d_%°][^\s,;]*|%|°C)?"
)
_UNITS_OF_DOSE = re.compile(
    r"(?:mg|mcg|g|mL|L|units|international units|mmol|mEq|%|tablets?|capsules?|puffs?|drops?)"
    r"(?:/.*)?$"
)
_FACTS: dict[str, ItemKind] = {"weight_kg": "weight", "age_days": "age", "allergies": "allergy"}
_OF_MEDICINE: tuple[ItemKind, ...] = ("route", "frequency", "duration")
"""Read back only where a medicine or a dose is named: `now` alone is no order."""


@dataclass(frozen=True, slots=True)
class Understanding:
    """Finds commands and critical items in transcripts."""

    commands: Commands
    book: NameBook
    order_words: OrderWords
    spoken_form: SpokenForm

    def said(self, transcript: Transcript) -> Said:
        """What was said, as far as it can be understood without acting on it."""
        command = self.commands.of(transcript.text, transcript.language)
        sure = min(
            (word.probability for part in transcript.segments for word in part.words), default=1.0
        )
        if command is not None:
            return Said(transcript.text, command, sure=sure)
        items = tuple(self._items(transcript.text))
        return Said(transcript.text, None, items, transcript.doubts, sure)

    def _items(self, text: str) -> Iterator[Item]:
        """Everything critical: medicines, facts, doses, and then how they are given."""
        mentions = self.book.find(text).mentions
        for mention in mentions:
            yield Item("drug", mention.name, _named(mention))
        facts = [fact for fact in find_facts(text) if fact.name in _FACTS]
        for fact in facts:
            shown = text[fact.start : fact.end]
            yield Item(_FACTS[fact.name], shown, self._twice(shown))
        doses = tuple(self._amounts(text, facts))
        yield from doses
        given = _OF_MEDICINE if mentions or doses else ()
        values = self.order_words.read(text, self.book).values
        for slot in (*given, "allergy"):
            if slot in values and slot not in {_FACTS[fact.name] for fact in facts}:
                yield Item(slot, values[slot], self.spoken_form.of(values[slot]))

    def _amounts(self, text: str, facts: list[Fact]) -> Iterator[Item]:
        for found in _AMOUNT.finditer(text):
            if any(fact.start < found.end() and found.start() < fact.end for fact in facts):
                continue
            if _UNITS_OF_DOSE.match(found[3] or ""):
                shown = found[0].strip()
                yield Item("dose", shown, self._twice(shown))

    def _twice(self, shown: str) -> str:
        """An amount with each number in words and again digit by digit."""
        numbers = re.findall(NUMBER, shown)
        if len(numbers) != 1 or "." in numbers[0]:
            return self.spoken_form.of(shown)
        words = self.spoken_form.of(shown)
        single = self.spoken_form.of(numbers[0])
        return words.replace(single, number_twice(numbers[0]), 1)


def _named(mention: Mention) -> str:
    """A name as it is read back; spelled where it is easily confused."""
    if not mention.alike:
        return mention.name
    letters = " ".join(char for char in mention.name.upper() if char.isalnum())
    return f"{mention.name}, {letters}"
