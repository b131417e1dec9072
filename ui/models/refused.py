"""A language model that may not be loaded: it says why, and the answer comes in reference mode."""

from collections.abc import Iterator
from typing import NoReturn

from assistant.errors import ModelError
from assistant.writing.language import Cancel, Chunk, GenerationLimits, ModelCard, Prompt


class RefusedModel:
    """A `LanguageModel` in name only."""

    def __init__(self, why: str) -> None:
        """Take the reason, fit to show to the person."""
        self.why = why

    def chunks(
        self, prompt: Prompt, limits: GenerationLimits, cancelled: Cancel
    ) -> Iterator[Chunk]:
        """Raise `ModelError` with the reason."""
        del prompt, limits, cancelled
        self._refuse()

    def stream(self, prompt: Prompt, limits: GenerationLimits, cancelled: Cancel) -> Iterator[str]:
        """Raise `ModelError` with the reason."""
        del prompt, limits, cancelled
        self._refuse()

    def describe(self) -> ModelCard:
        """Raise `ModelError` with the reason."""
        self._refuse()

    def forget(self) -> None:
        """There is nothing to forget."""

    def close(self) -> None:
        """There is nothing to close."""

    def _refuse(self) -> NoReturn:
        raise ModelError(self.why)
