"""What a model that sees is to the rest of the program: pixels and a question in, a word out.

Off by default. It is handed pixels, never a path and never an address: the ready-made handlers of
llama-cpp-python open whatever address stands in a message. Each question is asked again turned
round, and only where both answers agree something is said.
"""

import re
import threading
import tomllib
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal, Protocol

from assistant.errors import ModelError
from assistant.vision.encoder_prepare import Pixels, checked
from assistant.writing.language import Cancel, GenerationLimits
from assistant.writing.templates import clean_content

Said = Literal["yes", "no", "unsure"]
LIMITS = GenerationLimits(max_tokens=8, time_limit_s=300.0)
"""A large encoder may take minutes for one picture; the second question finds it already read."""
_LETTERS = re.compile(r"[a-z]+")


class SeeingModel(Protocol):
    """A language model with a projector. Safe to call from any thread; one answer at a time."""

    def look(
        self, pixels: Pixels, asked: tuple[str, str], limits: GenerationLimits, cancelled: Cancel
    ) -> str:
        """What it writes about a picture.

        Args:
            pixels: the picture; nothing else of it reaches the model.
            asked: what the program tells the model, and the question, which is content.
            limits: how much and how long it may write.
            cancelled: once set, it ends early.

        Raises:
            ModelError: the model cannot be used.
        """

    def close(self) -> None:
        """Free the model. Closing twice is fine."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a model that sees says of one finding."""

    finding: str
    said: Said
    turned: Said
    """Its answer to whether the picture is free of the finding."""

    @property
    def agrees(self) -> bool:
        """Whether the two answers mean the same and mean something."""
        return {self.said, self.turned} == {"yes", "no"}


@cache
def wording() -> Mapping[str, Any]:
    """What is asked; data of the package."""
    text = files("assistant.vision").joinpath("vlm.toml").read_text(encoding="utf-8")
    table: Mapping[str, Any] = tomllib.loads(text)
    return table


def opinion(
    model: SeeingModel, pixels: Pixels, finding: str, cancelled: Cancel | None = None
) -> Opinion:
    """What a model says of a finding, asked both ways.

    Raises:
        ImageError: it is no picture.
        ModelError: the model cannot be used.
    """
    checked(pixels)
    told, stop = wording(), cancelled or threading.Event()
    plain = clean_content(finding)
    ways = (told["ask"].format(finding=plain), told["turned"].format(finding=plain))
    said, turned = (
        word_of(model.look(pixels, (told["system"], way), LIMITS, stop)) for way in ways
    )
    return Opinion(finding, said, turned)


def word_of(text: str) -> Said:
    """The one word that an answer begins with; anything else is `unsure`."""
    words = _LETTERS.findall(text.casefold()[:200])
    known = wording()["words"]
    yes = any(word in known["yes"] for word in words)
    no = any(word in known["no"] for word in words)
    if yes == no or not words:
        return "unsure"
    return "yes" if yes else "no"


class ScriptedSight:
    """A model that sees and says what it was told to say: for demonstrations and for tests."""

    def __init__(self, answers: Iterable[str | ModelError]) -> None:
        """Take what it answers, in order."""
        self._answers = deque(answers)
        self.asked: list[tuple[tuple[int, ...], tuple[str, str]]] = []
        """Shape of each picture and what was asked of it."""

    def look(
        self, pixels: Pixels, asked: tuple[str, str], limits: GenerationLimits, cancelled: Cancel
    ) -> str:
        """The next answer."""
        self.asked.append((pixels.shape, asked))
        answer = self._answers.popleft() if self._answers else ""
        if isinstance(answer, ModelError):
            raise answer
        return "" if cancelled.is_set() else " ".join(answer.split()[: limits.max_tokens])

    def close(self) -> None:
        """Nothing is held."""
