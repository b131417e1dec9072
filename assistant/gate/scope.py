"""What holds at each word of a sentence: its clause, what limits it, and how far a "not" reaches.

Pure. Knows nothing of words; `reading.py` tells it what each word does.
"""

from dataclasses import replace

from assistant.gate.tokens import Role, Token

NOT = "not"
"""Token of a "not" that turns no word round, as in `if it is not there`."""


class Scope:
    """The tokens so far, and what holds for the next one."""

    def __init__(self) -> None:
        """Start a sentence."""
        self.found: list[Token] = []
        self.starts = True
        """Whether a clause begins here, so that a word may be an order."""
        self.join = ""
        self.front_end = -1
        """Place of the comma that ends a clause put first."""
        self.lead = ""
        self.lasting = False
        """Whether the lead is a clause, which small words inside do not end."""
        self.negation = ""
        self._group = self._item = self._part = 0
        self._phrase = self._inside = False
        self._clause = 0
        self._turned = self._led = 0
        self._held = ("", False, "", 1, 1)

    def add(self, value: str, role: Role, bare: str = "") -> None:
        """Take a token."""
        at = (self._group, self._item, self._part, self._phrase)
        holds = (self.lead, bool(self.negation), self.join, self._inside)
        self.found.append(Token(value, role, *at, *holds, bare=bare))
        self._turned += 1
        self._led += 1
        self.join, self.starts = "", False

    def next_part(self, *, item: bool = False, phrase: bool = False) -> None:
        """Begin a phrase, or a list item."""
        self._part += 1
        self._item += int(item)
        self._phrase = phrase

    def next_group(self) -> None:
        """End a clause at a full stop or a semicolon."""
        self.end_clause()
        self._group += 1
        self.starts = True

    def end_label(self) -> None:
        """End a label at its colon."""
        self.end_clause()
        self.found = [
            replace(token, label=True) if token.group == self._group else token
            for token in self.found
        ]
        self.starts = True

    def end_clause(self) -> None:
        """End whatever limits or turns."""
        self.end_negation()
        self.end_lead()
        self.front_end, self.join = -1, ""
        self.new_clause()

    def new_clause(self) -> None:
        """From here on a passive "not" turns the subject round."""
        self._clause = len(self.found)

    def opens(self) -> bool:
        """Whether nothing of the clause was said yet."""
        return not any(token.group == self._group and not token.label for token in self.found)

    # --- what limits -----------------------------------------------------------------------

    def begin_lead(self, value: str, *, lasting: bool, ends_negation: bool) -> None:
        """Begin what limits: `if`, `before`."""
        self.next_part(phrase=True)
        if ends_negation:
            self.end_negation()
        self.end_lead()
        self.lead, self.lasting, self._led = value, lasting, 0
        self.starts = False

    def end_lead(self) -> None:
        """End what limits; where it limited no word, it stays as a word of its own."""
        lead, self.lead, self.lasting, self.front_end = self.lead, "", False, -1
        if lead and not self._led:
            self.add(lead, "word")

    def small_word(self) -> None:
        """A small word such as `for` ends a limiting phrase, but not a clause."""
        if not self.lasting:
            self.end_lead()

    # --- "not" -----------------------------------------------------------------------------

    def negate(self, kind: str, *, passive: bool) -> None:
        """Begin a "not"; one in the passive turns round what stands before it in the clause."""
        self.end_negation()
        self.negation, self._turned, self.starts = kind, 0, kind == NOT
        if passive:
            for n, token in enumerate(self.found[self._clause :], self._clause):
                if not token.lead:
                    self.found[n] = replace(token, negated=True)

    @property
    def turned(self) -> bool:
        """Whether the "not" has turned a word round as yet."""
        return self._turned > 0

    def end_negation(self) -> None:
        """End a "not"; one that turned no word round stays as a word of its own."""
        kind, self.negation = self.negation, ""
        if kind and not self._turned:
            self.add(NOT, "word")

    # --- brackets --------------------------------------------------------------------------

    def open_bracket(self) -> None:
        """What stands in brackets ends nothing outside."""
        if not self._inside:
            self._held = (self.lead, self.lasting, self.negation, self._turned, self._led)
            self._inside = True

    def close_bracket(self) -> None:
        """Go on as before the bracket."""
        if self._inside:
            self.lead, self.lasting, self.negation, self._turned, self._led = self._held
            self._inside = False
