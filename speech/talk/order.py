"""An order by voice: asks only for what is missing, has it checked, reads it back, leaves a draft.

Pure. What checks is handed in; a draft is text that a person reads, changes and signs. Nothing is
a draft before an explicit yes to exactly what was read back.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal

from speech.messages import Doubt
from speech.talk.order_words import OrderWords, Parts, load_order_words
from speech.talk.says import load_says
from speech.talk.values import load_values

Decision = Literal["ok", "warn", "refuse", "ask"]
CHECKS = "! "
"""Begins the rows of a draft that come from the check."""
_ENGLISH = "en"
_FEW = 6


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the check of an order says."""

    decision: Decision
    says: tuple[str, ...] = ()
    """Reasons and warnings, most important first."""
    missing: tuple[str, ...] = ()
    """Slots that have to be known first."""
    choices: tuple[str, ...] = ()
    """What to pick from for the first missing slot."""
    name: str = ""
    """The medicine as it is printed."""
    source: str = ""


Check = Callable[[Mapping[str, str]], Verdict]


@dataclass(frozen=True, slots=True)
class Draft:
    """A written order for a person to read, change and sign."""

    text: str
    values: Mapping[str, str]
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class OrderTalk:
    """An order as far as it was given."""

    values: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    asked: str = ""
    """The slot that was asked for last."""
    doubts: tuple[Doubt, ...] = ()
    verdict: Verdict | None = None
    """Set while a yes is waited for."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What to say and to show."""

    say: str
    """What the check says, and the assistant's own words behind it."""
    items: tuple[tuple[str, str], ...] = ()
    """Heading and value of each slot, to be read back."""
    choices: tuple[str, ...] = ()
    draft: Draft | None = None
    done: bool = False
    told: str = ""
    """The beginning of `say` that comes from the check, which speaks the library's language."""

    @property
    def own(self) -> str:
        """The assistant's own words, in the language of the person."""
        return self.say.removeprefix(self.told).strip()


Turn = tuple[OrderTalk, Reply]


