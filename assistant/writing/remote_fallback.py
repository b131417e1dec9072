"""One model in front, another behind it: when the first cannot be used, the second writes.

A circuit breaker keeps a dead server from costing every question its time-out: after a failure the
first model is left alone for a while, then one question tries it again.
"""

import threading
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, replace

from assistant.errors import ModelError, PromptTooLong
from assistant.writing.language import (
    Cancel,
    Chunk,
    GenerationLimits,
    LanguageModel,
    ModelCard,
    Prompt,
    text_of,
)
from assistant.writing.remote_messages import SPOKEN, retold

RESTING = "The model server did not answer a moment ago and is tried again in {seconds} seconds."


@dataclass(frozen=True, slots=True)
class Rest:
    """How long a model that failed is left alone; seconds."""

    first_s: float = 15.0
    longest_s: float = 300.0
    """Each further failure in a row doubles the rest, up to this."""


class Breaker:
    """Whether a model may be tried now. Safe to share between threads."""

    def __init__(self, rest: Rest, clock: Callable[[], float] = time.monotonic) -> None:
        """Take the lengths of rests and a clock that never goes back."""
        self._rest = rest
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._until = 0.0

    @property
    def wait_s(self) -> float:
        """Seconds until the model is tried again; 0 when it may be tried now."""
        with self._lock:
            return max(0.0, self._until - self._clock()) if self._failures else 0.0

    def allows(self) -> bool:
        """Whether this question may try; after a rest only one may, until its result is known."""
        with self._lock:
            now = self._clock()
            if not self._failures:
                return True
            if now < self._until:
                return False
            self._until = now + self._length()
            return True

    def worked(self) -> None:
        """The model answered."""
        with self._lock:
            self._failures = 0

    def failed(self) -> None:
        """The model could not be used."""
        with self._lock:
            self._failures += 1
            self._until = self._clock() + self._length()

    def _length(self) -> float:
        doubled = self._rest.first_s * 2.0 ** min(self._failures - 1, 30)
        return min(doubled, self._rest.longest_s)


class FallbackModel:
    """A `LanguageModel` that asks one model and, when that cannot be used, another.

    Without a second one the error stands, and the assistant answers in reference mode.
    """

    def __init__(
        self, first: LanguageModel, then: LanguageModel | None, breaker: Breaker | None = None
    ) -> None:
        """Take the model to prefer, and the one for when it is away."""
        self._first = first
        self._then = then
        self._breaker = breaker or Breaker(Rest())

    def chunks(
        self, prompt: Prompt, limits: GenerationLimits, cancelled: Cancel
    ) -> Generator[Chunk, None, None]:
        """Write; a text that has begun is never continued by the other model.

        Raises:
            ModelError: neither can be used, or the first broke off in the middle of its text.
        """
        begun = False
        try:
            for chunk in self._tried(prompt, limits, cancelled):
                begun = begun or bool(chunk.text)
                yield chunk
        except ModelError:
            if begun or self._then is None:
                raise
        else:
            return
        again = retold(prompt, self._then.describe().family)
        yield from self._then.chunks(again, limits, cancelled)

    def stream(self, prompt: Prompt, limits: GenerationLimits, cancelled: Cancel) -> Iterator[str]:
        """The text of `chunks`."""
        return text_of(self.chunks(prompt, limits, cancelled))

    def describe(self) -> ModelCard:
        """The card of the model that would write now; prompts are always built in one family."""
        try:
            return self._card()
        except ModelError:
            if self._then is None:
                raise
        return replace(self._then.describe(), family=SPOKEN)

    def forget(self) -> None:
        """Wipe what the models remember of the last prompt, where they can."""
        for model in (self._first, self._then):
            if forget := getattr(model, "forget", None):
                forget()

    def close(self) -> None:
        """Free both models."""
        self._first.close()
        if self._then is not None:
            self._then.close()

    def _card(self) -> ModelCard:
        """The card of the first model; having one does not show that it writes."""
        self._require(may_try=self._breaker.wait_s == 0)
        try:
            return self._first.describe()
        except ModelError:
            self._breaker.failed()
            raise

    def _tried(
        self, prompt: Prompt, limits: GenerationLimits, cancelled: Cancel
    ) -> Generator[Chunk, None, None]:
        """What the first model writes, with the breaker told of it."""
        self._require(may_try=self._breaker.allows())
        try:
            for chunk in self._first.chunks(prompt, limits, cancelled):
                if chunk.text or (chunk.usage and chunk.usage.finish == "stop"):
                    self._breaker.worked()
                yield chunk
        except PromptTooLong:  # says nothing against the server
            self._breaker.worked()
            raise
        except ModelError:
            self._breaker.failed()
            raise

    def _require(self, *, may_try: bool) -> None:
        if not may_try:
            raise ModelError(RESTING.format(seconds=max(1, round(self._breaker.wait_s))))
