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
    pieces = _rewritten(_split(line.tokens, vocabulary), rewrites)
    items: list[Item] = []
    spoken: list[Item] = []
    for index, word in pieces:
        level = _break(word, line, index, text)
        if level:
            items.append(Item(index, word, frozenset(), level=level))
            spoken.append(items[-1])
            continue
        own = frozenset((word, stem(word)))
        spoken.append(Item(index, word, own, own=own))
        if word and word not in fillers and (word[0].isalnum() or word in "<>%+#"):
            items.append(Item(index, word, vocabulary.meanings(word), vocabulary.heard(word), own))
    whole = tuple(_with_compounds(_with_joined(items, line.tokens, vocabulary), vocabulary))
    return Text(line, whole, tuple(spoken))


def _break(word: str, line: Line, index: int, text: str) -> int:
    if word in _STRONG:
        return 3
    if index and "\n" in text[line.tokens[index - 1].end : line.tokens[index].start]:
        return 3
    if word in _BREAKERS:
        return 2
    return 1 if word in _WEAK else 0


def _split(tokens: Sequence[Token], vocabulary: Vocabulary) -> list[tuple[int, str]]:
    out: list[tuple[int, str]] = []
    for index, token in enumerate(tokens):
        parts = vocabulary.split(token.text)
        out += [(index, part) for part in parts] if parts else [(index, token.text)]
    return out


def _rewritten(
    pieces: list[tuple[int, str]], rewrites: Mapping[tuple[str, ...], str]
) -> list[tuple[int, str]]:
    """Fixed expressions such as `not able to` as the one word that phrases are written with."""
    out: list[tuple[int, str]] = []
    at = 0
    while at < len(pieces):
        for size in (4, 3, 2):
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
    """Items with the words that two or three neighbouring tokens sound like together."""
    extra: dict[int, set[str]] = {}
    for size in (2, 3):
        for at in range(len(tokens) - size + 1):
            run = [token.text for token in tokens[at : at + size]]
            for meant in vocabulary.joined(run) if all(word.isalpha() for word in run) else ():
                for token in range(at, at + size):
                    extra.setdefault(token, set()).add(meant)
    return [
        replace(item, meanings=item.meanings | extra[item.token])
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
