"""What a text consists of when one asks whether it leans on an earlier one. Pure.

Each word is told apart: a medicine, a statement about the patient, something that is asked, a word
that carries nothing, or a word of its own. The words are data in `words.toml`.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from assistant.clinical.dosing.mentioned import Mentioned
from assistant.clinical.facts import FactReader
from assistant.follow_up.allergies import AllergyReader
from assistant.follow_up.lexicon import Lexicon, Span, Word, folded_in_place, words_of
from assistant.messages import Fact
from kb.text import WORD

PERSON = frozenset(
    "age_days age_group sex weight_kg height_cm pregnant postpartum gest_weeks egfr"
    " creatinine_clearance".split()
)
"""Facts that say who the patient is, and go from one question to the next."""
_LOOSE = frozenset({"age_group", "sex"})
"""Facts that one word tells, which may be a word for somebody else."""


@dataclass(frozen=True, slots=True)
class Named:
    """A medicine where it is named."""

    id: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Reading:
    """A text taken apart; spans are of the text."""

    text: str
    words: tuple[Word, ...]
    medicines: tuple[Named, ...]
    facts: tuple[Fact, ...]
    """What it states of the patient, without what is only near the patient or in doubt."""
    allergies: tuple[tuple[str, Span], ...]
    own: tuple[Word, ...]
    """Words that name a subject and are no medicine."""
    asks: tuple[Word, ...]
    """Words that ask for something of a subject."""
    back: tuple[Span, ...]
    """Words that point at an earlier subject."""


@dataclass(frozen=True)
class Reader:
    """Takes texts apart; keep one, because it holds compiled patterns."""

    medicines: Callable[[], Mentioned]
    """Names of medicines, opened when they are first needed."""
    lexicon: Lexicon = field(default_factory=Lexicon)
    facts: FactReader = field(default_factory=FactReader)

    def read(self, text: str) -> Reading:
        """The parts of a text."""
        words = words_of(text)
        allergies = self.allergies_in(text)
        facts = self.facts_in(text)
        told = [(one.start, one.end) for one in facts] + [span for _, span in allergies]
        named = [one for one in self.named_in(words) if not _within(one, told)]
        taken = [*told, *((one.start, one.end) for one in named)]
        free = [one for one in words if not one.is_amount and not _within(one, taken)]
        asks = [one for one in free if one.text in self.lexicon.aspects]
        own = [one for one in free if one.text not in self.lexicon.small | self.lexicon.aspects]
        back = self._back(text)
        return Reading(
            text, tuple(words), tuple(named), facts, allergies, tuple(own), tuple(asks), back
        )

    def facts_in(self, text: str) -> tuple[Fact, ...]:
        """Who the text says the patient is; the surest of each kind."""
        words = words_of(text)
        found: dict[str, Fact] = {}
        for fact in (*self.facts.find(text), *self._people(words)):
            if fact.name in PERSON and not fact.doubt and not self._is_near(fact, text):
                found.setdefault(fact.name, fact)
        return tuple(found.values())

    def allergies_in(self, text: str) -> tuple[tuple[str, Span], ...]:
        """Allergies that a text states, with the words that state them."""
        return self._allergies.read(text)

    def taken_in(self, text: str) -> tuple[str, ...]:
        """Ids of the medicines that the patient is said to take."""
        folded = folded_in_place(text)
        # Names are opened late; most texts say nothing of the kind.
        if not self.takes.search(folded):
            return ()
        named = self.named_in(words_of(text))
        ids = (one.id for one in named if self._takes.search(folded[: one.start]))
        return tuple(dict.fromkeys(ids))

    def named_in(self, words: Sequence[Word]) -> tuple[Named, ...]:
        """Medicines in the order of the text; of names that overlap the longest counts."""
        found: list[Named] = []
        by_first = self.medicines().by_first
        place = 0
        there = [one.text for one in words]
        while place < len(there):
            fitting = [
                (len(name), own)
                for name, own in by_first.get(there[place], ())
                if tuple(there[place : place + len(name)]) == name
            ]
            length, own = max(fitting, default=(1, ""))
            if own and not _is_illness(own, there[place : place + length]):
                found.append(Named(own, words[place].start, words[place + length - 1].end))
            place += length
        return tuple(found)

    def _is_name(self, text: str) -> bool:
        """Whether a text is the name of one medicine and nothing else."""
        named = self.named_in(words_of(text))
        return any((one.start, one.end) == (0, len(text)) for one in named)

    def _back(self, text: str) -> tuple[Span, ...]:
        """Words that point back; one that points at what follows it is left out."""
        folded = folded_in_place(text)
        dummies = [match.span() for one in self._dummy for match in one.finditer(folded)]
        pointing = [match.span() for one in self._pointing for match in one.finditer(folded)]
        return tuple(
            (start, end)
            for start, end in sorted(pointing)
            if not any(low <= start < high for low, high in dummies)
        )

    def _people(self, words: Sequence[Word]) -> Iterable[Fact]:
        """Persons that the reader of facts does not know."""
        people = self.lexicon.people
        for one in words:
            if one.text in people:
                yield Fact("age_group", people[one.text], one.start, one.end)

    def _is_near(self, fact: Fact, text: str) -> bool:
        """Whether a fact tells of somebody near the patient, or of one who is known already."""
        if fact.name not in _LOOSE:
            return False
        folded = folded_in_place(text)
        said = set(WORD.findall(folded[fact.start : fact.end]))
        before = WORD.findall(folded[: fact.start])[-1:]
        return said <= self.lexicon.near or bool(set(before) & self.lexicon.pointing)

    @cached_property
    def _allergies(self) -> AllergyReader:
        return AllergyReader(self.lexicon, self._is_name)

    @cached_property
    def takes(self) -> re.Pattern[str]:
        """Words before a medicine that somebody takes."""
        return self.lexicon.pattern("patient", "takes")

    @cached_property
    def _takes(self) -> re.Pattern[str]:
        return re.compile(rf"(?:{self.takes.pattern})\W+(?:\w+\W+)?$")

    @cached_property
    def _dummy(self) -> list[re.Pattern[str]]:
        return self.lexicon.patterns("back", "dummy")

    @cached_property
    def _pointing(self) -> list[re.Pattern[str]]:
        words = "|".join(sorted(self.lexicon.set_of("back")))
        return [re.compile(rf"\b(?:{words})\b"), *self.lexicon.patterns("back", "phrases")]


def _is_illness(medicine: str, name: Sequence[str]) -> bool:
    """Whether a name is that of an illness which its vaccine goes by too: measles."""
    return medicine.endswith("-vaccine") and not any("vaccin" in word for word in name)


def _within(one: Word | Named, spans: Iterable[Span]) -> bool:
    return any(low < one.end and one.start < high for low, high in spans)
