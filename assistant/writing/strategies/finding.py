"""Strategies that look things up on the way: by parts, by a guessed answer, or only when unsure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from assistant.writing.strategies.choices import read_choice, shuffled
from assistant.writing.strategies.direct import answered
from assistant.writing.strategies.task import Asks, Draft, How, Retrieve, Task

MOST_PARTS = 3
MOST_LINES = 12
_NUMBERING = re.compile(r"^\s*(?:[-*\u2022]|\(?\d{1,2}[.)])\s*")
_MARK = re.compile(r"\[\s*(\d{1,3})\s*\]")


class Decompose:
    """Cuts a question into parts, looks each one up, and answers each with its own lines.

    Costs one call and one for each part, four at most. For an exam question the parts only bring
    lines, and the question is asked once with all of them: two calls.
    """

    name = "decompose"

    def __init__(self, retrieve: Retrieve) -> None:
        """Take the library."""
        self._retrieve = retrieve

    def drafts(self, task: Task, asks: Asks) -> Iterator[Draft]:
        """A draft after each part."""
        parts = _parts(asks.say("decompose", task)) or [task.question]
        if task.choices:
            found = [line for part in parts for line in self._retrieve(part)]
            yield answered(_with(task, found), asks)
            return
        lines = task.lines
        texts: list[str] = []
        for part in parts:
            here = tuple(self._retrieve(part)) or task.lines
            said = answered(replace(task, question=part, lines=here), asks)
            lines = _joined(lines, here)
            texts.append(_renumbered(said.text, here, lines))
            text = " ".join(filter(None, texts))
            yield Draft(text, lines=lines, stopped="answered" if text else "abstained")


class Hypothesis:
    """Lets the model guess an answer, and looks up what resembles the guess. Two calls.

    The guess is shown to nobody and stands in no second prompt.
    """

    name = "hypothesis"

    def __init__(self, retrieve: Retrieve) -> None:
        """Take the library."""
        self._retrieve = retrieve

    def drafts(self, task: Task, asks: Asks) -> Iterator[Draft]:
        """The one draft."""
        guess = asks.say("hypothesis", replace(task, lines=()))
        found = self._retrieve(f"{task.question}\n{guess}")
        yield answered(_with(task, found), asks)


class WhenUnsure:
    """Looks up only where the model is not sure: where its answers without lines differ.

    Costs `votes` calls where they agree, one more where they do not. A question that is answered in
    sentences needs lines in any case; there, one more search is made where the lines at
    hand do not answer: one call, or three.
    """

    name = "when-unsure"

    def __init__(self, retrieve: Retrieve, votes: int = 3, temperature: float = 0.7) -> None:
        """Take the library and how often to ask."""
        self._retrieve = retrieve
        self._votes = votes
        self._temperature = temperature

    def drafts(self, task: Task, asks: Asks) -> Iterator[Draft]:
        """A draft without further lines, and one with them where it is needed."""
        if task.choices:
            yield from self._choice(task, asks)
            return
        first = answered(task, asks)
        yield first
        if first.stopped == "abstained":
            query = asks.say("follow_up", task)
            found = self._retrieve(query)
            if found:
                yield answered(_with(task, found), asks)

    def _choice(self, task: Task, asks: Asks) -> Iterator[Draft]:
        bare = replace(task, lines=())
        votes: list[int | None] = []
        for seed in range(self._votes):
            mixed = shuffled(bare, seed)
            text = asks.say("exam", mixed.task, How(self._temperature, seed))
            votes.append(mixed.back(read_choice(text, mixed.task.choices)))
            if len(set(votes)) > 1 or votes[0] is None:
                break
        else:
            yield Draft(choice=votes[0], share=1.0, stopped="agreed")
            return
        yield answered(_with(task, self._retrieve(task.question)), asks)


def _parts(text: str) -> list[str]:
    """The questions of a list, without their marks."""
    lines = (_NUMBERING.sub("", line).strip() for line in text.splitlines())
    return list(dict.fromkeys(line for line in lines if len(line.split()) > 1))[:MOST_PARTS]


def _with(task: Task, found: Sequence[str]) -> Task:
    return replace(task, lines=_joined(tuple(found), task.lines)[:MOST_LINES])


def _joined(lines: tuple[str, ...], more: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*lines, *more)))


def _renumbered(text: str, here: Sequence[str], lines: Sequence[str]) -> str:
    """The text with marks that count over all lines; a mark of no line is left as nothing."""

    def mark(found: re.Match[str]) -> str:
        number = int(found[1])
        known = 1 <= number <= len(here)
        return f"[{lines.index(here[number - 1]) + 1}]" if known else "[0]"

    return _MARK.sub(mark, text)
