"""From a text to its urgency: the danger signs it holds, and the fixed text for each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from assistant.clinical.facts import FactReader, merge, numbers
from assistant.messages import LEVELS, Fact, Flag, Level, Patient, Urgency
from assistant.triage.case import Speech, asked_items, asks_amount, described, speech
from assistant.triage.context import Context, evidence
from assistant.triage.loader import Book, load_book
from assistant.triage.numbers import Measured, Scales, pregnancy_shock_index
from assistant.triage.people import age_for_bands, people
from assistant.triage.signs import Finder, Occurrence
from assistant.triage.text import Text, prepare

_ORDER: Mapping[Level, int] = {level: rank for rank, level in enumerate(LEVELS)}
_ALTERED = frozenset({"unconscious", "confusion"})
_AGE_QUESTION = "How old is the patient?"
_BIRTH_QUESTION = "Is she pregnant, or did she give birth in the last 6 weeks?"


@dataclass(frozen=True, slots=True)
class Raised:
    """A flag before its text is looked up."""

    flag: str
    level: Level
    evidence: str
    source: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What holds for the patient: signs with the words or numbers that show them."""

    words: Mapping[str, str]
    measured: Sequence[Measured]
    shown: Mapping[str, str]
    """Name of a fact -> its words in the text."""
    groups: frozenset[str]

    @property
    def signs(self) -> frozenset[str]:
        """Every sign, from words or from numbers."""
        return frozenset(self.words) | {item.sign for item in self.measured}

    def evidence(self, signs: Iterable[str]) -> str:
        """The words and numbers that show some signs."""
        found = [self.words[sign] for sign in signs if sign in self.words]
        found += [
            self.shown.get(item.name, item.name) for item in self.measured if item.sign in signs
        ]
        return "; ".join(dict.fromkeys(found))


class Rules:
    """The compiled rules; one object serves every question."""

    def __init__(self, book: Book) -> None:
        """Compile what the book holds."""
        self._book = book
        self._finder = Finder(book.phrases, book.blockers)
        self._context = Context(book)
        self._scales = Scales(book.bands, book.news2)
        self._facts = FactReader()

    def triage(self, text: str, patient: Patient) -> Urgency:
        """How urgent a text is, with the flags it raises; never fails, never calls a model."""
        ready = prepare(text, self._book.vocabulary, self._book.words.fillers, self._book.rewrites)
        facts = self._facts.find_in(ready.line)
        whole = merge(patient, facts)
        ask = tuple(fact.doubt for fact in facts if fact.doubt)
        cues = self._context.cues(ready)
        kind = speech(ready, cues, facts)
        asked = asked_items(ready, cues) if kind is Speech.QUESTION else frozenset()
        if kind is Speech.TEACHING or len(asked) == len(ready.items) > 0:
            return Urgency("none", (), ask)
        hits = self._context.holding(ready, self._finder.find(ready), cues)
        hits = [hit for hit in hits if hit.used.isdisjoint(asked)]
        seen = self._seen(text, ready, hits, facts, whole)
        raised = [*self._single(seen), *self._together(seen), *self._scores(seen, facts, whole)]
        if asks_amount(ready, cues, facts):
            raised = [item for item in raised if item.level == "emergency"]
        flags = self._flags(raised)
        if not flags:
            level: Level = "routine" if described(ready.items, facts) else "none"
            return Urgency(level, (), ask)
        return Urgency(flags[0].level, flags, ask + _questions(seen.groups, flags))

    def _seen(
        self,
        text: str,
        ready: Text,
        hits: Sequence[Occurrence],
        facts: Sequence[Fact],
        whole: Patient,
    ) -> Seen:
        words: dict[str, str] = {}
        for hit in hits:
            start, end = ready.line.span(*evidence(ready, hit))
            words.setdefault(hit.sign, text[start:end])
        groups = people(whole, facts)
        values = numbers(facts)
        if whole.weight_kg is not None:
            values["weight_kg"] = whole.weight_kg
        measured = tuple(self._scales.judge(values, age_for_bands(whole, groups)))
        shown = {fact.name: text[fact.start : fact.end] for fact in reversed(facts)}
        return Seen(words, measured, shown, groups)

    def _single(self, seen: Seen) -> list[Raised]:
        raised = []
        for name, said in seen.words.items():
            sign = self._book.signs.get(name)
            level = _level(sign.level, dict(sign.by_people), seen.groups) if sign else "none"
            if sign and not (level == "urgent" and sign.unless & seen.words.keys()):
                raised.append(Raised(sign.flag, level, said, sign.source))
        for item in seen.measured:
            if item.flag:
                said = seen.shown.get(item.name, item.name)
                raised.append(Raised(item.flag, item.level, said, item.source))
        return raised

    def _together(self, seen: Seen) -> list[Raised]:
        signs = seen.signs
        return [
            Raised(rule["flag"], rule["level"], seen.evidence(_named(rule)), rule["source"])
            for rule in self._book.rules
            if _applies(rule, signs, seen.groups)
        ]

    def _scores(self, seen: Seen, facts: Sequence[Fact], whole: Patient) -> list[Raised]:
        values = numbers(facts)
        said = "; ".join(dict.fromkeys(seen.shown[name] for name in seen.shown if name in values))
        if seen.groups & {"pregnant", "postpartum"}:
            return _shock_index(values, said)
        if seen.groups & {"child", "young_infant"} or (whole.age_days or 9999) < 16 * 365:
            return []
        total, most = self._scales.score(values, altered=bool(seen.signs & _ALTERED))
        if total >= 7:
            return [Raised("vital_signs", "emergency", said, "NEWS2")]
        if total >= 5 or most == 3:
            return [Raised("vital_signs", "urgent", said, "NEWS2")]
        return []

    def _flags(self, raised: Iterable[Raised]) -> tuple[Flag, ...]:
        best: dict[str, Raised] = {}
        for item in raised:
            known = best.get(item.flag)
            if item.level in {"urgent", "emergency"} and (
                known is None or _ORDER[item.level] > _ORDER[known.level]
            ):
                best[item.flag] = item
        ranked = sorted(best.values(), key=lambda item: -_ORDER[item.level])
        return tuple(self._flag(item) for item in ranked)

    def _flag(self, item: Raised) -> Flag:
        text = self._book.flags[item.flag]
        calm = item.level != "emergency"
        action = text.calm if calm else text.action
        return Flag(item.flag, text.title, item.level, item.evidence, action, item.source)


