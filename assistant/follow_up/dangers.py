"""Danger signs over a conversation: none is lost by a follow-up, none is invented by it. Pure.

A joined question repeats a subject in few words, in which a question on convulsions may read like a
patient who has them. So danger counts where it stands in the words as they were typed: in the new
text alone, or in it together with the text that it leans on.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from assistant.follow_up.conversation import Understood, strongest
from assistant.messages import LEVELS, Answer, Flag, Level, Patient, Urgency

EARLIER = "earlier in this conversation"
Triage = Callable[[str, Patient], Urgency]


@dataclass(frozen=True, slots=True)
class Dangers:
    """The danger signs of one question in its conversation."""

    understood: Understood
    typed: Urgency | None = None
    """What the typed words tell; None where nothing was joined, so that the answer tells it."""

    def now(self, answer: Answer) -> Answer:
        """The answer with the danger signs of this question."""
        return answer if self.typed is None else replace(answer, urgency=self.typed)

    def standing(self, answer: Answer) -> Answer:
        """The same with those that were raised earlier too, told apart."""
        urgency = standing(self.now(answer).urgency, self.understood.after.flags)
        return replace(answer, urgency=urgency)


def dangers(understood: Understood, triage: Triage) -> Dangers:
    """Look for danger in the words as they were typed."""
    if not understood.is_joined:
        return Dangers(understood)
    alone = triage(understood.typed, understood.patient)
    both = triage(f"{understood.meant.said}\n{understood.typed}", understood.patient)
    ask = tuple(dict.fromkeys((*alone.ask, *both.ask)))
    least = max(alone.level, both.level, key=LEVELS.index)
    return Dangers(understood, _urgency(strongest((*both.flags, *alone.flags)), least, ask))


def raised(understood: Understood, triage: Triage) -> Urgency:
    """The danger signs of one question, without those before it."""
    found = dangers(understood, triage).typed
    return found or triage(understood.typed, understood.patient)


def standing(urgency: Urgency, earlier: Iterable[Flag]) -> Urgency:
    """Danger signs with the earlier ones, which stay until the conversation is ended."""
    marked = [replace(one, evidence=f"{one.evidence}; {EARLIER}") for one in earlier]
    if not marked:
        return urgency
    return _urgency(strongest((*urgency.flags, *marked)), urgency.level, urgency.ask)


def _urgency(flags: Iterable[Flag], least: Level, ask: tuple[str, ...]) -> Urgency:
    """Flags in order of their urgency, and the highest level of all."""
    ordered = sorted(flags, key=lambda flag: -LEVELS.index(flag.level))
    level = max((least, *(flag.level for flag in ordered)), key=LEVELS.index)
    return Urgency(level, tuple(ordered), ask)
