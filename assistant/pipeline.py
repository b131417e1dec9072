"""The whole journey of a question, on one page.

Question -> triage -> scope -> facts -> engines -> library -> writer -> gate -> Answer. Each is a
pure module of its own; this one only leads from one to the next and keeps the time.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from assistant.clinical.allergies import Allergies
from assistant.clinical.volumes import Fluids, in_words
from assistant.differences import by_precedence, differences
from assistant.engines.engines import Engines
from assistant.engines.merge import with_findings
from assistant.errors import ModelError
from assistant.grounding import Gate
from assistant.looking_up import LookUp
from assistant.messages import (
    Answer,
    Citation,
    Computed,
    Dropped,
    Fact,
    Patient,
    Question,
    Sentence,
    Urgency,
)
from assistant.outcome import (
    NEAREST,
    NOT_FOUND,
    Timer,
    finished,
    missing_facts,
    refused,
    with_spelling,
    with_unanswered,
)
from assistant.parts import Parts
from assistant.scope import Scope, readable
from assistant.tools.box import ToolBox
from assistant.tools.preparing import prepare, with_lines
from assistant.writing.intent import Intents
from assistant.writing.language import LanguageModel
from assistant.writing.model_writer import ModelWriter
from assistant.writing.quotes import Sheet, as_citation
from kb.errors import LibraryDamaged
from kb.library import Library
from kb.ranking import Ranking
from kb.statements import statements

ALLERGIC = "the patient is allergic to"
NEAREST_SHOWN = 3
"""Documents shown when none is sure to answer."""
NO_MODEL = "No language model is installed: the answer is given as quotes from the library."

Triage = Callable[[str, Patient], Urgency]
FindFacts = Callable[[str], tuple[Fact, ...]]
Merge = Callable[[Patient, tuple[Fact, ...]], Patient]


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything that works without a library or a model."""

    triage: Triage
    find_facts: FindFacts
    merge: Merge
    scope: Scope
    intents: Intents
    parts: Parts
    fluids: Fluids
    allergies: Allergies
    engines: Engines = field(default_factory=Engines)


@dataclass(frozen=True, slots=True)
class _Step:
    """What is known so far on the way to an answer."""

    answer: Answer
    patient: Patient
    timer: Timer
    question: Question


