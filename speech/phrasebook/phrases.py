"""The phrase list of the interpreter: looked up by words of any language, no model needed."""

import tomllib
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files

from speech.errors import NoPhrases
from speech.hearing.invented import folded

_MOST = 8
_STEM = 5


@dataclass(frozen=True)
class Phrase:
    """One sentence in all languages."""

    id: str
    group: str
    texts: dict[str, str]
    """By language."""

    @property
    def english(self) -> str:
        """The sentence that the others translate."""
        return self.texts["en"]


@dataclass(frozen=True)
class Phrasebook:
    """All sentences, in groups as they are needed at a bedside."""

    phrases: tuple[Phrase, ...]
    languages: tuple[str, ...]
    status: str
    """Who reviewed the translations."""

    def in_language(self, phrase: Phrase, language: str) -> str:
        """A sentence in a language.

        Raises:
            NoPhrases: the list does not have that language.
        """
        if language not in self.languages:
            known = ", ".join(self.languages)
            raise NoPhrases(f"The phrase list has no “{language}”. It has {known}.")
        return phrase.texts[language]

    def search(self, words: str, language: str = "") -> tuple[Phrase, ...]:
        """Sentences that share the most words with what is looked for, best first.

        Args:
            words: what is looked for; nothing gives nothing.
            language: to look in; empty looks in all.
        """
        wanted = _stems(words)
        scored = [
            (max(_overlap(wanted, _stems(text)) for text in self._texts(phrase, language)), place)
            for place, phrase in enumerate(self.phrases)
        ]
        best = sorted((-score, place) for score, place in scored if score > 0)
        return tuple(self.phrases[place] for _, place in best[:_MOST])

    def group(self, name: str) -> tuple[Phrase, ...]:
        """All sentences of a group, in order."""
        return tuple(phrase for phrase in self.phrases if phrase.group == name)

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """The groups, in order."""
        return tuple(dict.fromkeys(phrase.group for phrase in self.phrases))

    def _texts(self, phrase: Phrase, language: str) -> tuple[str, ...]:
        return (phrase.texts[language],) if language else tuple(phrase.texts.values())


def load_phrasebook() -> Phrasebook:
    """Read the list of the package."""
    text = files("speech.phrasebook").joinpath("phrases.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    phrases = tuple(
        Phrase(
            row["id"],
            group["name"],
            {language: row[language] for language in table["languages"]},
        )
        for group in table["group"]
        for row in group["phrases"]
    )
    return Phrasebook(phrases, tuple(table["languages"]), table["status"])


def _stems(text: str) -> frozenset[str]:
    """Beginnings of the words: enough to bring `allergic` and `allergies` together."""
    return frozenset(
        f"{word[:_STEM]}-" if len(word) > _STEM else word for word in folded(text).split()
    )


def _overlap(wanted: frozenset[str], there: frozenset[str]) -> float:
    """Share of the words looked for that a sentence has; among equals the shorter one."""
    shared = len(wanted & there)
    return shared / len(wanted) + 0.01 / (1 + len(there)) if shared else 0.0
