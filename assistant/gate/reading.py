"""A sentence as a row of tokens, each with the clause, the condition and the "not" it stands under.

Pure. Two sentences that say the same give rows that differ in order at most; what turns a sentence
round (a "not", an "unless", another number) changes tokens.
"""

from collections.abc import Callable

from assistant.gate.lexicon import Entry, Kind, Lexicon
from assistant.gate.numbers import number_at
from assistant.gate.scope import Scope
from assistant.gate.tokens import Role, Token, lexemes
from kb.text import Stemmer

_PHRASES: frozenset[Kind] = frozenset(
    ("word", "verb", "initial", "urgent", "not", "no", "may", "must", "clause", "turn", "soft",
     "join", "break", "aux", "free")
)  # fmt: skip
_ACTS: frozenset[Kind] = frozenset(("verb", "initial", "urgent", "not"))
_PASSING: frozenset[Kind] = frozenset(("join", "free", "break"))
_ENDS = frozenset(".;?!")
_MARKS = frozenset(".;?!:,()-/&")
_BE = frozenset(("is", "are", "was", "were"))


class Reader:
    """Reads sentences; keeps stems between them."""

    def __init__(self, lexicon: Lexicon) -> None:
        """Take the lexicon."""
        self._lexicon = lexicon
        self._stemmer = Stemmer()

    def read(self, text: str) -> tuple[Token, ...]:
        """The tokens of a sentence, in order."""
        return _Reading(lexemes(text), self._lexicon, self._stemmer).tokens()


class _Reading:
    """One sentence being read."""

    def __init__(self, words: list[str], lexicon: Lexicon, stemmer: Stemmer) -> None:
        self._words = words
        self._lexicon = lexicon
        self._stemmer = stemmer
        self._scope = Scope()
        self._does: dict[Kind, Callable[[Entry, int, int], None]] = {
            "clause": self._lead,
            "turn": self._lead,
            "not": self._negate,
            "no": self._negate,
            "aux": self._help,
            "must": self._demand,
            "soft": self._soften,
            "join": self._join,
            "break": self._break,
            "free": lambda _entry, _at, _size: None,
        }

    def tokens(self) -> tuple[Token, ...]:
        at = 0
        while at < len(self._words):
            at += self._mark(at) or self._number(at) or self._phrase(at)
        self._scope.end_clause()
        return tuple(self._scope.found)

    # --- marks -----------------------------------------------------------------------------

    def _mark(self, at: int) -> int:
        """Take a mark; the number of words taken."""
        mark, scope = self._words[at], self._scope
        if mark not in _MARKS:
            return 0
        if mark in _ENDS:
            scope.next_group()
        elif mark == ":":
            scope.end_label()
        elif mark == ",":
            self._comma(at)
        elif mark == "(":
            scope.open_bracket()
        elif mark == ")":
            scope.close_bracket()
        if mark not in "-/&":
            scope.next_part(item=True)
        return 1

    def _comma(self, at: int) -> None:
        scope = self._scope
        acts = self._acts(at + 1)
        if at == scope.front_end or (acts and scope.front_end < 0):
            scope.end_lead()
        if acts:
            scope.end_negation()
            scope.new_clause()
        scope.join, scope.starts = ",", True

    def _acts(self, at: int) -> bool:
        """Whether an order begins at a word, behind "and", "then" and words that carry nothing."""
        while at < len(self._words):
            found = self._lexicon.longest(self._words, at, _PHRASES)
            if found is None:
                return False
            entry, size = found
            if entry.kind not in _PASSING and entry.value != "then":
                return entry.kind in _ACTS
            at += size
        return False

    # --- numbers and phrases ---------------------------------------------------------------

    def _number(self, at: int) -> int:
        found = number_at(self._words, at, self._lexicon)
        if found is None:
            return 0
        self._scope.add(found.mark, "number", found.bare)
        return found.size

    def _phrase(self, at: int) -> int:
        found = self._lexicon.longest(self._words, at, _PHRASES)
        if found is None:
            self._scope.add(self._stemmer.stem(self._words[at]), "word")
            return 1
        entry, size = found
        self._does.get(entry.kind, self._say)(entry, at, size)
        return size

    def _say(self, entry: Entry, at: int, _size: int) -> None:
        """A word with a meaning of its own."""
        scope = self._scope
        role: Role = "urgent" if entry.kind == "urgent" else "word"
        if entry.kind == "verb" or (entry.kind == "initial" and scope.starts):
            role = "verb"
        if role == "verb" and scope.negation == "no" and scope.turned:
            scope.end_negation()
        scope.add(entry.value or self._stemmer.stem(self._words[at]), role)

    def _lead(self, entry: Entry, at: int, _size: int) -> None:
        scope = self._scope
        fronted = scope.opens()
        scope.begin_lead(
            entry.value, lasting=entry.kind == "clause", ends_negation=entry.value != "cause"
        )
        scope.front_end = self._front_end(at) if fronted else -1

    def _front_end(self, at: int) -> int:
        """The comma that closes a clause put first: one before an order, else the first."""
        commas = []
        for place in range(at, len(self._words)):
            if self._words[place] in _ENDS or self._words[place] == ":":
                break
            if self._words[place] == ",":
                commas.append(place)
        acting = [place for place in commas if self._acts(place + 1)]
        return next(iter(acting or commas), -1)

    def _negate(self, entry: Entry, at: int, size: int) -> None:
        self._scope.negate(entry.kind, passive=entry.kind == "not" and self._passive(at, size))

    def _passive(self, at: int, size: int) -> bool:
        """Whether it is `should not be used`, `is never started`."""
        following = self._lexicon.longest(self._words, at + size, _PHRASES)
        verb = following is not None and following[0].kind == "verb"
        helped = _BE & set(self._words[max(0, at - 1) : at + size])
        return self._words[at + size : at + size + 1] == ["be"] or (verb and bool(helped))

    def _help(self, _entry: Entry, _at: int, _size: int) -> None:
        scope = self._scope
        if scope.turned:
            scope.end_negation()
        scope.small_word()
        scope.next_part()

    def _demand(self, entry: Entry, at: int, size: int) -> None:
        self._help(entry, at, size)
        self._scope.add(entry.value, "word")

    def _soften(self, entry: Entry, _at: int, _size: int) -> None:
        scope = self._scope
        if scope.turned and entry.value != "of":
            scope.end_negation()
        scope.small_word()
        scope.next_part(phrase=True)

    def _join(self, entry: Entry, at: int, _size: int) -> None:
        scope = self._scope
        if not scope.lasting and self._acts(at + 1):
            scope.end_lead()
        if entry.value == "and" and self._words[at - 1] == ",":
            scope.new_clause()
        scope.join, scope.starts = entry.value, True
        scope.next_part(item=True)

    def _break(self, _entry: Entry, _at: int, _size: int) -> None:
        scope = self._scope
        scope.end_negation()
        scope.new_clause()
        scope.join, scope.starts = "and", True
        scope.next_part(item=True)
