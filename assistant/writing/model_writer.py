"""Model mode: a local language model puts the quotes into sentences, and the gate checks each.

The model sees only statements that reference mode would quote. What it writes is held back until
a whole sentence is there; a sentence the gate does not pass is listed as dropped. Sentences with
amounts are shown as the source has them. If nothing passes, the quotes stand as they are.

In careful mode the model writes several drafts; the gate chooses between them and says what is to
be mended (`strategies`). Whatever a strategy does, only sentences that pass the gate are shown.
"""

import re
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace

from assistant.grounding import Gate, normal
from assistant.messages import Answer, Citation, Dropped, Exchange, Patient, Sentence
from assistant.writing.conversation import budget_for, fitting, remembered
from assistant.writing.language import (
    Cancel,
    Chunk,
    Finish,
    GenerationLimits,
    LanguageModel,
    Prompt,
)
from assistant.writing.prompts import Asked, describe, prompts_of
from assistant.writing.quotes import Sheet, limits_of
from assistant.writing.sentences import SentenceSplitter
from assistant.writing.strategies.asker import Asker
from assistant.writing.strategies.registry import Tools, defaults, strategy
from assistant.writing.strategies.task import Checked, Fault, Result, Task, run
from kb.statements import Statement

_MARKS = re.compile(r"\s*\[\s*c?\d{1,3}(?:\s*[,;]\s*c?\d{1,3})*\s*\]")
_ENDED = re.compile(r"[.!?][\"')\]]*\s*$")
DIRECT = "direct"
"""The strategy of which every sentence is shown as it comes."""
MOST_SENTENCES = 12
MOST_CHARACTERS = 6_000
"""A model that has said this much without being of use is stopped."""
MOST_SHOWN = 400
"""Characters of a dropped sentence that are listed."""
CUT_OFF = "cut off before its end"
LIMITS = GenerationLimits(max_tokens=400)
NOTHING_PASSED = "The language model said nothing that the library carries; its quotes are shown."


@dataclass(frozen=True, slots=True)
class Written:
    """One sentence as the model wrote it."""

    text: str
    """Without its marks."""
    marks: tuple[int, ...]
    whole: bool = True
    """False where the text broke off."""


class ModelWriter:
    """Writes one answer with a model under the gate's eye."""

    def __init__(
        self,
        model: LanguageModel,
        gate: Gate,
        limits: GenerationLimits = LIMITS,
        earlier: Sequence[Exchange] = (),
    ) -> None:
        """Take the model, the gate, and what was said before in the same conversation."""
        self._model = model
        self._gate = gate
        self._limits = limits
        self._earlier = earlier

    def write(
        self,
        quoted: Answer,
        sheet: Sheet,
        patient: Patient,
        cancelled: Cancel,
        *,
        careful: bool = False,
    ) -> Iterator[Answer]:
        """Ever longer answers in the model's words; the last is complete.

        Args:
            quoted: the answer of reference mode, which stands if the model has nothing.
            sheet: its statements by citation key.
            patient: what is known of the patient.
            cancelled: set when the person does not want more.
            careful: whether several drafts are written, of which the gate chooses; the answer
                then may change from step to step.

        Raises:
            ModelError: the model cannot be used.
        """
        known = defaults(self._model.describe().name)
        name = known.careful if careful else known.sentences
        if name == DIRECT:
            yield from self._streamed(quoted, sheet, patient, cancelled)
        else:
            yield from self._drafted(name, quoted, sheet, patient, cancelled)

    def _streamed(
        self, quoted: Answer, sheet: Sheet, patient: Patient, cancelled: Cancel
    ) -> Iterator[Answer]:
        """One text, sentence by sentence as it comes."""
        card = self._model.describe()
        keys, lines = _lines(quoted, sheet, card.context_length)
        prompts = prompts_of(card.family)
        asked = Asked(quoted.question, describe(patient), lines)
        prompt = prompts.of("answer", asked, remembered(self._earlier, card.context_length))
        answer = replace(quoted, sentences=(), mode="model")
        with closing(self._sentences(prompt, cancelled)) as sentences:
            for sentence in sentences:
                if sentence.text.upper().startswith(prompts.abstain):
                    break
                answer = self._add(answer, sentence, keys, sheet)
                yield answer
                if len(answer.sentences) + len(answer.dropped) >= MOST_SENTENCES:
                    break
        yield _finished(quoted, answer)

    def _drafted(
        self, name: str, quoted: Answer, sheet: Sheet, patient: Patient, cancelled: Cancel
    ) -> Iterator[Answer]:
        """The drafts of a strategy, each as the gate leaves it."""
        keys, lines = _lines(quoted, sheet, self._model.describe().context_length)
        empty = replace(quoted, sentences=(), mode="model")

        def read(text: str) -> Answer:
            return self._read_whole(text, empty, keys, sheet)

        def check(text: str) -> Checked:
            answer = read(text)
            faults = tuple(Fault(one.text, one.reason) for one in answer.dropped)
            return Checked(len(answer.sentences), faults[len(empty.dropped) :])

        task = Task(quoted.question, describe(patient), tuple(lines))
        known = remembered(self._earlier, self._model.describe().context_length)
        asker = Asker(self._model, cancelled, earlier=known)
        for result in run(strategy(name, Tools(check=check)), task, asker):
            answer = _with_cost(read(result.draft.text), name, result)
            yield _finished(quoted, answer) if result.done else answer

    def _read_whole(self, text: str, answer: Answer, keys: Sequence[str], sheet: Sheet) -> Answer:
        """The answer with what the gate passes of a whole text."""
        splitter = SentenceSplitter()
        for raw in (*splitter.feed(text), *splitter.flush()):
            if len(answer.sentences) + len(answer.dropped) < MOST_SENTENCES:
                answer = self._add(answer, _read(raw), keys, sheet)
        return answer

    def _sentences(self, prompt: Prompt, cancelled: Cancel) -> Generator[Written, None, None]:
        """Whole sentences as they come; what stands at the end of a broken-off text is marked."""
        splitter = SentenceSplitter()
        length = 0
        finish: Finish = "stop"
        with closing(_generator(self._model.chunks(prompt, self._limits, cancelled))) as chunks:
            for chunk in chunks:
                yield from (_read(raw) for raw in splitter.feed(chunk.text))
                finish = chunk.usage.finish if chunk.usage else finish
                length += len(chunk.text)
                if length > MOST_CHARACTERS:
                    finish = "length"
                    break
        yield from (_read(raw, whole=finish == "stop") for raw in splitter.flush())

    def _add(self, answer: Answer, written: Written, keys: Sequence[str], sheet: Sheet) -> Answer:
        if not (written.whole and _ENDED.search(written.text)):
            dropped = Dropped(written.text[:MOST_SHOWN], CUT_OFF)
            return replace(answer, dropped=(*answer.dropped, dropped))
        cited = [keys[mark - 1] for mark in written.marks if 1 <= mark <= len(keys)]
        verdict = self._gate.written(written.text, [sheet.statements[key] for key in cited])
        if verdict.support is None:
            dropped = Dropped(written.text[:MOST_SHOWN], verdict.reason)
            return replace(answer, dropped=(*answer.dropped, dropped))
        if not verdict.quote_instead:
            key = _key_of(verdict.support, sheet)
            return _with(answer, Sentence(written.text, "written", (key,)))
        shown = (verdict.support, *limits_of(verdict.support, sheet.statements.values()))
        for statement in shown:
            quote = Sentence(statement.text, "quote", (_key_of(statement, sheet),))
            answer = _with(answer, quote)
        return answer


