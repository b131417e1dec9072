"""Colleagues in several roles, but only for what is hard; a moderator decides where they differ."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from assistant.writing.prompts import LETTERS
from assistant.writing.strategies.choices import read_choice, shuffled
from assistant.writing.strategies.direct import answered
from assistant.writing.strategies.task import Asks, Draft, How, Stopped, Task

ROLES = ("pharmacist", "ward", "sceptic")


class Panel:
    """Two quick answers; where they differ, every role speaks and a moderator decides.

    Costs two calls for a simple question, one more a role for a hard one, and one for the
    moderator unless all roles agree. A question that is answered in sentences is asked once: only
    the gate decides what of it is shown.
    """

    name = "panel"

    def __init__(self, roles: Sequence[str] = ROLES) -> None:
        """Take the roles, as they are called in `prompts.toml`."""
        self._roles = tuple(roles)

    def drafts(self, task: Task, asks: Asks) -> Iterator[Draft]:
        """The quick answer, then the panel's."""
        if not task.choices:
            yield answered(task, asks)
            return
        first, second = (_quick(task, asks, seed) for seed in (0, 1))
        agreed = first == second and first is not None
        quick = Draft(choice=first, share=1.0 if agreed else 0.5, lines=task.lines)
        yield replace(quick, stopped="agreed" if agreed else "rounds")
        if not agreed:
            yield self._together(task, asks)

    def _together(self, task: Task, asks: Asks) -> Draft:
        texts = [asks.say(role, task, How(seed=n)) for n, role in enumerate(self._roles)]
        views = [read_choice(text, task.choices) for text in texts]
        known = [view for view in views if view is not None]
        if known and len(set(known)) == 1 and len(known) == len(views):
            return Draft(choice=known[0], share=1.0, lines=task.lines, stopped="agreed")
        opinions = "\n".join(
            f"{role} ({_letter(view)}): {text}"
            for role, view, text in zip(self._roles, views, texts, strict=True)
        )
        choice = read_choice(asks.say("moderator", task, How(draft=opinions)), task.choices)
        share = known.count(choice) / len(views) if choice is not None else 0.0
        stopped: Stopped = "abstained" if choice is None else "settled"
        return Draft(choice=choice, share=share, lines=task.lines, stopped=stopped)


def _quick(task: Task, asks: Asks, seed: int) -> int | None:
    mixed = shuffled(task, seed)
    return mixed.back(read_choice(asks.say("exam", mixed.task, How(seed=seed)), mixed.task.choices))


def _letter(view: int | None) -> str:
    return "no choice" if view is None else LETTERS[view]
