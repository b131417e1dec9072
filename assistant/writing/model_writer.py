"""Model mode: a local language model puts the quotes into sentences, and the gate checks each.

The model sees only statements that reference mode would quote. What it writes is held back until
a whole sentence is there; a sentence the gate does not pass is listed as dropped. Sentences with
amounts are shown as the source has them. If nothing passes, the quotes stand as they are.
"""

import re
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

from assistant.grounding import Gate, normal
from assistant.messages import Answer, Citation, Dropped, Patient, Sentence
from assistant.writing.language import (
    Cancel,
    Chunk,
    Finish,
    GenerationLimits,
    LanguageModel,
    Prompt,
)
from assistant.writing.prompts import build_prompt, load_wording
from assistant.writing.quotes import Sheet, limits_of
from assistant.writing.sentences import SentenceSplitter
from kb.statements import Statement

_MARKS = re.compile(r"\s*\[\s*c?\d{1,3}(?:\s*[,;]\s*c?\d{1,3})*\s*\]")
_ENDED = re.compile(r"[.!?][\"')\]]*\s*$")
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

    def __init__(self, model: LanguageModel, gate: Gate, limits: GenerationLimits = LIMITS) -> None:
        """Take the model and the gate."""
        self._model = model
        self._gate = gate
        self._limits = limits
        self._wording = load_wording()

    def write(
        self, quoted: Answer, sheet: Sheet, patient: Patient, cancelled: Cancel
    ) -> Iterator[Answer]:
        """Ever longer answers in the model's words; the last is complete.

        Args:
            quoted: the answer of reference mode, which stands if the model has nothing.
            sheet: its statements by citation key.
            patient: what is known of the patient.
            cancelled: set when the person does not want more.

        Raises:
            ModelError: the model cannot be used.
        """
        keys = [sentence.citations[0] for sentence in quoted.sentences]
        lines = [sheet.statements[key].text for key in keys]
        family = self._model.describe().family
        prompt = build_prompt(self._wording, family, quoted.question, patient, lines)
        answer = replace(quoted, sentences=(), mode="model")
        with closing(self._sentences(prompt, cancelled)) as sentences:
            for sentence in sentences:
                if sentence.text.upper().startswith(self._wording.abstain):
                    break
                answer = self._add(answer, sentence, keys, sheet)
                yield answer
                if len(answer.sentences) + len(answer.dropped) >= MOST_SENTENCES:
                    break
        if not answer.sentences:
            answer = _only_quotes(quoted, answer)
        yield replace(answer, citations=_used(answer))

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


def _only_quotes(quoted: Answer, answer: Answer) -> Answer:
    return replace(
        quoted,
        mode="reference",
        dropped=(*quoted.dropped, *answer.dropped),
        warnings=(*quoted.warnings, NOTHING_PASSED),
    )


def _used(answer: Answer) -> dict[str, Citation]:
    used = {key for sentence in answer.sentences for key in sentence.citations}
    return {key: citation for key, citation in answer.citations.items() if key in used}
