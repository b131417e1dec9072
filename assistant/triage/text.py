"""A question prepared for finding signs: words with what they may mean, and clause breaks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from assistant.clinical.tokens import Line, Token, join, tokenise
from assistant.triage.lexicon import Slot
from assistant.triage.stems import stem
from assistant.triage.wording import Vocabulary

_STRONG = frozenset(".;!?\n।።؟")
_WEAK = frozenset(",:()/-\u2013\u2014")
_BREAKERS = frozenset(
    "but however although though yet instead except otherwise whereas mais pero mas lekin magar par"
    " lakini amma".split()
)
_WEEKS = frozenset({"week", "weeks"})
_BEFORE_TIMES = frozenset("a one this last next per every each past the several few once".split())
_UNITS = frozenset("mg g ml mcg kg iu unit units percent % l micrograms mmol".split())
_PRONOUNS = frozenset("he she it they i we you".split())
_SURE = 0.7
"""Likeness from which spoken pieces may stand for a word that is alone."""
_TIMES = {"7": "days", "52": "weeks", "12": "months"}
_MOST = 40
"""Above it `n/7` is no time but a fraction or a score."""


@dataclass(frozen=True, slots=True)
class Item:
    """One word that carries meaning, or a break."""

    token: int
    """Index of the token in the line; of a break, the token it stands at."""
    word: str
    meanings: Slot
    """Stems it may stand for; with `a+b` where two words together have a meaning."""
    heard: Slot = frozenset()
    """Stems that sound alike; too unsure to stand alone."""
    own: Slot = frozenset()
    """The word itself and its stem."""
    level: int = 0
    """0 a word; 1 a comma or the like; 2 `but`; 3 the end of a sentence."""


@dataclass(frozen=True, slots=True)
class Text:
    """The line and its items."""

    line: Line
    items: tuple[Item, ...]
    """Words that carry meaning, and breaks."""
    spoken: tuple[Item, ...]
    """All words and breaks, small words among them, just as they stand."""

    @property
    def stems(self) -> Slot:
        """Every stem that a word may stand for."""
        return frozenset(one for item in self.items for one in item.meanings | item.heard)

    def words_between(self, start: int, end: int) -> str:
        """The original spelling is the caller's; this gives the folded words of an item span."""
        return " ".join(item.word for item in self.items[start:end] if not item.level)


def prepare(
    text: str, vocabulary: Vocabulary, fillers: Slot, rewrites: Mapping[tuple[str, ...], str]
) -> Text:
    """Cut a text, join fixed expressions, and look up what every word may mean."""
    line = join(tokenise(text))
    pieces = _rewritten(_durations(_split(line.tokens, vocabulary)), rewrites)
    items: list[Item] = []
    spoken: list[Item] = []
    for index, word in pieces:
        level = _break(word, line, index)
        if level:
            items.append(Item(index, word, frozenset(), level=level))
            spoken.append(items[-1])
            continue
        if word == "no" and _next_word(line, index) in _PRONOUNS:
            continue  # `No, she is ...` answers and denies nothing
        if _on_new_line(line, index, text):
            items.append(Item(index, "\n", frozenset(), level=1))
            spoken.append(items[-1])
        own = frozenset((word, stem(word), f"={word}")) | _counts(word, _next_word(line, index))
        spoken.append(Item(index, word, own, own=own))
        if word and word not in fillers and (word[0].isalnum() or word in "<>%+#"):
            heard = frozenset() if _is_time(word, line, index) else vocabulary.heard(word)
            items.append(Item(index, word, vocabulary.meanings(word) | own, heard, own))
    whole = tuple(_with_compounds(_with_joined(items, line.tokens, vocabulary), vocabulary))
    return Text(line, whole, tuple(spoken))


def _counts(word: str, unit: str) -> Slot:
    """`anynumber`, and from ten `bignumber`, so that a phrase need not list them."""
    if not word.isdigit() or unit in _UNITS:
        return frozenset()
    return frozenset({"anynumber", "bignumber"}) if len(word) > 1 else frozenset({"anynumber"})


def _next_word(line: Line, index: int) -> str:
    return line.tokens[index + 1].text if index + 1 < len(line.tokens) else ""


