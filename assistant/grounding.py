"""The gate: no sentence and no number gets into an answer that is not traced.

Pure code, no model. Three kinds pass:

- a quote that stands word for word in a passage whose digest holds;
- a sentence whose numbers all stand in the output or the inputs of an engine;
- a sentence a model wrote, if one statement of a passage it cites carries all of it: every number
  with its unit, every word that matters, in the same order, with the same negations and
  conditions, and little of the line left out. A sentence
  that gives an amount of a medicine is never shown in the model's words; the statement stands in
  for it, with all its conditions.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.messages import Computed
from assistant.quantities import untraced
from kb.statements import Statement, shown
from kb.text import Stemmer, clean, fold, words

NO_CITATION = "no passage is cited for it"
NOT_SUPPORTED = "the cited passage does not say this"
NUMBER = "number not in source"
NEGATION = "the source says the opposite or limits it"
NOT_A_SENTENCE = "not a sentence"
CONTROL = "control text of the model"

LEAST_WORDS = 3
LEAST_KEPT = 0.7
"""Share of the line's words that a sentence must keep: what is left out may be a condition."""
_CONTROL = re.compile(
    r"<\|?/?\w*\|?>|\[/?INST\]|<<SYS>>|</?s>|###|\bassistant\s*:|\buser\s*:|\bsystem\s*:", re.I
)
_NEGATIONS = frozenset(
    "no not never none nor neither without avoid avoided stop stopped unless except cannot don dont"
    " doesn isn aren shouldn contraindicated unsafe instead only".split()
)
_CONDITIONS = frozenset(
    "if when unless except until only while once after before during although but".split()
)
_FREE = frozenset(
    "a an the this that these those is are be been was were it its of to for with by in on as from"
    " their them they he she his her you your we our who which what when also such please patient"
    " person people so there here has have had do does give given giving gives use used using"
    " should and then can may will".split()
)
_DOSE_UNITS = re.compile(
    r"\d\s*(?:mg|micrograms?|mcg|g|mL|ml|L|IU|units?|mmol|tablets?|capsules?|puffs?|drops?|vials?|"
    r"ampoules?|sachets?|%)(?![a-z])|\bhalf\b|\bdouble\b|\bdose\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says of one sentence."""

    reason: str = ""
    """Why it is dropped; empty when it passes."""
    support: Statement | None = None
    """The statement that carries it."""
    quote_instead: bool = False
    """Whether the statement must be shown in the place of the model's words."""

    @property
    def passes(self) -> bool:
        """Whether it may be shown."""
        return not self.reason


class Gate:
    """Checks sentences; keeps stems between them."""

    def __init__(self) -> None:
        """Start with an empty memory."""
        self._stemmer = Stemmer()

    def quote(self, text: str, statement: Statement) -> Verdict:
        """A quote: the passage holds the words at the span, and the text is those words."""
        passage = statement.passage
        begin = statement.start - passage.start
        inside = passage.text[begin : begin + len(statement.quote)] == statement.quote
        if not inside or shown_lines(statement.quote) != text:
            return Verdict(NOT_SUPPORTED)
        return Verdict(support=statement)

    def computed(self, text: str, engine: Computed) -> Verdict:
        """A sentence about an engine's output: all its numbers are the engine's."""
        known = " ; ".join(
            (*engine.result.values(), *engine.inputs.values(), engine.formula, engine.source)
        )
        return Verdict(NUMBER) if untraced(text, known) else Verdict()

    def written(self, text: str, cited: Sequence[Statement]) -> Verdict:
        """A sentence of a model, against all statements of the passages it cites."""
        plain = clean(text).strip()
        if _CONTROL.search(plain):
            return Verdict(CONTROL)
        if len(words(plain)) < LEAST_WORDS:
            return Verdict(NOT_A_SENTENCE)
        if not cited:
            return Verdict(NO_CITATION)
        reasons = []
        instead = bool(_DOSE_UNITS.search(plain))
        for statement in cited:
            for line in statement.lines:
                reason = self._unsupported(plain, line, _heading(statement), whole=not instead)
                if not reason:
                    return Verdict(support=statement, quote_instead=instead)
                reasons.append(reason)
        return Verdict(min(reasons, key=_severity, default=NOT_SUPPORTED))

    def _unsupported(self, text: str, line: str, heading: str, *, whole: bool) -> str:
        """Why one line of a source does not carry the sentence; empty if it does.

        `whole` asks that little of the line is left out and that its conditions are all there;
        it is not needed where the line itself will be shown.
        """
        there = set(self._stems(line)) | set(self._stems(heading))
        if untraced(text, f"{line} . {heading}"):
            return NUMBER
        if not set(self._content(text)) <= there:
            return NOT_SUPPORTED
        for limiting in (_NEGATIONS, _CONDITIONS) if whole else (_NEGATIONS,):
            if set(words(text)) & limiting != set(words(line)) & limiting:
                return NEGATION
        said, source = self._content(text), self._content(line)
        kept = len(set(said) & set(source)) / max(1, len(set(source)))
        if (whole and kept < LEAST_KEPT) or not _in_order(said, source):
            return NOT_SUPPORTED
        return ""

    def _content(self, text: str) -> list[str]:
        """Stems of the words that carry meaning, digits aside (they are checked with units)."""
        return [self._stemmer.stem(w) for w in words(text) if not w[0].isdigit() and w not in _FREE]

    def _stems(self, text: str) -> list[str]:
        return [self._stemmer.stem(word) for word in words(text)]


def shown_lines(quote: str) -> str:
    """The text under which a quote is shown."""
    return " ".join(part for part in (shown(line) for line in quote.split("\n")) if part)


def _heading(statement: Statement) -> str:
    """What a line stands under: words a sentence may borrow."""
    passage = statement.passage
    return " . ".join((passage.title, *passage.section))


def _in_order(wanted: list[str], there: list[str]) -> bool:
    """Whether the wanted stems that stand in the line stand there in the same order.

    A model that swaps two medicines uses only words of the source; their order gives it away.
    """
    present = set(there)
    position = 0
    for stem in wanted:
        if stem not in present:
            continue
        try:
            position = there.index(stem, position) + 1
        except ValueError:
            return False
    return True


def _severity(reason: str) -> int:
    return (NEGATION, NUMBER, NOT_SUPPORTED).index(reason)


def normal(text: str) -> str:
    """Folded words of a text, for comparing two sentences."""
    return " ".join(words(fold(text)))
