"""A language model that says what it was told to say: for demonstrations and for tests.

It obeys the same limits, stop strings and cancellation as a real one. A token is a word.
"""

import re
import time
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, repeat
from threading import Lock

from assistant.errors import ModelError, PromptTooLong
from assistant.writing.language import (
    Cancel,
    Chunk,
    Finish,
    GenerationLimits,
    ModelCard,
    Prompt,
    StopFilter,
    Usage,
    text_of,
)

CARD = ModelCard(name="scripted", digest="", context_length=4096, family="chatml")
_POLL_S = 0.01


@dataclass(frozen=True, slots=True)
class Pace:
    """How a scripted model speaks."""

    delay_s: float = 0.0
    """Pause before each piece."""
    endless: bool = False
    """Repeat the answer until cancelled, stopped or out of time; `max_tokens` is ignored."""


class ScriptedModel:
    """Gives the queued answers in order and keeps the prompts and limits it was given.

    An answer may be a text, or an error to raise in its place.
    """

    def __init__(
        self, answers: Iterable[str | ModelError], pace: Pace | None = None, card: ModelCard = CARD
    ) -> None:
        self._answers = deque(answers)
        self._pace = pace or Pace()
        self._card = card
        self._turn = Lock()
        self._closed = False
        self.prompts: list[Prompt] = []
        self.limits: list[GenerationLimits] = []

    def chunks(
        self, prompt: Prompt, limits: GenerationLimits, cancelled: Cancel
    ) -> Generator[Chunk, None, None]:
        """Say the next answer.

        Raises:
            ModelError: It was closed, no answer is left, or the next answer is an error.
            PromptTooLong: The prompt has more words than the card's context length.
        """
        with self._turn:
            answer = self._next(prompt)
            self.limits.append(limits)
            yield from self._say(answer, prompt, limits, cancelled)

    def stream(self, prompt: Prompt, limits: GenerationLimits, cancelled: Cancel) -> Iterator[str]:
        """The text of `chunks`."""
        return text_of(self.chunks(prompt, limits, cancelled))

    def describe(self) -> ModelCard:
        """The card it was made with."""
        return self._card

    def close(self) -> None:
        """Refuse further prompts."""
        self._closed = True

    def _next(self, prompt: Prompt) -> str:
        if self._closed:
            raise ModelError("The language model was closed.")
        self.prompts.append(prompt)
        if len(prompt.text.split()) >= self._card.context_length:
            raise PromptTooLong("The question and its passages are too long for this model.")
        if not self._answers:
            raise ModelError("The scripted model has no answer left.")
        answer = self._answers.popleft()
        if isinstance(answer, ModelError):
            raise answer
        return answer

    def _say(
        self, answer: str, prompt: Prompt, limits: GenerationLimits, cancelled: Cancel
    ) -> Generator[Chunk, None, None]:
        begin = time.monotonic()
        text = StopFilter(prompt.stop)
        written, finish = 0, None
        pieces = self._pieces(answer)
        while finish is None:
            finish = self._waits(cancelled, begin + limits.time_limit_s)
            if finish is None and not self._pace.endless and written >= limits.max_tokens:
                finish = "length"
            piece = None if finish else next(pieces, None)
            if piece is None:
                break
            written += 1
            if out := text.feed(piece):
                yield Chunk(out)
            finish = "stop" if text.stopped else None
        yield Chunk(
            text.flush(),
            Usage(
                prompt_tokens=len(prompt.text.split()),
                reused_tokens=0,
                written_tokens=written,
                prompt_s=0.0,
                writing_s=time.monotonic() - begin,
                finish=finish or "stop",
            ),
        )

    def _pieces(self, answer: str) -> Iterator[str]:
        words = re.findall(r"\s*\S+|\s+$", answer)
        if self._pace.endless:
            return chain.from_iterable(repeat(words)) if words else repeat(" ")
        return iter(words)

    def _waits(self, cancelled: Cancel, deadline: float) -> Finish | None:
        """Pause before a piece; gives a reason to end if there is one."""
        until = time.monotonic() + self._pace.delay_s
        while True:
            now = time.monotonic()
            if cancelled.is_set() or self._closed:
                return "cancelled"
            if now >= deadline:
                return "time"
            if now >= until:
                return None
            time.sleep(min(_POLL_S, until - now))
