"""What a stroke between two numbers means: a pressure, a score, a part, a time, never a guess.

`120/80` is one hundred and twenty over eighty; `power 4/5` is four out of five; `1/2 tablet` is
half a tablet; `for 5/7` is five days. Everything else is read as it stands: `1/5` is one over five,
since one fifth may be meant, or the fifth of January, or a score.
"""

import re

from speech.voice.lexicon import VoiceLexicon

_STROKE = re.compile(
    r"(?P<before>(?<![^\W\d_])[^\W\d_]+|[x\u00d7])?(?P<gap>[ :]*)(?<![\d/.])"
    r"(?P<first>\d{1,3})/(?P<second>\d{1,3})(?![\d/]|\.\d)"
    r"(?P<after>(?P<blank>[ ]?)(?P<word>[^\W\d_]+)?)"
)
_FRACTIONS = {
    (1, 2): "half", (1, 3): "a third of", (2, 3): "two thirds of", (1, 4): "a quarter of",
    (3, 4): "three quarters of", (1, 5): "one fifth of",
}  # fmt: skip
_PLAIN = {(1, 2): "a half", (1, 4): "a quarter", (3, 4): "three quarters"}
_STRENGTH = "strength"


class Strokes:
    """Reads strokes between numbers."""

    def __init__(self, lexicon: VoiceLexicon) -> None:
        """Take the words."""
        self._lexicon = lexicon

    def spoken(self, text: str) -> str:
        """The text without strokes between numbers; the numbers themselves stay digits."""
        return _STROKE.sub(self._read, text)

    def _read(self, found: re.Match[str]) -> str:
        first, second = int(found["first"]), int(found["second"])
        before = (found["before"] or "").lower()
        word = (found["word"] or "").lower()
        head = f"{found['before'] or ''}{found['gap']}"
        if before in self._lexicon.scores:
            return f"{head}{first} out of {second}{found['after']}"
        if before in self._lexicon.durations_before and second in self._lexicon.durations:
            names = self._lexicon.durations[second]
            return f"{head}{first} {names[first != 1]}{found['after']}"
        if word in self._lexicon.forms and (first, second) in _FRACTIONS:
            part = _FRACTIONS[first, second]
            thing = f"a {word}" if word != _STRENGTH else word
            return f"{head}{part.removesuffix(' of') if word == _STRENGTH else part} {thing}"
        if (first, second) in _PLAIN and not word:
            return f"{head}{_PLAIN[first, second]}{found['after']}"
        return f"{head}{first} over {second}{found['after']}"
