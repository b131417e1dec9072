"""A conversation about one patient: what was asked, what is known, and which dangers still stand.

Pure and immutable: each question gives the next conversation. It ends with "New conversation", with
another patient in the words or on the form, and never by itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from assistant.follow_up.rule import Meant
from assistant.messages import LEVELS, Answer, Exchange, Fact, Flag, Patient, Question

MOST_TURNS = 12
"""Exchanges that are kept; the facts, allergies and dangers of older ones stay."""
MOST_ANSWER = 600
"""Characters of an answer that are kept, in whole sentences."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One exchange."""

    meant: Meant
    answer: str = ""
    topic: str = ""
    """Title of the document that answered it best."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """What is known before the next question."""

    turns: tuple[Turn, ...] = ()
    """Oldest first."""
    known: Mapping[str, str] = field(default_factory=dict)
    """Facts that were said of the patient, by name."""
    allergies: tuple[str, ...] = ()
    drugs: tuple[str, ...] = ()
    """Medicines that the patient was said to take."""
    flags: tuple[Flag, ...] = ()
    """Danger signs that were raised."""
    form: Mapping[str, str] = field(default_factory=dict)
    """The patient form as it was at the last question."""

    @property
    def is_begun(self) -> bool:
        """Whether anything was asked."""
        return bool(self.turns)


@dataclass(frozen=True, slots=True)
class Typed:
    """What a person asks now."""

    text: str
    patient: Patient = field(default_factory=Patient)
    """The patient of the form."""
    form: Mapping[str, str] = field(default_factory=dict)
    """The filled fields of the form, as they were typed."""
    is_alone: bool = False
    """Whether the person wants it asked without what was said before."""


@dataclass(frozen=True, slots=True)
class Understood:
    """A question as it is understood in its conversation."""

    typed: str
    meant: Meant
    patient: Patient
    """The form, and what was said earlier and still holds."""
    turns: tuple[Turn, ...] = ()
    """What was said before, as far as it counts."""
    kept: tuple[Fact, ...] = ()
    """What was said earlier of the patient and is used now."""
    allergies: tuple[str, ...] = ()
    """Allergies that were stated earlier."""
    drugs: tuple[str, ...] = ()
    """Medicines that were said earlier to be taken."""
    after: Conversation = field(default_factory=Conversation)
    """The conversation with what this text says of the patient, before it is answered."""
    anew: str = ""
    """Why a new conversation was begun; empty where none was."""

    @property
    def is_joined(self) -> bool:
        """Whether the question was joined with an earlier one."""
        return self.meant.kind != "alone"

    @property
    def leans(self) -> bool:
        """Whether anything of the conversation is used that asking it alone would leave out."""
        return self.is_joined or bool(self.kept or self.drugs)

    @property
    def says_something(self) -> bool:
        """Whether there is something to show beside what was typed."""
        return bool(self.leans or self.allergies or self.anew)

    def question(self, usual: Question) -> Question:
        """The question to answer, asked as another one is."""
        earlier = tuple(Exchange(turn.meant.asked, turn.answer) for turn in self.turns)
        return replace(usual, text=self.meant.asked, patient=self.patient, earlier=earlier)


def gone_on(understood: Understood, turn: Turn, raised: Iterable[Flag]) -> Conversation:
    """The conversation with one more exchange, and the danger signs that were raised in it."""
    after = understood.after
    grave = [flag for flag in raised if flag.level in ("emergency", "urgent")]
    flags = strongest((*grave, *after.flags))
    return replace(after, turns=(*after.turns, turn)[-MOST_TURNS:], flags=flags)


def answered(understood: Understood, answer: Answer) -> Conversation:
    """The conversation with an answer, or with as much of it as there is."""
    titles = (one.title for one in answer.citations.values() if one.end > one.start)
    turn = Turn(understood.meant, said_of(answer), next(titles, ""))
    return gone_on(understood, turn, answer.urgency.flags)


def strongest(flags: Iterable[Flag]) -> tuple[Flag, ...]:
    """Each danger sign once, as urgent as it was ever raised; of equals the first."""
    kept: dict[str, Flag] = {}
    for flag in flags:
        known = kept.get(flag.id)
        if known is None or LEVELS.index(flag.level) > LEVELS.index(known.level):
            kept[flag.id] = flag
    return tuple(kept.values())


def said_of(answer: Answer) -> str:
    """What an answer said, in whole sentences, for a model to read."""
    told = shortened([sentence.text for sentence in answer.sentences])
    return told or (answer.reason or "" if answer.abstained else "")


def shortened(sentences: Sequence[str]) -> str:
    """The first sentences that fit what is kept of an answer; none is cut."""
    kept: list[str] = []
    for sentence in sentences:
        if sum(map(len, kept)) + len(sentence) > MOST_ANSWER:
            break
        kept.append(sentence)
    return " ".join(kept)
