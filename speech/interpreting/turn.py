"""One turn of an interpreted conversation: both texts stay on the screen, figures are compared.

Pure. A translation is a help to understand each other and is never put to the assistant.
"""

import re
from collections import Counter
from dataclasses import dataclass
from typing import Protocol

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
FIGURES = "The figures of both texts differ: {said} and {translated}. Show the figure by hand."
EMPTY = "There is no translation of this sentence. Use the phrase list or a person."
MACHINE = "Translated by a machine; nobody has checked it."


class Translator(Protocol):
    """Translates from one language into one other. Safe to call from any thread."""

    @property
    def source(self) -> str:
        """ISO 639-1 code of what goes in."""
        ...

    @property
    def target(self) -> str:
        """ISO 639-1 code of what comes out."""
        ...

    def translate(self, sentence: str) -> str:
        """The sentence in the other language; empty where there is none.

        Raises:
            TranslatorDamaged: the files of the model cannot be used.
        """
        ...


@dataclass(frozen=True, slots=True)
class Turn:
    """What one person said and what the other one is told."""

    said: str
    source: str
    translated: str
    target: str
    warnings: tuple[str, ...]


def interpret(sentence: str, translator: Translator) -> Turn:
    """One sentence for the other person, with every figure compared."""
    translated = translator.translate(sentence)
    warnings = [MACHINE]
    if not translated.strip():
        warnings = [EMPTY]
    elif (one := _figures(sentence)) != (other := _figures(translated)):
        said, told = (", ".join(sorted(part.elements())) or "none" for part in (one, other))
        warnings.append(FIGURES.format(said=said, translated=told))
    return Turn(sentence, translator.source, translated, translator.target, tuple(warnings))


def _figures(text: str) -> Counter[str]:
    """Numbers of a text in Western digits; a decimal comma and a decimal point are one."""
    western = "".join(str(int(char)) if char.isdecimal() else char for char in text)
    return Counter(found.replace(",", ".") for found in _NUMBER.findall(western))