def load_rules() -> Rules:
    """The rules of the package, compiled."""
    return Rules(load_book())


def _level(level: Level, by_people: Mapping[str, Level], groups: frozenset[str]) -> Level:
    """The level for these people; when the age is unknown a child is not ruled out."""
    levels = [level]
    if "young_infant" in groups:
        levels.append(by_people.get("infant", by_people.get("child", "none")))
    if groups & {"child", "unknown"}:
        levels.append(by_people.get("child", "none"))
    if "child" in groups:
        levels.append(by_people.get("sure_child", "none"))
    if groups & {"pregnant", "postpartum"}:
        levels.append(by_people.get("pregnant", "none"))
    return max(levels, key=lambda item: _ORDER[item])


def _named(rule: Mapping[str, Any]) -> list[str]:
    return [*rule.get("all", ()), *rule.get("any", ())]


def _applies(rule: Mapping[str, Any], signs: frozenset[str], groups: frozenset[str]) -> bool:
    who = rule.get("people")
    if (who and groups.isdisjoint(who)) or not signs.isdisjoint(rule.get("unless", ())):
        return False
    some = rule.get("any")
    return signs.issuperset(rule.get("all", ())) and (
        not some or len(signs.intersection(some)) >= rule.get("least", 1)
    )


def _shock_index(values: Mapping[str, Decimal], said: str) -> list[Raised]:
    index = pregnancy_shock_index(values)
    if index is None or index < Decimal("0.9"):
        return []
    level: Level = "emergency" if index >= Decimal("1.4") else "urgent"
    return [Raised("shock", level, said, "ELAY16")]


def _questions(groups: frozenset[str], flags: Sequence[Flag]) -> tuple[str, ...]:
    questions = [_AGE_QUESTION] if "unknown" in groups else []
    if groups.isdisjoint({"pregnant", "postpartum", "child", "young_infant"}) and any(
        flag.id in {"convulsion", "acute_abdomen", "bleeding", "hypertensive_emergency", "sepsis"}
        for flag in flags
    ):
        questions.append(_BIRTH_QUESTION)
    return tuple(questions)