def _with(answer: Answer, sentence: Sentence) -> Answer:
    """The answer with one more sentence, unless it says that already."""
    said = {normal(other.text) for other in answer.sentences}
    if normal(sentence.text) in said:
        return answer
    return replace(answer, sentences=(*answer.sentences, sentence))


def _read(raw: str, *, whole: bool = True) -> Written:
    found = _MARKS.findall(raw)
    marks = tuple(int(number) for mark in found for number in re.findall(r"\d+", mark))
    return Written(_MARKS.sub("", raw).strip(), marks, whole)


def _generator(chunks: Iterator[Chunk]) -> Generator[Chunk, None, None]:
    """The same chunks, in a form that can be closed."""
    yield from chunks


def _key_of(statement: Statement, sheet: Sheet) -> str:
    return next(key for key, known in sheet.statements.items() if known is statement)


def _lines(quoted: Answer, sheet: Sheet, context: int) -> tuple[list[str], list[str]]:
    """Citation keys of the quotes, and their words, in the order of their numbers.

    As many as a model with this context, in tokens, is given to read; the first is always there.
    """
    keys = [sentence.citations[0] for sentence in quoted.sentences]
    lines = [sheet.statements[key].text for key in keys]
    most = max(1, len(fitting(lines, budget_for(context).passages)))
    return keys[:most], lines[:most]


def _with_cost(answer: Answer, name: str, result: Result) -> Answer:
    """The answer with what it cost, beside the versions that made it."""
    cost = {"name": name, "stopped": result.draft.stopped, **asdict(result.cost)}
    return replace(answer, versions={**answer.versions, "strategy": cost})


def _finished(quoted: Answer, answer: Answer) -> Answer:
    """The last answer: the quotes where nothing passed, and the citations it uses."""
    if not answer.sentences:
        answer = _only_quotes(quoted, answer)
    return replace(answer, citations=_used(answer))


def _only_quotes(quoted: Answer, answer: Answer) -> Answer:
    return replace(
        quoted,
        mode="reference",
        dropped=tuple(dict.fromkeys((*quoted.dropped, *answer.dropped))),
        versions=answer.versions,
        warnings=(*quoted.warnings, NOTHING_PASSED),
    )


def _used(answer: Answer) -> dict[str, Citation]:
    used = {key for sentence in answer.sentences for key in sentence.citations}
    return {key: citation for key, citation in answer.citations.items() if key in used}
