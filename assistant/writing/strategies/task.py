"""The vocabulary of strategies: what is asked, what comes out, and what it cost. All immutable."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from assistant.writing.language import Usage

Stopped = Literal[
    "answered", "agreed", "settled", "abstained", "rounds", "budget", "cancelled", "cut off"
]
"""Why a strategy ended. `agreed`: enough answers were the same; `settled`: nothing is left to mend;
`rounds`: it did all it may; `budget`: calls or tokens were used up; `cut off`: a text broke off."""


@dataclass(frozen=True, slots=True)
class Task:
    """What a model is asked."""

    question: str
    patient: str = ""
    """What is known of the patient, in words."""
    lines: tuple[str, ...] = ()
    """Quotes it may rest on, in the order of their numbers."""
    choices: tuple[str, ...] = ()
    """Choices of an exam question; empty for a question that is answered in sentences."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What was spent."""

    calls: int = 0
    prompt_tokens: int = 0
    reused_tokens: int = 0
    written_tokens: int = 0
    seconds: float = 0.0

    def plus(self, usage: Usage) -> "Cost":
        """This and one more call."""
        return Cost(
            self.calls + 1,
            self.prompt_tokens + usage.prompt_tokens,
            self.reused_tokens + usage.reused_tokens,
            self.written_tokens + usage.written_tokens,
            self.seconds + usage.prompt_s + usage.writing_s,
        )


@dataclass(frozen=True, slots=True)
class Budget:
    """The most that one task may cost.

    Raises:
        ValueError: a bound is out of range.
    """

    calls: int = 16
    written_tokens: int = 4096
    thinking_tokens: int = 2048
    """Tokens of thought in one call, 4,096 at most; a thought that is longer is not prolonged."""
    answer_tokens: int = 400
    seconds: float = 600.0

    def __post_init__(self) -> None:
        if not (1 <= self.calls <= 256 and 1 <= self.answer_tokens <= self.written_tokens):
            raise ValueError("a budget has 1 to 256 calls and tokens for one answer")
        if self.seconds <= 0.0:
            raise ValueError("a budget has time")
        if not 1 <= self.thinking_tokens <= 4096:
            raise ValueError("thoughts have 1 to 4096 tokens")


@dataclass(frozen=True, slots=True)
class Draft:
    """What a strategy has to say at one point; the last one counts."""

    text: str = ""
    """Cited sentences, not yet checked; marks count from 1 over `lines`."""
    choice: int | None = None
    """Place of the chosen answer in `Task.choices`."""
    share: float = 0.0
    """Share of the votes that the choice got, where votes were taken."""
    lines: tuple[str, ...] = ()
    """The lines that the marks refer to, those found on the way included."""
    stopped: Stopped = "answered"


@dataclass(frozen=True, slots=True)
class Result:
    """A draft, what it cost so far, and whether it is the last one."""

    draft: Draft
    cost: Cost
    done: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """A sentence that the gate refuses."""

    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What the gate says of a draft."""

    passed: int
    faults: tuple[Fault, ...] = ()

    @property
    def score(self) -> tuple[int, int]:
        """For choosing between drafts: more sentences that pass, then fewer that do not."""
        return self.passed, -len(self.faults)

    @property
    def clean(self) -> bool:
        """Whether it says something and nothing of it is refused."""
        return self.passed > 0 and not self.faults


Check = Callable[[str], Checked]
"""Puts the cited sentences of a draft before the gate."""
Retrieve = Callable[[str], Sequence[str]]
"""Looks a question up and gives lines, best first; may give none."""


class Asks(Protocol):
    """Asks the model; what a strategy needs of the world."""

    @property
    def cost(self) -> Cost:
        """What was spent so far."""
        ...

    def say(self, role: str, task: Task, how: "How | None" = None) -> str:
        """What the model writes in a role.

        Raises:
            Ended: the budget is used up, or the answer is no longer wanted.
        """
        ...


@dataclass(frozen=True, slots=True)
class How:
    """How freely one text is written, and on what draft."""

    temperature: float = 0.0
    seed: int = 0
    most_tokens: int = 0
    """0 for the budget's."""
    draft: str = ""
    faults: tuple[str, ...] = ()
    grammar: str = ""
    """Name of a shipped grammar that the text is held to, where the engine can."""


class Strategy(Protocol):
    """A way of asking. Keeps nothing between tasks."""

    name: str

    def drafts(self, task: Task, asks: Asks) -> Iterator[Draft]:
        """Ever better drafts; at least one.

        Raises:
            Ended: the budget is used up, or the answer is no longer wanted.
            ModelError: the model cannot be used.
        """
        ...


class Ended(Exception):
    """No further call is made."""

    def __init__(self, stopped: Stopped) -> None:
        """Say why."""
        super().__init__(stopped)
        self.stopped: Stopped = stopped


def run(strategy: Strategy, task: Task, asks: Asks) -> Iterator[Result]:
    """The drafts of a strategy with their cost; the last is marked done.

    A strategy whose budget is used up or that is cancelled ends with what it had.

    Raises:
        ModelError: the model cannot be used.
    """
    last = Draft(stopped="abstained")
    drafts = strategy.drafts(task, asks)
    while True:
        try:
            last = next(drafts)
        except StopIteration:
            break
        except Ended as end:
            last = replace(last, stopped=end.stopped)
            break
        yield Result(last, asks.cost)
    yield Result(last, asks.cost, done=True)