class OrderDialogue:
    """Leads through one order after another; holds no state of its own."""

    def __init__(self, words: OrderWords, check: Check) -> None:
        """Take the words and what checks an order."""
        self._words = words
        self._check = check

    def speaking(self, language: str) -> "OrderDialogue":
        """The same dialogue, asked and read back in a language."""
        return OrderDialogue(load_order_words(language), self._check)

    def in_english(self, answer: str) -> str:
        """A whole answer in the language of the person as it is kept."""
        return load_values(self._words.language).in_english(answer)

    def begin(self, known: Mapping[str, str]) -> Turn:
        """A new order, with what is already known of the patient."""
        return self._next(OrderTalk(MappingProxyType(dict(known))))

    def heard(self, talk: OrderTalk, parts: Parts) -> Turn:
        """After an utterance: every new value replaces the old one and takes away any yes.

        A medicine that is doubtful stays so until one is chosen or named again.
        """
        named = parts.values.get("drug", "").casefold()
        meant = [one for one in _choices(talk) if one.casefold() == named]
        if meant:
            others = {name: value for name, value in parts.values.items() if name != "drug"}
            return self.chosen(replace(talk, values={**talk.values, **others}), meant[0])
        if not parts.values and not parts.doubts:
            again = self._words.slot(talk.asked).ask if talk.asked else self._words.says("change")
            return replace(talk, verdict=None), Reply(f"{self._words.says('unclear')} {again}")
        values = MappingProxyType({**talk.values, **parts.values})
        kept = () if named else talk.doubts
        return self._next(OrderTalk(values, talk.asked, (*kept, *parts.doubts)))

    def chosen(self, talk: OrderTalk, choice: str) -> Turn:
        """After a choice on the screen: the medicine that is meant, or an answer to the check."""
        if talk.doubts:
            doubt, *others = talk.doubts
            slot = "drug" if doubt.kind in {"name", "sound-alike"} else talk.asked
            values = MappingProxyType({**talk.values, slot: choice})
            return self._next(OrderTalk(values, talk.asked, tuple(others)))
        values = MappingProxyType({**talk.values, talk.asked or "drug": choice})
        return self._next(OrderTalk(values, talk.asked))

    def yes(self, talk: OrderTalk) -> Turn:
        """An explicit yes; it counts only for what was just read back."""
        if talk.verdict is None:
            return self._next(replace(talk, verdict=None))
        draft = Draft(self.text(talk.values, talk.verdict), talk.values, talk.verdict)
        return OrderTalk(), Reply(self._words.says("done"), draft=draft, done=True)

    def no(self, talk: OrderTalk) -> Turn:
        """What was read back is not right."""
        return replace(talk, verdict=None, asked=""), Reply(self._words.says("change"))

    def cancel(self) -> Turn:
        """Drop the order."""
        return OrderTalk(), Reply(self._words.says("cancelled"), done=True)

    def text(self, values: Mapping[str, str], verdict: Verdict) -> str:
        """The order as it is written."""
        rows = [f"{heading}: {value}" for heading, value in self._items(values, verdict)]
        told = [f"{CHECKS}{text}" for text in verdict.says]
        source = [f"{self._words.says('checked')}: {verdict.source}"] if verdict.source else []
        return "\n".join([*rows, *told, *source])

    def _next(self, talk: OrderTalk) -> Turn:
        if talk.doubts:
            doubt = load_says(self._words.language).asked(talk.doubts[0])
            return talk, Reply(doubt.ask, choices=doubt.choices)
        missing = [
            slot for slot in self._words.slots if slot.needed and slot.name not in talk.values
        ]
        if missing:
            slot = missing[0]
            return replace(talk, asked=slot.name), Reply(slot.ask)
        return self._checked(talk)

    def _checked(self, talk: OrderTalk) -> Turn:
        verdict = self._check(talk.values)
        if verdict.decision == "ask":
            return self._asked_by_check(talk, verdict)
        told = " ".join(verdict.says)
        items = self._items(talk.values, verdict)
        if verdict.decision == "refuse":
            says = f"{told} {self._words.says('refused')} {self._words.says('change')}"
            return replace(talk, asked="", verdict=None), Reply(says.strip(), items, told=told)
        back = "; ".join(f"{heading}: {value}" for heading, value in items)
        parts = (told, self._words.says("begin"), f"{back}.", self._words.says("end"))
        ready = replace(talk, asked="", verdict=verdict)
        return ready, Reply(" ".join(part for part in parts if part), items, told=told)

    def _asked_by_check(self, talk: OrderTalk, verdict: Verdict) -> Turn:
        """What the check wants to know is asked once; asked again, it is a refusal."""
        told = " ".join(verdict.says)
        open_slots = [name for name in verdict.missing if name not in talk.values]
        if not open_slots and not verdict.choices:
            says = f"{told} {self._words.says('refused')} {self._words.says('change')}"
            return replace(talk, asked="", verdict=None), Reply(says.strip(), told=told)
        name = open_slots[0] if open_slots else (*verdict.missing, "drug")[0]
        asks = told if verdict.choices else ""
        own = "" if asks and self._words.language == _ENGLISH else self._words.slot(name).ask
        reply = Reply(f"{asks} {own}".strip(), choices=verdict.choices[:_FEW], told=asks)
        return replace(talk, asked=name, verdict=None), reply

    def _items(self, values: Mapping[str, str], verdict: Verdict) -> tuple[tuple[str, str], ...]:
        known = {**values, "drug": verdict.name or values.get("drug", "")}
        ordered = [slot.name for slot in self._words.slots if slot.name in known]
        others = [name for name in known if name not in ordered]
        return tuple(
            (self._words.slot(name).shown, self._written(name, known[name]))
            for name in (*ordered, *others)
        )

    def _written(self, slot: str, value: str) -> str:
        """A value as the person writes it; a medicine is called what it is called."""
        values = load_values(self._words.language)
        return value if slot in {"drug", "indication"} else values.of(slot, value)


def _choices(talk: OrderTalk) -> tuple[str, ...]:
    """What can be chosen for the first doubt."""
    return talk.doubts[0].choices if talk.doubts else ()
