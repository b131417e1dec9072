"""Whether a text speaks of a patient, or only asks or teaches."""

from collections.abc import Sequence
from enum import Enum
from itertools import pairwise

from assistant.messages import Fact
from assistant.triage.context import Cues
from assistant.triage.text import Item, Text

_PERSONAL = frozenset(
    "my our he she him his her i'm me mine i he's she's us myself himself herself".split()
)
_NUMBERS = frozenset(
    "age_days weight_kg rr hr sbp spo2 temp_c glucose hb gcs gest_weeks crt_s muac".split()
)
_LEADS = frozenset(
    "what which how when why who where can could should is are does do will would must may explain"
    " describe define list tell name state outline discuss compare quels quelle quel quelles"
    " comment pourquoi combien cual cuales como cuando cuanto por que quando qual quais quanto kya"
    " kaise kab kitna kitni je nini vipi lini ngapi dalili menene yaya yaushe est peut faut"
    " ما كيف متى هل ምን እንዴት क्या कैसे".split()
)
_AMOUNTS = frozenset(
    {("how", "many"), ("how", "much"), ("what", "is"), ("what", "are"), ("what", "dose")}
)
"""Openings that ask for a number or a definition, even when they name an age."""
_SIZE = frozenset({"age_days", "weight_kg"})
_DOSES = frozenset("dose doses dosage dosing".split())
_TOPICS = frozenset(
    "sign signs symptom symptoms cause causes treatment management prevention complications"
    " definition stages antidote dose dosage doses risk risks indications contraindications".split()
)
_OF = frozenset("of for in to and".split())
_END = 3
_SHORT = 6
"""Words of a title; a longer text that ends so may describe a person."""
_GREETINGS = frozenset("and so in at for if je hi hello please".split())
_NOW = frozenset("now just help please ago minutes today".split())
_SCHOOL = frozenset("exam exams quiz students training mcq simulation drill".split())
_ASKERS = frozenset("should do can could must may if teach tell would shall how".split())
_AUXILIARIES = frozenset("is are can could does do will would must may should has est si".split())


_PEOPLE = frozenset(
    "man woman lady gentleman adult child boy girl kid toddler baby infant newborn neonate teenager"
    " mother father patient pt person mum dad wife husband son daughter farmer worker".split()
)
_BEFORE_PEOPLE = frozenset("a an the this one old young elderly pregnant adult male female".split())
_SUFFERS = frozenset(
    "with has having had is was who bitten stung fitting convulsing seizing bleeding unconscious"
    " collapsed cannot can't not vomiting swallowed drank ate took fell burnt burned stabbed shot"
    " choking".split()
)
"""Words behind a person that begin a description of what is wrong."""


class Speech(Enum):
    """What kind of speech a text is."""

    CASE = "a patient"
    QUESTION = "a question for knowledge"
    TEACHING = "teaching, examination, supplies or fiction"


def speech(text: Text, cues: Cues, facts: Sequence[Fact]) -> Speech:
    """What kind of speech a text is; in doubt, a patient."""
    if cues.of("teaching") and not _urgent_person(text):
        return Speech.TEACHING
    if _person(text, cues, facts):
        return Speech.CASE
    return Speech.QUESTION if asked_items(text, cues) else Speech.CASE


def _urgent_person(text: Text) -> bool:
    """Teaching words do not silence someone who cries for help for a person of their own."""
    tokens = {token.text for token in text.line.tokens}
    mine = not tokens.isdisjoint({"my", "he", "she", "our"})
    return mine and not tokens.isdisjoint(_NOW) and tokens.isdisjoint(_SCHOOL)


def _person(text: Text, cues: Cues, facts: Sequence[Fact]) -> bool:
    tokens = [token.text for token in text.line.tokens]
    names = {fact.name for fact in facts if not fact.doubt} & _NUMBERS
    if cues.of("case") or (names and not (tuple(tokens[:2]) in _AMOUNTS and names <= _SIZE)):
        return True
    if _described(tokens):
        return True
    personal = _PERSONAL & set(tokens)
    if personal - {"i", "me", "us"}:
        return True
    asked = any(one in _ASKERS and other in {"i", "me", "us"} for one, other in pairwise(tokens))
    return bool(personal) and not asked


def _described(tokens: Sequence[str]) -> bool:
    """Whether the text begins with a person and what is wrong, whatever is asked behind it."""
    start = next((place for place, word in enumerate(tokens) if word not in _BEFORE_PEOPLE), 0)
    person, suffers = ([*tokens[start : start + 2], "", ""])[:2]
    return person in _PEOPLE and suffers in _SUFFERS


def asked_items(text: Text, cues: Cues) -> frozenset[int]:
    """Items of the sentences that ask for knowledge; what stands in the others is told."""
    if _names_topic(text):
        return frozenset(range(len(text.items)))
    cued = {at for cue in cues.of("asking") for at in cue.used}
    found: set[int] = set()
    for start, end in _sentences(text.items):
        if _asks(text, start, end) or not cued.isdisjoint(range(start, end)):
            found.update(range(start, end))
    return frozenset(found)


def _sentences(items: Sequence[Item]) -> list[tuple[int, int]]:
    """Items of each sentence, from the first to behind the break that ends it."""
    ends = [at + 1 for at, item in enumerate(items) if item.level >= _END]
    cuts = [0, *ends, len(items)]
    return [(start, end) for start, end in pairwise(cuts) if start < end]


def _asks(text: Text, start: int, end: int) -> bool:
    first, last = text.items[start].token, text.items[end - 1].token
    # Small words are no items: a sentence begins behind the break before it.
    begin = text.items[start - 1].token + 1 if start else 0
    words = {token.text for token in text.line.tokens[begin : last + 1]}
    marked = "?" in words or any(t.text == "?" for t in text.line.tokens[last : last + 2])
    return _leads(text, begin) or (marked and not words.isdisjoint(_LEADS)) or first < begin


def _names_topic(text: Text) -> bool:
    """Whether a text is the name of a topic: `signs of stroke`, `scabies treatment`."""
    words = [token.text for token in text.line.tokens]
    if not words:
        return False
    heads = words[0] in _TOPICS and not _OF.isdisjoint(words[1:4])
    return heads or (words[-1] in _TOPICS and len(words) <= _SHORT)


def _leads(text: Text, token: int) -> bool:
    """Whether a sentence begins as a question; `is vomiting` and `does not wake` do not."""
    words = [other.text for other in text.line.tokens[token : token + 3]]
    if not words:
        return False
    after = words[1] if len(words) > 1 else ""
    if words[0] in _AUXILIARIES and (after in {"not", "no"} or after.endswith("ing")):
        return False
    greeted = words[0] in _GREETINGS and not _LEADS.isdisjoint(words[1:])
    return words[0] in _LEADS or greeted


def asks_amount(text: Text, cues: Cues, facts: Sequence[Fact]) -> bool:
    """Whether it asks how much to give, and the person is only described by age and weight."""
    names = {fact.name for fact in facts if not fact.doubt} & _NUMBERS
    tokens = {token.text for token in text.line.tokens}
    personal = not tokens.isdisjoint(_PERSONAL) or bool(cues.of("case"))
    return names <= _SIZE and not personal and not tokens.isdisjoint(_DOSES)


def described(items: Sequence[Item], facts: Sequence[Fact]) -> bool:
    """Whether any patient is described at all."""
    return bool(facts) or len(items) > 3