class Assistant:
    """Answers questions from one library; safe to share between threads."""

    def __init__(
        self,
        library: Library,
        rules: Rules,
        versions: Mapping[str, object],
        model: LanguageModel | None = None,
    ) -> None:
        """Take the library, the rules, version names to report, and a model where one is there."""
        self._library = library
        self._rules = rules
        self._versions = versions
        self._model = model
        self._look_up = LookUp(library, rules.intents, rules.parts)
        self._gate = Gate()

    def answer(self, question: Question) -> Answer:
        """The finished answer.

        Raises:
            BadQuestion: there is nothing to answer, or it is too long.
        """
        *_, last = self.stream(question, threading.Event())
        return last

    def stream(self, question: Question, cancelled: threading.Event) -> Iterator[Answer]:
        """Ever fuller answers: danger signs at once, then sentences; the last one is `done`."""
        text = readable(question.text)
        timer = Timer()
        facts = self._rules.find_facts(text)
        patient = self._with_allergies(self._rules.merge(question.patient, facts), text)
        urgency = self._rules.triage(text, patient)
        timer.mark("triage")
        answer = Answer(
            question.text, question.mode, urgency, facts=facts, versions=self._versions, done=False
        )
        yield answer
        refusal = self._rules.scope.refusal(text)
        if refusal is not None:
            yield refused(answer, refusal, timer)
            return
        found = self._rules.engines.findings(text, patient)
        step = _Step(answer, patient, timer, question)
        for written in self._from_library(step, text, cancelled):
            yield with_findings(written, found, self._gate)

    def _from_library(self, step: _Step, text: str, cancelled: threading.Event) -> Iterator[Answer]:
        step.timer.mark("engines")
        found = self._look_up.find(text, step.patient)
        step.timer.mark("retrieve")
        answer = with_spelling(step.answer, found.ranking)
        if found.sheet is None:
            yield self._not_found(replace(step, answer=answer), found.ranking)
            return
        sheet = found.sheet
        answer = self._checked(with_unanswered(answer, found.unanswered), sheet, step.patient)
        answer = replace(answer, missing=missing_facts(found.asked, answer, sheet))
        answer = self._with_volumes(answer, step.patient, sheet)
        if answer.mode == "model":
            yield replace(answer, timings_ms=step.timer.timings())
            yield from self._in_model_words(replace(step, answer=answer), sheet, cancelled)
            return
        step.timer.mark("write")
        yield finished(answer, step.timer)

    def _with_allergies(self, patient: Patient, text: str) -> Patient:
        named = self._rules.allergies.named_in(text)
        return replace(patient, allergies=tuple(dict.fromkeys((*patient.allergies, *named))))

    def _checked(self, answer: Answer, sheet: Sheet, patient: Patient) -> Answer:
        """Only quotes that the gate lets through and that the patient is not allergic to."""
        kept: list[Sentence] = []
        dropped: list[Dropped] = []
        for sentence in sheet.sentences:
            reason = self._barred(sentence, sheet, patient)
            if reason:
                dropped.append(Dropped(sentence.text, reason))
            else:
                kept.append(sentence)
        allergic = sorted({d.reason for d in dropped if d.reason.startswith(ALLERGIC)})
        warnings = (
            *(f"Medicines were left out: {reason}." for reason in allergic),
            *differences([sheet.statements[one.citations[0]] for one in kept]),
        )
        return replace(
            answer,
            sentences=by_precedence(kept, sheet.statements),
            citations=dict(sheet.citations),
            dropped=tuple(dropped),
            warnings=(*answer.warnings, *warnings),
        )

    def _barred(self, quote: Sentence, sheet: Sheet, patient: Patient) -> str:
        """Why a quote must not be shown; empty if it may."""
        statement = sheet.statements[quote.citations[0]]
        verdict = self._gate.quote(quote.text, statement)
        if not verdict.passes:
            return verdict.reason
        allergy = self._rules.allergies.forbids(statement.lines[0], patient.allergies)
        return "" if allergy is None else f"{ALLERGIC} {allergy}"

    def _with_volumes(self, answer: Answer, patient: Patient, sheet: Sheet) -> Answer:
        """The answer with volumes of fluids for the patient's weight behind their quotes."""
        if patient.weight_kg is None:
            return answer
        sentences: list[Sentence] = []
        computed: list[Computed] = []
        for one in answer.sentences:
            sentences.append(one)
            statement = sheet.statements[one.citations[0]]
            volume = self._rules.fluids.compute(one.text, patient.weight_kg, statement.passage.id)
            if volume is not None and self._gate.computed(in_words(volume), volume).passes:
                computed.append(volume)
                sentences.append(Sentence(in_words(volume), "computed", one.citations, one.label))
        return replace(answer, sentences=tuple(sentences), computed=tuple(computed))

    def _in_model_words(
        self, step: _Step, sheet: Sheet, cancelled: threading.Event
    ) -> Iterator[Answer]:
        """The model's sentences that pass the gate; the quotes where it has none or fails."""
        quoted, timer = step.answer, step.timer
        if self._model is None:
            yield finished(_as_quotes(quoted, NO_MODEL), timer)
            return
        writer = ModelWriter(self._model, self._gate, earlier=step.question.earlier)
        box = ToolBox(self._rules.engines, self._look_up, step.patient, sheet)
        answer = quoted
        try:
            if step.question.careful and self._rules.engines.any:
                calls = prepare(self._model, box, quoted, step.patient, cancelled)
                barred = partial(self._barred, sheet=sheet, patient=step.patient)
                quoted = with_lines(quoted, box, sheet, calls, barred)
            steps = writer.write(
                quoted, sheet, step.patient, cancelled, careful=step.question.careful
            )
            for answer in steps:
                yield replace(answer, done=False, timings_ms=timer.timings())
        except ModelError as error:
            answer = _as_quotes(quoted, str(error))
        timer.mark("write")
        yield with_findings(finished(answer, timer), box.findings, self._gate)

    def _not_found(self, step: _Step, ranking: Ranking) -> Answer:
        nearest: list[Citation] = []
        for found in ranking.documents[:NEAREST_SHOWN]:
            best = max(found.hits, key=lambda hit: hit.score)
            try:
                passage = self._library.passage(best.passage.id)
            except LibraryDamaged:
                continue
            document = self._library.document(passage.document)
            nearest += [as_citation(one, document) for one in statements(passage)[:1]]
        unknown = ranking.query.unknown
        words = f" The library has nothing on: {', '.join(unknown)}." if unknown else ""
        abstained = replace(
            step.answer,
            abstained=True,
            reason=NOT_FOUND + (NEAREST if nearest else "") + words,
            missing=tuple(f"a passage on {word}" for word in unknown),
            nearest=tuple(nearest),
        )
        return finished(abstained, step.timer)


def _as_quotes(quoted: Answer, why: str) -> Answer:
    """The answer of reference mode, and why it is none of a model."""
    return replace(quoted, mode="reference", warnings=(*quoted.warnings, why))
