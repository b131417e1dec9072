"""Strategies for exam questions that ask again in another way and count."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from assistant.writing.strategies.choices import read_choice, shuffled
from assistant.writing.strategies.direct import answered
from assistant.writing.strategies.task import Asks, Draft, How, Task

LEAST_SHARE = 0.5
"""Below this share of all votes the leading choice is no answer."""


class SelfConsistency:
    """Asks several times with the choices in another order each time, and takes the majority.

    Costs `votes` calls at most; ends as soon as no other choice can overtake. A question that is
    answered in sentences is asked once.
    """

    name = "self-consistency"

    def __init__(self, votes: int = 5, temperature: float = 0.7) -> None:
        """Take how often to ask and how freely it is answered."""
        self._votes = votes
        self._temperature = temperature

    def drafts(self, task: Task, asks: Asks) -> Iterator[Draft]:
        """The leading choice after each vote."""
        if not task.choices:
            yield answered(task, asks)
            return
        votes: Counter[int] = Counter()
        for asked in range(self._votes):
            mixed = shuffled(task, asked)
            how = How(self._temperature if asked else 0.0, asked)
            choice = mixed.back(read_choice(asks.say("exam", mixed.task, how), mixed.task.choices))
            votes.update([] if choice is None else [choice])
            left = self._votes - asked - 1
            draft = self._leading(task, votes, asked + 1)
            if left and _decided(votes, left) and draft.choice is not None:
                yield replace(draft, stopped="agreed")
                return
            yield draft

    def _leading(self, task: Task, votes: Counter[int], asked: int) -> Draft:
        best = votes.most_common(1)
        if not best or best[0][1] / asked < LEAST_SHARE:
            return Draft(lines=task.lines, stopped="abstained")
        return Draft(
            choice=best[0][0], share=best[0][1] / asked, lines=task.lines, stopped="rounds"
        )


class VerifyChoices:
    """Asks of each choice by itself whether it is right.

    Costs one call a choice, and one more where not exactly one is right. A question that is
    answered in sentences is asked once.
    """

    name = "verify-choices"

    def drafts(self, task: Task, asks: Asks) -> Iterator[Draft]:
        """The one choice that stands, or the one chosen among those that do."""
        if not task.choices:
            yield answered(task, asks)
            return
        right = [n for n, choice in enumerate(task.choices) if _is_right(task, choice, asks)]
        if len(right) == 1:
            yield Draft(choice=right[0], share=1.0, lines=task.lines, stopped="settled")
            return
        among = right or list(range(len(task.choices)))
        some = answered(replace(task, choices=tuple(task.choices[n] for n in among)), asks)
        choice = None if some.choice is None else among[some.choice]
        yield replace(some, choice=choice)


def _is_right(task: Task, choice: str, asks: Asks) -> bool:
    said = asks.say("verify", replace(task, choices=()), How(draft=choice))
    return said.strip().upper().startswith("YES")


def _decided(votes: Counter[int], left: int) -> bool:
    """Whether the leader stays ahead whatever is still said."""
    ranked = [count for _, count in votes.most_common(2)]
    second = ranked[1] if len(ranked) > 1 else 0
    return bool(ranked) and ranked[0] - second > left