def _on_new_line(line: Line, index: int, text: str) -> bool:
    """Whether a line of a list begins with a token; it parts what is said like a comma."""
    before = line.tokens[index - 1].end if index else line.tokens[index].start
    return "\n" in text[before : line.tokens[index].start]


def _break(word: str, line: Line, index: int) -> int:
    if word in _STRONG:
        return 3
    if word == "-" and _glued(line.tokens, index):
        return 0
    if word in _BREAKERS:
        return 2
    return 1 if word in _WEAK else 0


def _glued(tokens: Sequence[Token], index: int) -> bool:
    """Whether a hyphen joins two words, as in `pre-eclampsia`."""
    if not 0 < index < len(tokens) - 1:
        return False
    before, hyphen, after = tokens[index - 1 : index + 2]
    touching = before.end == hyphen.start and hyphen.end == after.start
    return touching and before.text.isalpha() and after.text.isalpha()


def _is_time(word: str, line: Line, index: int) -> bool:
    """Whether `week` is a time, not `weak` misheard: a number or the like stands before it."""
    before = line.tokens[index - 1].text if index else ""
    return word in _WEEKS and (before.isdigit() or before in _BEFORE_TIMES)


def _split(tokens: Sequence[Token], vocabulary: Vocabulary) -> list[tuple[int, str]]:
    out: list[tuple[int, str]] = []
    for index, token in enumerate(tokens):
        parts = vocabulary.split(token.text)
        out += [(index, part) for part in parts] if parts else [(index, token.text)]
    return out


def _durations(pieces: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """Times as clinics write them: `9/7` is 9 days, `2/52` 2 weeks, `3/12` 3 months."""
    words = [word for _, word in pieces]
    out = list(pieces)
    for at in range(len(words) - 2):
        number, stroke, unit = words[at : at + 3]
        if stroke == "/" and unit in _TIMES and number.isdigit() and int(number) <= _MOST:
            token = pieces[at + 2][0]
            out[at + 1 : at + 3] = [(token, _TIMES[unit]), (token, "")]
    return [piece for piece in out if piece[1]]


def _rewritten(
    pieces: list[tuple[int, str]], rewrites: Mapping[tuple[str, ...], str]
) -> list[tuple[int, str]]:
    """Fixed expressions such as `not able to` as the one word that phrases are written with."""
    out: list[tuple[int, str]] = []
    at = 0
    while at < len(pieces):
        for size in (4, 3, 2, 1):
            meant = rewrites.get(tuple(word for _, word in pieces[at : at + size]))
            if meant:
                out += [(pieces[at][0], word) for word in meant.split()]
                at += size
                break
        else:
            out.append(pieces[at])
            at += 1
    return out


def _with_joined(items: list[Item], tokens: Sequence[Token], vocabulary: Vocabulary) -> list[Item]:
    """Items with the words that some neighbouring tokens sound like together."""
    extra: dict[int, set[str]] = {}
    sure: dict[int, set[str]] = {}
    for size in (2, 3, 4):
        for at in range(len(tokens) - size + 1):
            run = [token.text for token in tokens[at : at + size]]
            for meant, likeness in vocabulary.joined(run).items():
                for token in range(at, at + size):
                    extra.setdefault(token, set()).add(meant)
                    sure.setdefault(token, set()).update([meant] if likeness >= _SURE else ())
    return [
        replace(
            item,
            meanings=item.meanings | extra[item.token],
            own=item.own | sure[item.token],
        )
        if item.token in extra and not item.level
        else item
        for item in items
    ]


def _with_compounds(items: list[Item], vocabulary: Vocabulary) -> list[Item]:
    """Items with the compounds that begin at them: `cold` before `sweat` is `cold+sweat` too."""
    out = []
    for at, item in enumerate(items):
        found = {
            "+".join(parts)
            for meaning in item.meanings
            for parts in vocabulary.compounds.get(meaning, ())
            if _follow(items, at, parts)
        }
        out.append(
            replace(item, meanings=item.meanings | found, own=item.own | found) if found else item
        )
    return out


def _follow(items: list[Item], at: int, parts: tuple[str, ...]) -> bool:
    run = items[at : at + len(parts)]
    return len(run) == len(parts) and all(
        not item.level and part in item.meanings for item, part in zip(run, parts, strict=True)
    )


def stems_of(words: str) -> Slot:
    """Stems of a list of words."""
    return frozenset(stem(word) for word in words.split())
