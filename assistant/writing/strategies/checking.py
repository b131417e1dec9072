"""Strategies that put drafts before the gate: the best of several, mended, or both."""

from collections.abc import Iterator
from dataclasses import replace

from assistant.writing.strategies.direct import abstains, answered
from assistant.writing.strategies.task import Asks, Check, Checked, Draft, How, Task

NO_FAULT = "NONE"
MOST_FAULTS = 5
_SHORTEST_FAULT = 3


class BestOf:
    """Writes several drafts and takes the one of which the gate lets most through.

    Costs `drafts` calls at most; ends at the first draft of which nothing is refused.
    """

    name = "best-of"

    def __init__(self, check: Check, count: int = 3, temperature: float = 0.7) -> None:
        """Take the gate, how many drafts, and how freely all but the first are written."""
        self._check = check
        self._count = count
        self._temperature = temperature

    def drafts(self, task: Task, asks: Asks) -> Iterator[Draft]:
        """The best draft after each one."""
        best = Draft(lines=task.lines, stopped="abstained")
        score = (0, 0)
        for seed in range(self._count):
            how = How(self._temperature if seed else 0.0, seed)
            draft = answered(replace(task, choices=()), asks, how)
            checked = self._check(draft.text) if draft.text else Checked(0)
            if checked.clean:
                yield replace(draft, stopped="settled")
                return
            if checked.score > score:
                best, score = replace(draft, stopped="rounds"), checked.score
            yield best


class Critique:
    """Writes, lets the gate and a critic name the faults, and writes again.

    Costs one call, and two for each round; ends when nothing is refused and the critic names
    nothing, or when a round changes nothing. The critic can only find faults, never clear one of
    the gate's.
    """

    name = "critique"

    def __init__(self, check: Check, rounds: int = 2) -> None:
        """Take the gate and how often to write again."""
        self._check = check
        self._rounds = rounds

    def drafts(self, task: Task, asks: Asks) -> Iterator[Draft]:
        """The first draft, then the best one after each round."""
        task = replace(task, choices=())
        first = answered(task, asks)
        yield first
        if first.text:
            yield from self.mended(first, task, asks)

    def mended(self, draft: Draft, task: Task, asks: Asks) -> Iterator[Draft]:
        """Ever better versions of a draft; none where it has no fault."""
        checked = self._check(draft.text)
        best, score = draft, checked.score
        for _ in range(self._rounds):
            faults = self._faults(draft, checked, task, asks)
            if not faults:
                yield replace(best, stopped="settled")
                return
            text = asks.say("revise", task, How(draft=draft.text, faults=faults))
            if abstains(text) or text == draft.text:
                yield replace(best, stopped="settled")
                return
            draft, checked = replace(draft, text=text), self._check(text)
            if checked.score > score:
                best, score = draft, checked.score
            yield replace(best, stopped="rounds")

    def _faults(self, draft: Draft, checked: Checked, task: Task, asks: Asks) -> tuple[str, ...]:
        """What the gate refuses, and what the critic names beyond."""
        refused = [f"{fault.text} ({fault.reason})" for fault in checked.faults]
        said = asks.say("critic", task, How(draft=draft.text))
        named = [line.strip(" -*") for line in said.splitlines()]
        real = [
            n
            for n in named
            if len(n.split()) >= _SHORTEST_FAULT and not n.upper().startswith(NO_FAULT)
        ]
        return tuple(dict.fromkeys((*refused, *real)))[:MOST_FAULTS]


class Careful:
    """The best of several drafts, and where the gate still refuses something, mended once.

    Costs at most `count` calls and two for each round.
    """

    name = "careful"

    def __init__(self, check: Check, count: int = 3, rounds: int = 1) -> None:
        """Take the gate, how many drafts and how many rounds of mending."""
        self._best = BestOf(check, count)
        self._critique = Critique(check, rounds)

    def drafts(self, task: Task, asks: Asks) -> Iterator[Draft]:
        """The best draft so far, then the mended one."""
        last = Draft(stopped="abstained")
        for last in self._best.drafts(task, asks):
            yield last
        if last.text and last.stopped != "settled":
            yield from self._critique.mended(last, replace(task, choices=()), asks)
