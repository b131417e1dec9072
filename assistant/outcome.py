"""How an answer ends: timed, refused, without a source, and with what is still missing.

Pure functions from one answer to the next.
"""

import time
from collections.abc import Mapping
from dataclasses import replace

from assistant.messages import Answer
from assistant.population import groups
from assistant.scope import Refusal
from assistant.writing.quotes import Sheet
from assistant.writing.select import Asked
from kb.ranking import Ranking

NOT_FOUND = "I don't know from my library."
NEAREST = " What comes nearest is shown; it may not answer this."


class Timer:
    """Milliseconds of each stop, by a clock that never goes back."""

    def __init__(self) -> None:
        self._start = self._last = time.monotonic()
        self.marks: dict[str, float] = {}

    def mark(self, name: str) -> None:
        """Time since the last mark."""
        now = time.monotonic()
        self.marks[name] = round((now - self._last) * 1000, 2)
        self._last = now

    def timings(self) -> Mapping[str, float]:
        """All marks and the total."""
        stops = dict.fromkeys(("triage", "engines", "retrieve", "write"), 0.0)
        total = round((time.monotonic() - self._start) * 1000, 2)
        return {**stops, **self.marks, "total": total}


def finished(answer: Answer, timer: Timer) -> Answer:
    """The last answer: timed, and an abstention where nothing is left to say."""
    if not answer.sentences and not answer.abstained:
        answer = replace(answer, abstained=True, reason=NOT_FOUND)
    return replace(answer, done=True, timings_ms=timer.timings())


def refused(answer: Answer, refusal: Refusal, timer: Timer) -> Answer:
    """The answer to a question outside the intended use."""
    refused = replace(answer, abstained=True, reason=refusal.says, missing=refusal.asks)
    return finished(refused, timer)


def with_spelling(answer: Answer, ranking: Ranking) -> Answer:
    """Says which misspelt words were read as others, so that no name is swapped in silence."""
    read = tuple(
        f"“{term.typed}” was read as “{term.corrected}…”."
        for term in ranking.query.terms
        if term.corrected
    )
    return replace(answer, warnings=(*answer.warnings, *read))


def with_unanswered(answer: Answer, parts: tuple[str, ...]) -> Answer:
    """Says which parts of the question the library does not answer."""
    left = tuple(f"The library has nothing on this part: “{part}”." for part in parts)
    return replace(answer, warnings=(*answer.warnings, *left))


def missing_facts(asked: Asked, answer: Answer, sheet: Sheet) -> tuple[str, ...]:
    """Facts of the patient that would change a dose in the answer."""
    patient = asked.patient
    has_dose = any(sheet.statements[key].has_dose for s in answer.sentences for key in s.citations)
    if not has_dose:
        return ()
    wanted = groups(patient)
    adult = "adult" in wanted or "older" in wanted
    missing = []
    if not wanted:
        missing.append("age")
    if patient.weight_kg is None and not adult:
        missing.append("weight")
    if not patient.allergies and any("allerg" in s.text.lower() for s in answer.sentences):
        missing.append("allergies")
    if patient.pregnant is None and patient.sex != "m" and adult:
        texts = " ".join(s.text.lower() for s in answer.sentences)
        missing += ["pregnancy"] if "pregnan" in texts or "trimester" in texts else []
    return tuple(missing)
