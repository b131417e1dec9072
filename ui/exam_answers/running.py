"""Puts exam questions to a model through a strategy, and to plain search without a model."""

import threading
from collections.abc import Callable, Set
from dataclasses import dataclass

from assistant.writing.language import LanguageModel
from assistant.writing.strategies.asker import Asker
from assistant.writing.strategies.registry import Tools, strategy
from assistant.writing.strategies.task import Budget, Cost, Retrieve, Task, run
from kb.text import Stemmer, words
from ui.exam_answers.questions import ExamQuestion

EXAM_BUDGET = Budget(calls=24, written_tokens=8192, answer_tokens=64)
SEARCH = "search"
"""Name of the way without a model: the choice that resembles what search finds."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way of answering."""

    strategy: str
    retrieval: bool

    @property
    def name(self) -> str:
        """For a table."""
        return f"{self.strategy}, {'with' if self.retrieval else 'without'} library"


@dataclass(frozen=True, slots=True)
class Given:
    """What was answered."""

    choice: int | None
    """Place of the choice; None for an abstention."""
    stopped: str
    cost: Cost


Answers = Callable[[ExamQuestion], Given]


def by_model(model: LanguageModel, way: Way, retrieve: Retrieve) -> Answers:
    """Answers of a model.

    Raises (when called):
        ModelError: the model cannot be used, or the strategy is not known.
    """

    def answer(question: ExamQuestion) -> Given:
        lines = question.lines
        if way.retrieval:
            lines = (*lines, *retrieve(question.question))
        task = Task(question.question, lines=lines, choices=question.choices)
        asker = Asker(model, threading.Event(), EXAM_BUDGET)
        *_, last = run(strategy(way.strategy, Tools(retrieve=retrieve)), task, asker)
        return Given(last.draft.choice, last.draft.stopped, last.cost)

    return answer


def by_search(retrieve: Retrieve) -> Answers:
    """The choice that stands closest to the question in one line of what is found for both.

    Needs no model; what a model must be better than. Abstains where no choice stands out.
    """
    stemmer = Stemmer()

    def answer(question: ExamQuestion) -> Given:
        found = [_together(stemmer, question, choice, retrieve) for choice in question.choices]
        best = max(found)
        chosen = found.index(best) if best and found.count(best) == 1 else None
        return Given(chosen, "answered" if chosen is not None else "abstained", Cost())

    return answer


def _together(stemmer: Stemmer, question: ExamQuestion, choice: str, retrieve: Retrieve) -> float:
    """Share of the choice's words times share of the question's, in the line that holds most."""
    lines = (*question.lines, *retrieve(f"{question.question} {choice}"))
    asked, chosen = (
        {stemmer.stem(word) for word in words(text)} for text in (question.question, choice)
    )
    held = [{stemmer.stem(word) for word in words(line)} for line in lines]
    return max((_share(chosen, line) * _share(asked, line) for line in held), default=0.0)


def _share(wanted: Set[str], held: Set[str]) -> float:
    return len(wanted & held) / len(wanted) if wanted else 0.0
