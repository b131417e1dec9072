"""Whole sentences out of a text that arrives in pieces.

Where the pieces are cut changes nothing, and nothing is lost: the sentences joined are the text.
Where it is unsure the splitter joins rather than splits, because half a sentence can mean the
opposite of the whole.
"""

import re

_CITATION = r"\[c?\d{1,3}(?:\s*[,;]\s*c?\d{1,3})*\]"
_END = re.compile(r"[.!?…。\uff01\uff1f।؟\n]")
_TAIL = re.compile(rf"[.!?…。\uff01\uff1f।؟]*[\"'”\u2019»)\]]*(?:\s*{_CITATION})*\s*")
_CITATION_BEGUN = re.compile(r"\[[c\d\s,;]*\Z")
_LIST_MARK = re.compile(r"(?:[-*•\u2013]|\(?(?:\d{1,3}|[A-Za-z])[.)])\s")
_LIST_MARK_BEGUN = re.compile(r"(?:[-*•\u2013]|\(?(?:\d{1,3}|[A-Za-z])?[.)]?)\Z")
_BLANK_LINE = re.compile(r"\n[ \t\r]*\n")
_ENDS_LINE = ".!?…。\uff01\uff1f।؟:;]"
_WIDE_ENDS = "。\uff01\uff1f"

_IS_LIST_MARK = re.compile(r"(?:\A|\n|[:;]\s)\s*(?:[-*•\u2013]\s*)?\(?(?:\d{1,3}|[A-Za-z])\Z")
_WORD = re.compile(r"[^\s(\[\"'“\u2018/]+\Z")
_DOTTED = re.compile(r"[a-z]{1,2}(?:\.[a-z]{1,2})+\Z")
_LETTER_AS_WORD = re.compile(
    r"(?:\b(?:vitamin|hepatitis|influenza|type|group|grade|class|plan|step|stage|box|table|"
    r"figure|annex|appendix|option|category)\s|[\d°]\s?)[A-Z]\Z",
    re.IGNORECASE,
)
_NEVER_ENDS = frozenset(
    "e.g eg i.e ie vs dr mr mrs ms prof st fig figs ref refs approx ca cf sp spp resp incl vol "
    "ed eds viz esp".split()
)
_NOT_BEFORE_NUMBER = frozenset(
    "no nos max min tab tabs cap caps inj wt temp ht p pp ch sect mg ml g kg mcg l dl cm mm "
    "h hr hrs d wk wks mo yr yrs sec iu u".split()
)
_LOOK_BACK = 64


class SentenceSplitter:
    """Cuts one text into sentences as it grows."""

    def __init__(self) -> None:
        self._text = ""
        self._looked = 0

    def feed(self, piece: str) -> list[str]:
        """Take a piece and give the sentences that are now certainly whole.

        A sentence keeps the white space that follows it and the citation marks that belong to it.
        """
        self._text += piece
        return self._cut(final=False)

    def flush(self) -> list[str]:
        """Give all that is left; to be called when the text has ended."""
        sentences = self._cut(final=True)
        if self._text:
            sentences.append(self._text)
        self._text, self._looked = "", 0
        return sentences

    def _cut(self, *, final: bool) -> list[str]:
        sentences: list[str] = []
        while found := _END.search(self._text, self._looked):
            cut = _cut_at(self._text, found.start(), final=final)
            if cut is None:
                self._looked = found.start()
                return sentences
            if cut == 0:
                self._looked = found.end()
                continue
            sentences.append(self._text[:cut])
            self._text, self._looked = self._text[cut:], 0
        self._looked = len(self._text)
        return sentences


def _cut_at(text: str, at: int, *, final: bool) -> int | None:
    """Where the sentence that may end at `at` is cut: 0 for nowhere, None if unknown as yet."""
    if not text[:at].strip():
        return 0
    tail = _TAIL.match(text, at)
    end = tail.end() if tail else at + 1
    rest = text[end : end + _LOOK_BACK]
    if not final and (not rest or _CITATION_BEGUN.match(rest) or _LIST_MARK_BEGUN.match(rest)):
        return None
    return end if rest and _ends(text, at, end) else 0


def _ends(text: str, at: int, end: int) -> bool:
    """Whether a sentence ends at `at`, given that the next one would begin at `end`."""
    gap, following = text[at:end], text[end]
    line_breaks = "\n" in gap
    if line_breaks and (_BLANK_LINE.search(gap) or _LIST_MARK.match(text, end)):
        return True
    if text[at] == "\n":
        at = len(text[:at].rstrip()) - 1
    if text[at] == "." and _abbreviates(text[max(0, at - _LOOK_BACK) : at], following):
        return False
    if line_breaks:
        return text[at] in _ENDS_LINE or not (following.islower() or following.isdigit())
    if text[at] in _WIDE_ENDS:
        return True
    return gap[-1] in " \t\u00a0]" and not following.islower()


def _abbreviates(before: str, following: str) -> bool:
    """Whether the full stop after `before` belongs to an abbreviation or a list mark."""
    found = _WORD.search(before)
    if found is None:
        return False
    word = found[0]
    lower = word.lower()
    if lower in _NEVER_ENDS or _IS_LIST_MARK.search(before):
        return True
    if following.isdigit() and (lower in _NOT_BEFORE_NUMBER or _DOTTED.match(lower)):
        return True
    initial = len(word) == 1 and word.isalpha() and word.isupper()
    return initial and not _LETTER_AS_WORD.search(before)
