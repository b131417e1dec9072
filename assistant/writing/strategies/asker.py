"""Asks a model in a role and keeps account: calls, tokens, time; ends when the budget does."""

from collections.abc import Generator
from contextlib import closing
from dataclasses import replace

from assistant.writing.conversation import Window
from assistant.writing.language import (
    Cancel,
    Chunk,
    GenerationLimits,
    LanguageModel,
    Prompt,
    Usage,
)
from assistant.writing.prompts import NOTHING_EARLIER, Asked, Prompts, prompts_of
from assistant.writing.strategies.task import Budget, Cost, Ended, How, Task

ANSWER = "answer"
"""The role in which a draft of the answer is written."""


class Asker:
    """One model, one task: gives texts and adds up what they cost."""

    def __init__(
        self,
        model: LanguageModel,
        cancelled: Cancel,
        budget: Budget | None = None,
        earlier: Window = NOTHING_EARLIER,
    ) -> None:
        """Take the model, what may be spent, and what was said before for those who answer.

        Raises:
            ModelError: the model cannot be loaded.
        """
        self._model = model
        self._cancelled = cancelled
        self._budget = budget or Budget()
        self._earlier = earlier
        self._prompts = prompts_of(model.describe().family)
        self._cost = Cost()

    @property
    def cost(self) -> Cost:
        """What was spent so far."""
        return self._cost

    @property
    def prompts(self) -> Prompts:
        """The prompts of the model's family."""
        return self._prompts

    @property
    def budget(self) -> Budget:
        """What may be spent."""
        return self._budget

    def say(self, role: str, task: Task, how: How | None = None) -> str:
        """What the model writes in a role; see `Asks.say`."""
        how = how or How()
        asked = Asked(task.question, task.patient, task.lines, task.choices, how.draft, how.faults)
        earlier = self._earlier if role == ANSWER else NOTHING_EARLIER
        return self._written(self._prompts.of(role, asked, earlier), self._limits(role, how))

    def _limits(self, role: str, how: How) -> GenerationLimits:
        """How much may be written now.

        Raises:
            Ended: nothing may.
        """
        left = self._budget.written_tokens - self._cost.written_tokens
        if self._cancelled.is_set():
            raise Ended("cancelled")
        seconds = self._budget.seconds - self._cost.seconds
        if left < 1 or seconds <= 0.0 or self._cost.calls >= self._budget.calls:
            raise Ended("budget")
        own = self._budget.thinking_tokens if role == "think" else self._budget.answer_tokens
        most = min(left, how.most_tokens or own)
        usual = GenerationLimits(most, how.temperature, how.seed, grammar=how.grammar)
        return replace(usual, time_limit_s=min(usual.time_limit_s, seconds))

    def _written(self, prompt: Prompt, limits: GenerationLimits) -> str:
        pieces: list[str] = []
        usage = Usage(0, 0, 0, 0.0, 0.0, "stop")
        with closing(_closable(self._model, prompt, limits, self._cancelled)) as chunks:
            for chunk in chunks:
                pieces.append(chunk.text)
                usage = chunk.usage or usage
        self._cost = self._cost.plus(usage)
        if usage.finish == "cancelled":
            raise Ended("cancelled")
        return "".join(pieces).strip()


def _closable(
    model: LanguageModel, prompt: Prompt, limits: GenerationLimits, cancelled: Cancel
) -> Generator[Chunk, None, None]:
    """What the model writes, in a form that can be closed."""
    yield from model.chunks(prompt, limits, cancelled)
