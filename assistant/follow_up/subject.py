"""What a question is about, and the question without the person. Pure.

A denial stays with what it denies: "no fever" never becomes "fever".
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assistant.follow_up.lexicon import Lexicon, Span
from assistant.follow_up.reading import Reading

_EDGE = " \t\n,;:-.?!"
_CLAUSE = re.compile(r"[,;:?!\n]|\.(?!\d)")
_PARTED = re.compile(r"[?!;:\n]|[.,](?!\d)")
_SPACE = re.compile(r"\s+")
_BEFORE_MARK = re.compile(r"\s+(?=[,.;:?!])")


@dataclass(frozen=True)
class Subjects:
    """Finds subjects."""

    lexicon: Lexicon

    def subject(self, read: Reading) -> str:
        """Medicines, illnesses and findings as typed, without the person and the asking."""
        return ", ".join(read.text[start:end] for start, end in self.runs(read))

    def runs(self, read: Reading) -> list[Span]:
        """Stretches of a text from one telling word to another, parted by person and marks."""
        told = self.told(read)
        runs: list[Span] = []
        for start, end in self._telling(read, told):
            if runs and not _is_parted(read.text, (runs[-1][1], start), told):
                runs[-1] = (runs[-1][0], max(end, runs[-1][1]))
            else:
                runs.append((start, end))
        return runs

    def stem(self, read: Reading) -> str:
        """A text without the person, and without the small words that led to the person."""
        gone = self.told(read)
        between = self.lexicon.set_of("trim", "between")
        for one in reversed(read.words):
            leads = any(one.end <= low and _is_blank(read.text[one.end : low]) for low, _ in gone)
            if leads and one.text in between:
                gone.append((one.start, one.end))
        text = read.text
        for start, end in sorted(gone, reverse=True):
            text = f"{text[:start]} {text[end:]}"
        return _BEFORE_MARK.sub("", _SPACE.sub(" ", text)).strip(_EDGE)

    def told(self, read: Reading) -> list[Span]:
        """Where a text speaks of the person: whole words, apart, and never a denial."""
        denials = self.lexicon.set_of("aspects", "negations")
        spans = [(one.start, one.end) for one in read.facts]
        spans += [span for _, span in read.allergies]
        return [
            (one.start, one.end)
            for one in read.words
            if one.text not in denials and _meet((one.start, one.end), spans)
        ]

    def _telling(self, read: Reading, left_out: Sequence[Span]) -> list[Span]:
        """Words that tell what a text is about, each with the words before it that change it."""
        findings = self.lexicon.set_of("aspects", "findings")
        found = [(one.start, one.end) for one in read.medicines]
        found += [(one.start, one.end) for one in read.own]
        found += [(one.start, one.end) for one in read.asks if one.text in findings]
        if not found:
            return []
        kept = self.lexicon.set_of("aspects", "kept")
        found += [(one.start, one.end) for one in read.asks if one.text in kept]
        found += [(one.start, one.end) for one in read.words if one.is_amount]
        qualifiers = self.lexicon.set_of("aspects", "qualifiers")
        for one in reversed(read.words):
            leads = any(read.text[one.end : start].isspace() for start, _ in found)
            if leads and one.text in qualifiers:
                found.append((one.start, one.end))
        return sorted({self._denied(read, one) for one in found if not _meet(one, left_out)})

    def _denied(self, read: Reading, told: Span) -> Span:
        """A word with the denials before it, as far back as its clause goes."""
        denials = self.lexicon.set_of("aspects", "negations")
        start = told[0]
        for one in reversed(read.words):
            if one.end <= start and _CLAUSE.search(read.text[one.end : told[0]]):
                break
            if one.end <= start and one.text in denials:
                start = one.start
        return start, told[1]


def _is_parted(text: str, gap: Span, told: Sequence[Span]) -> bool:
    is_person_between = any(gap[0] <= low < gap[1] for low, _ in told)
    return is_person_between or bool(_PARTED.search(text[gap[0] : gap[1]]))


def _meet(one: Span, others: Iterable[Span]) -> bool:
    return any(low < one[1] and one[0] < high for low, high in others)


def _is_blank(text: str) -> bool:
    return not any(char.isalnum() for char in text)
