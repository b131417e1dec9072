"""What a question means in its conversation, and of whom it is asked. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property

from assistant.clinical.dosing.mentioned import Mentioned
from assistant.clinical.facts import merge
from assistant.follow_up.conversation import Conversation, Typed, Understood
from assistant.follow_up.lexicon import folded_in_place
from assistant.follow_up.person import Carrier, as_facts, known_of
from assistant.follow_up.reading import PERSON, Reader
from assistant.follow_up.rule import Joiner, Meant
from assistant.messages import Fact, Patient

FORM_CHANGED = "The patient form was changed."


@dataclass(frozen=True)
class FollowUps:
    """Understands questions in conversations; keep one, because it holds compiled patterns."""

    medicines: Callable[[], Mentioned]
    """Names of medicines, opened when they are first needed."""

    def understand(self, before: Conversation, typed: Typed) -> Understood:
        """What is asked, of whom, in which conversation."""
        anew = self._anew(before, typed)
        if anew:
            before = Conversation()
        said = replace(before, turns=(), known={}, drugs=()) if typed.is_alone else before
        meant = self._meant(said, typed.text)
        new = known_of(self._reader.facts_in(typed.text))
        on_form = self._carrier.standing(said.known, known_of(_facts_of(typed.patient)))
        standing = self._carrier.standing(on_form, new)
        stated = tuple(name for name, _ in self._reader.allergies_in(typed.text))
        drugs = () if self._carrier.is_other(said.known, new) else said.drugs
        used = self._not_named(drugs, meant.asked)
        after = replace(
            before,
            known={**standing, **new},
            allergies=tuple(dict.fromkeys((*before.allergies, *stated))),
            drugs=tuple(dict.fromkeys((*drugs, *self._reader.taken_in(typed.text)))),
            form=dict(typed.form),
        )
        kept = as_facts(_not_given(standing, typed.patient))
        patient = merge(_with(typed.patient, after.allergies, used), kept)
        return Understood(
            typed.text, meant, patient, said.turns, kept, before.allergies, used, after, anew
        )

    def _meant(self, said: Conversation, text: str) -> Meant:
        """What a text means after the last question that was about something.

        Subjects are read when they are needed: the names of medicines take half a second to open,
        and the first danger must not wait for them.
        """
        for turn in reversed(said.turns):
            meant = turn.meant if turn.meant.is_read else self._joiner.alone(turn.meant.asked)
            if meant.subject:
                return self._joiner.meant(text, meant, turn.topic)
        return Meant(text)

    def _anew(self, before: Conversation, typed: Typed) -> str:
        """Why somebody else is spoken of from here on; empty where nobody is."""
        if not before.is_begun:
            return ""
        lexicon = self._reader.lexicon
        if lexicon.pattern("anew", "patient").match(folded_in_place(typed.text)):
            return str(lexicon.table["anew"]["says"])
        return FORM_CHANGED if _is_changed(before.form, typed.form) else ""

    def _not_named(self, drugs: Sequence[str], text: str) -> tuple[str, ...]:
        """Medicines that are taken, without those that are asked about."""
        if not drugs:
            return ()
        named = {one.id for one in self._reader.read(text).medicines}
        return tuple(one for one in drugs if one not in named)

    @cached_property
    def _reader(self) -> Reader:
        return Reader(self.medicines)

    @cached_property
    def _joiner(self) -> Joiner:
        return Joiner(self._reader)

    @cached_property
    def _carrier(self) -> Carrier:
        return Carrier(Decimal(self._reader.lexicon.table["patient"]["grown_kg"]))


def _is_changed(old: Mapping[str, str], new: Mapping[str, str]) -> bool:
    """Whether a value was changed or taken away; one that is filled in or added to is no change."""
    return any(not _parts(value) <= _parts(new.get(name, "")) for name, value in old.items())


def _parts(value: str) -> set[str]:
    """What stands between the commas of a field."""
    return {part.strip().casefold() for part in value.split(",")} - {""}


def _facts_of(patient: Patient) -> list[Fact]:
    """What a form says of the patient, as facts."""
    given = ((name, getattr(patient, name)) for name in sorted(PERSON))
    return [
        Fact(name, str(value).lower(), 0, 0) for name, value in given if value not in (None, "")
    ]


def _not_given(known: Mapping[str, str], patient: Patient) -> dict[str, str]:
    return {name: value for name, value in known.items() if getattr(patient, name) is None}


def _with(patient: Patient, allergies: Sequence[str], drugs: Sequence[str]) -> Patient:
    return replace(
        patient,
        allergies=tuple(dict.fromkeys((*patient.allergies, *allergies))),
        drugs=tuple(dict.fromkeys((*patient.drugs, *drugs))),
    )
