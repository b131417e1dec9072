"""The gate: no sentence and no number gets into an answer that is not traced.

Pure code, no model. Three kinds pass:

- a quote that stands word for word in a passage whose digest holds;
- a sentence whose numbers all stand in the output or the inputs of an engine;
- a sentence a model wrote, if one statement of a passage it cites carries all of it: every number
  with its unit and its limit, every word that matters, under the same conditions and the same
  "not", joined in the same way, and nothing left out that limits it (`assistant/gate`). A sentence
  that gives an amount of a medicine is never shown in the model's words; the statement stands in
  for it, with all its conditions.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.gate.compare import Context, Support, compare
from assistant.gate.lexicon import lexicon
from assistant.gate.reading import Reader
from assistant.gate.reasons import (
    CONDITION,
    LEFT_OUT,
    LIMIT,
    NEGATION,
    NOT_SUPPORTED,
    NUMBER,
    ORDER,
)
from assistant.gate.surface import CONTROL, HIDDEN, MARKUP, TALK, orders_a_program, strange
from assistant.gate.tokens import Token
from assistant.messages import Computed
from assistant.quantities import untraced
from kb.statements import Statement, shown
from kb.text import clean, fold, words

__all__ = [
    "CONDITION", "CONTROL", "HIDDEN", "LEFT_OUT", "LIMIT", "MARKUP", "NEGATION", "NOT_A_SENTENCE",
    "NOT_SUPPORTED", "NO_CITATION", "NUMBER", "ORDER", "ORDERS", "TALK", "Gate", "Verdict",
    "normal", "orders_a_program", "shown_lines",
]  # fmt: skip

NO_CITATION = "no passage is cited for it"
NOT_A_SENTENCE = "not a sentence"
ORDERS = "the cited line gives orders to a program"

LEAST_WORDS = 3
LEAST_KEPT = 0.7
"""Share of the line's words that a sentence must keep; calibrated, see `docs/gate.md`."""
_NEARNESS = (NOT_SUPPORTED, NUMBER, LIMIT, ORDER, LEFT_OUT, CONDITION, NEGATION)
"""Reasons, the one of the line that comes nearest last."""
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
    kept: float = 0.0
    """Share of the line's words that the sentence keeps."""

    @property
    def passes(self) -> bool:
        """Whether it may be shown."""
        return not self.reason


class Gate:
    """Checks sentences; keeps stems between them."""

    def __init__(self, least_kept: float = LEAST_KEPT) -> None:
        """Start with an empty memory.

        Args:
            least_kept: share of a line's words that a sentence must keep, 0 to 1.
        """
        self._reader = Reader(lexicon())
        self._least_kept = least_kept
        known = lexicon()
        self._added, self._orders, self._left_out = (
            frozenset(value for phrase in phrases for value in self._values(phrase))
            for phrases in (known.added, known.orders, known.left_out)
        )

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
        source = " ".join(f"{one.text} {_heading(one)}" for one in cited)
        if barred := strange(text, source):
            return Verdict(barred)
        if len(words(clean(text))) < LEAST_WORDS:
            return Verdict(NOT_A_SENTENCE)
        if not cited:
            return Verdict(NO_CITATION)
        told = [one for one in cited if not orders_a_program(one.text)]
        if not told:
            return Verdict(ORDERS)
        return self._best(text, told)

    def _best(self, text: str, cited: Sequence[Statement]) -> Verdict:
        said = self._reader.read(text)
        instead = bool(_DOSE_UNITS.search(text))
        reasons = []
        for statement in cited:
            context = self._context(statement)
            for line in self._lines(statement):
                support = compare(said, line, context, whole=not instead)
                reason = support.reason or self._too_little(support, instead=instead)
                if not reason:
                    return Verdict("", statement, instead, support.kept)
                reasons.append(reason)
        return Verdict(max(reasons, key=_NEARNESS.index, default=NOT_SUPPORTED))

    def _too_little(self, support: Support, *, instead: bool) -> str:
        return "" if instead or support.kept >= self._least_kept else LEFT_OUT

    def _lines(self, statement: Statement) -> Iterator[tuple[Token, ...]]:
        """Each line by itself, then all of them as one."""
        several = (statement.text,) if len(statement.lines) > 1 else ()
        for line in (*statement.lines, *several):
            if tokens := self._reader.read(line):
                yield tokens

    def _context(self, statement: Statement) -> Context:
        heading = self._values(_heading(statement))
        title = self._reader.read(statement.passage.title)
        one_topic = len({token.item for token in title}) <= 1
        lendable = frozenset(token.value for token in title if token.role == "word")
        return Context(
            heading,
            lendable if one_topic else frozenset(),
            self._added,
            self._orders,
            self._left_out,
            lexicon().situation,
        )

    def _values(self, text: str) -> frozenset[str]:
        return frozenset(token.value for token in self._reader.read(text))


def shown_lines(quote: str) -> str:
    """The text under which a quote is shown."""
    return " ".join(part for part in (shown(line) for line in quote.split("\n")) if part)


def _heading(statement: Statement) -> str:
    """What a line stands under: words a sentence may borrow."""
    passage = statement.passage
    return " . ".join((passage.title, *passage.section))


def normal(text: str) -> str:
    """Folded words of a text, for comparing two sentences."""
    return " ".join(words(fold(text)))
