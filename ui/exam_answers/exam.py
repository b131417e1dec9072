"""The exam of answers: files of questions, ways of answering, twins; one report."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.writing.language import LanguageModel
from assistant.writing.strategies.task import Retrieve
from ui.exam_answers.pairs import twins
from ui.exam_answers.questions import ExamQuestion, read_questions
from ui.exam_answers.report import Answered, Pair, difference, of_pairs, of_way
from ui.exam_answers.running import SEARCH, Answers, Way, by_model, by_search


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked."""

    files: Sequence[Path]
    strategies: Sequence[str]
    """Names of strategies; needs a model."""
    most: int = 0
    """Questions of each file, drawn by the seed; 0 for all."""
    seed: int = 1
    kinds: Sequence[str] = ()
    """Kinds of twins."""


@dataclass(frozen=True, slots=True)
class Means:
    """What answers."""

    model: LanguageModel | None
    retrieve: Retrieve
    brands: Mapping[str, str]
    """Generic name in lower case -> brand name."""


Progress = Callable[[str, int, int], None]
"""Name of the way, questions done, questions in all."""


def run_answers(plan: Plan, means: Means, progress: Progress) -> dict[str, Any]:
    """The whole report.

    Raises:
        UnreadableQuestions: a file holds no questions in a known form.
        ModelError: the model cannot be used.
    """
    questions = [question for path in plan.files for question in _drawn(path, plan)]
    ways = _ways(plan, means)
    answered = {name: _all(name, questions, answers, progress) for name, answers in ways.items()}
    model = means.model.describe() if means.model is not None else None
    return {
        "questions": len(questions),
        "files": [path.name for path in plan.files],
        "seed": plan.seed,
        "model": model.name if model else None,
        "model_sha256": model.digest if model else None,
        "ways": {name: of_way(some) for name, some in answered.items()},
        "library_effect": _library_effect(plan, answered),
        "pairs": _pairs(plan, means, questions, progress),
    }


def _drawn(path: Path, plan: Plan) -> list[ExamQuestion]:
    questions = read_questions(path)
    if not 0 < plan.most < len(questions):
        return questions
    chosen = random.Random(plan.seed).sample(range(len(questions)), plan.most)  # noqa: S311
    return [questions[place] for place in sorted(chosen)]


def _ways(plan: Plan, means: Means) -> dict[str, Answers]:
    if means.model is None:
        return {SEARCH: by_search(means.retrieve)}
    ways = [Way(name, retrieval) for name in plan.strategies for retrieval in (False, True)]
    model: dict[str, Answers] = {
        way.name: by_model(means.model, way, means.retrieve) for way in ways
    }
    return {SEARCH: by_search(means.retrieve), **model}


def _all(
    name: str, questions: Sequence[ExamQuestion], answers: Answers, progress: Progress
) -> list[Answered]:
    done = []
    for question in questions:
        done.append(Answered(question, answers(question)))
        progress(name, len(done), len(questions))
    return done


def _library_effect(
    plan: Plan, answered: Mapping[str, Sequence[Answered]]
) -> dict[str, dict[str, Any]]:
    """For each strategy, what the library gains and loses."""
    names = [(name, Way(name, False).name, Way(name, True).name) for name in plan.strategies]  # noqa: FBT003
    return {
        name: difference(answered[without], answered[with_it])
        for name, without, with_it in names
        if without in answered
    }


def _pairs(
    plan: Plan, means: Means, questions: Sequence[ExamQuestion], progress: Progress
) -> dict[str, Any]:
    """Firmness of the first strategy with the library, or of search where there is no model."""
    if not plan.kinds:
        return {}
    answers = (
        by_search(means.retrieve)
        if means.model is None
        else by_model(means.model, Way(plan.strategies[0], retrieval=True), means.retrieve)
    )
    plain = {question.id: answers(question) for question in questions}
    report = {}
    for kind in plan.kinds:
        made = list(twins(kind, questions, means.brands, plan.seed))
        pairs = []
        for twin in made:
            pairs.append(Pair(twin, plain[twin.plain.id], answers(twin.changed)))
            progress(kind, len(pairs), len(made))
        report[kind] = of_pairs(kind, pairs)
    return report
