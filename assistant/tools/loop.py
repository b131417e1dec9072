"""Asks a model, call by call, which tools it wants, within a bound. Pure but for the model."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from assistant.tools.calls import GRAMMAR, Call, read_call, refusal
from assistant.writing.strategies.task import Asks, Ended, How, Stopped, Task

MOST_CALLS = 3
ROLE = "tools"
_TOKENS = 120

Use = Callable[[Call], str]
"""Carries a call out and says what came of it, in words for the model; empty for nothing."""


@dataclass(frozen=True, slots=True)
class Called:
    """A call and what became of it."""

    call: Call
    said: str
    """What the tool said, or why it was not used."""
    used: bool


@dataclass(frozen=True, slots=True)
class Calls:
    """All calls for one question."""

    made: tuple[Called, ...] = ()
    stopped: Stopped = "settled"
    """`settled`: the model wants no more; `rounds`: it has had its calls."""


def call_tools(asks: Asks, task: Task, use: Use) -> Calls:
    """Let the model call tools until it wants none, repeats itself, or has had enough.

    Args:
        asks: the model.
        task: question, patient and lines.
        use: carries a call out.

    Raises:
        ModelError: the model cannot be used.
    """
    known = " \n".join((task.question, task.patient, *task.lines))
    made: list[Called] = []
    for _ in range(MOST_CALLS):
        try:
            call = read_call(asks.say(ROLE, replace(task, choices=()), _how(made)))
        except Ended as end:
            return Calls(tuple(made), end.stopped)
        if call is None or any(one.call == call for one in made):
            return Calls(tuple(made))
        reason = refusal(call, known)
        said = reason or use(call)
        made.append(Called(call, said, used=not reason and bool(said)))
    return Calls(tuple(made), "rounds")


def _how(made: list[Called]) -> How:
    so_far = [f"{one.call.tool}({one.call.input}): {one.said or 'nothing'}" for one in made]
    return How(most_tokens=_TOKENS, draft="\n".join(so_far), grammar=GRAMMAR)
