"""What `aidpost exam answers` tells: shares with intervals, by topic, cost, and firmness. Pure."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from ui.exam_answers.pairs import Twin
from ui.exam_answers.questions import ExamQuestion
from ui.exam_answers.running import Given
from ui.exam_answers.scoring import Share, sign_test

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answered:
    """A question with what was answered."""

    question: ExamQuestion
    given: Given

    @property
    def is_right(self) -> bool:
        """Whether the right choice was taken, or none where none is right."""
        return self.given.choice == self.question.right

    @property
    def abstained(self) -> bool:
        """Whether no choice was taken."""
        return self.given.choice is None


@dataclass(frozen=True, slots=True)
class Pair:
    """A twin with both answers."""

    twin: Twin
    plain: Given
    changed: Given

    @property
    def choice(self) -> int | None:
        """The choice for the changed question, by its place in the plain one."""
        place = self.changed.choice
        return self.twin.order[place] if place is not None and self.twin.order else place


def of_way(answers: Sequence[Answered]) -> dict[str, Any]:
    """Accuracy, abstentions, topics and cost of one way of answering."""
    by_topic: dict[str, list[Answered]] = defaultdict(list)
    for one in answers:
        by_topic[one.question.topic].append(one)
    given = [one for one in answers if not one.abstained]
    return {
        "right": _share(answers, lambda one: one.is_right).report(),
        "abstained": _share(answers, lambda one: one.abstained).report(),
        "right_where_answered": _share(given, lambda one: one.is_right).report(),
        "chance": _chance(answers),
        "topics": {
            topic: _share(some, lambda one: one.is_right).report()
            for topic, some in sorted(by_topic.items())
        },
        "cost_per_question": _cost([one.given for one in answers]),
        "stopped": _counts(one.given.stopped for one in answers),
    }


def difference(before: Sequence[Answered], after: Sequence[Answered]) -> dict[str, Any]:
    """What a change gains and loses over the same questions, with its exact probability."""
    both = list(zip(before, after, strict=True))
    gained = sum(new.is_right and not old.is_right for old, new in both)
    lost = sum(old.is_right and not new.is_right for old, new in both)
    return {"gained": gained, "lost": lost, "p": round(sign_test(gained, lost), 4)}


def of_pairs(kind: str, pairs: Sequence[Pair]) -> dict[str, Any]:
    """How firmly a model stands: what stays right, what moves, whom it follows."""
    if kind == "fictional":
        return {"abstained": _share(pairs, lambda pair: pair.changed.choice is None).report()}
    knew = [pair for pair in pairs if pair.plain.choice == pair.twin.plain.right]
    report: dict[str, Any] = {
        "stays_right": _share(knew, lambda pair: pair.choice == pair.twin.plain.right).report(),
        "same_choice": _share(pairs, lambda pair: pair.choice == pair.plain.choice).report(),
    }
    if kind == "opinion":
        report["follows"] = _share(knew, lambda pair: pair.choice == pair.twin.pushed).report()
    return report


def table(report: Mapping[str, Any]) -> str:
    """The report in lines for a person."""
    lines = [f"{report['questions']} questions, model: {report['model'] or 'none'}", ""]
    lines += [_line(name, way) for name, way in report["ways"].items()]
    if report.get("library_effect"):
        lines += ["", "What the library changes (questions gained, lost, probability by chance):"]
        lines += [
            f"  {name}: +{one['gained']} -{one['lost']} p={one['p']}"
            for name, one in report["library_effect"].items()
        ]
    if report.get("pairs"):
        lines += ["", "Firmness:"]
        for kind, one in report["pairs"].items():
            told = ", ".join(
                f"{key.replace('_', ' ')} {_percent(value)}" for key, value in one.items()
            )
            lines.append(f"  {kind}: {told}")
    return "\n".join(lines)


def _line(name: str, way: Mapping[str, Any]) -> str:
    cost = way["cost_per_question"]
    return (
        f"{name}: right {_percent(way['right'])}, abstained {_percent(way['abstained'])};"
        f" chance {100 * way['chance']:.0f} %; a question costs {cost['calls']} calls,"
        f" {cost['prompt_tokens'] + cost['written_tokens']:.0f} tokens, {cost['seconds']} s"
    )


def _percent(share: Mapping[str, Any]) -> str:
    if share["share"] is None:
        return "- (of 0)"
    low, high = share["ci95"]
    return f"{100 * share['share']:.1f} % ({100 * low:.1f} to {100 * high:.1f}, of {share['of']})"


def _share(some: Sequence[T], holds: Callable[[T], bool]) -> Share:
    return Share(sum(map(holds, some)), len(some))


def _chance(answers: Sequence[Answered]) -> float:
    """Share of right answers that guessing gives."""
    if not answers:
        return 0.0
    return round(sum(1 / len(one.question.choices) for one in answers) / len(answers), 4)


def _cost(given: Sequence[Given]) -> dict[str, float]:
    count = max(1, len(given))
    costs = [one.cost for one in given]
    return {
        "calls": round(sum(cost.calls for cost in costs) / count, 2),
        "prompt_tokens": round(sum(cost.prompt_tokens for cost in costs) / count, 1),
        "reused_tokens": round(sum(cost.reused_tokens for cost in costs) / count, 1),
        "written_tokens": round(sum(cost.written_tokens for cost in costs) / count, 1),
        "seconds": round(sum(cost.seconds for cost in costs) / count, 3),
    }


def _counts(names: Iterable[str]) -> dict[str, int]:
    counts: dict[str, int] = defaultdict(int)
    for name in names:
        counts[name] += 1
    return dict(sorted(counts.items()))
