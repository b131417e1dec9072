"""Scores: a sum of items, each the highest of its parts; a range while something is missing."""

from collections.abc import Mapping

from assistant.clinical.calculators.model import (
    Calculator,
    Case,
    Item,
    Part,
    Points,
    Step,
    Values,
)


def score(
    calculator: Calculator, values: Values, functions: Mapping[str, Points]
) -> tuple[float, float, tuple[Step, ...]]:
    """Lowest and highest sum the known inputs allow, and the points of each item.

    Where the calculator combines by the highest, the worst item is the result, not the sum.
    """
    low = high = calculator.base
    steps = []
    highest = calculator.combine == "highest"
    for item in calculator.items:
        least, most = item_points(item, values, functions)
        low = max(low, least) if highest else low + least
        high = max(high, most) if highest else high + most
        shown = _plain(least) if least == most else f"{_plain(least)} to {_plain(most)}"
        steps.append(Step(item.label, shown))
    return low, high, tuple(steps)


def item_alerts(
    calculator: Calculator, values: Values, functions: Mapping[str, Points]
) -> tuple[str, ...]:
    """What the items that certainly give points say of themselves."""
    told = (item for item in calculator.items if item.alert)
    return tuple(
        item.alert for item in told if item_points(item, values, functions)[0] >= item.alert_from
    )


def item_points(item: Item, values: Values, functions: Mapping[str, Points]) -> tuple[float, float]:
    """Lowest and highest points of one item."""
    if item.only and not values.has("sex"):
        spans = [_part(part, values, functions) for part in item.parts]
        return min(0.0, *(span[0] for span in spans)), max(0.0, *(span[1] for span in spans))
    if item.only and values.choice("sex") != item.only:
        return 0.0, 0.0
    spans = [_part(part, values, functions) for part in item.parts]
    if len(spans) == 1:
        return spans[0]
    signed = min if all(high <= 0 for _, high in spans) else max
    return signed(low for low, _ in spans), signed(high for _, high in spans)


def _part(part: Part, values: Values, functions: Mapping[str, Points]) -> tuple[float, float]:
    if part.function:
        return functions[part.function](values)
    if part.cases:
        return _cases(part, values, functions)
    if part.inputs:
        return _counted(part, values)
    if not values.has(part.input):
        outcomes = _outcomes(part)
        return min(outcomes), max(outcomes)
    if part.choices:
        points = part.choices.get(values.choice(part.input), 0.0)
    elif part.rules:
        points = by_rules(part, values.number(part.input))
    else:
        points = part.points if values.yes(part.input) is part.when else 0.0
    return points, points


def _cases(part: Part, values: Values, functions: Mapping[str, Points]) -> tuple[float, float]:
    spans = [
        _part(case.part, values, functions)
        for case in part.cases
        if not values.has(part.by) or _decides(case, values, part.by)
    ]
    if values.has(part.by):
        return spans[0] if spans else (0.0, 0.0)
    return min(low for low, _ in spans), max(high for _, high in spans)


def _decides(case: Case, values: Values, name: str) -> bool:
    if case.rule is not None:
        return case.rule.holds(values.number(name))
    value = values.given[name]
    told = ("yes" if value else "no") if isinstance(value, bool) else value
    return told == case.choice


def _counted(part: Part, values: Values) -> tuple[float, float]:
    known = [name for name in part.inputs if values.has(name)]
    yes = sum(values.yes(name) for name in known)
    possible = yes + len(part.inputs) - len(known)
    low, high = (part.points if count >= part.least else 0.0 for count in (yes, possible))
    return min(low, high), max(low, high)


def by_rules(part: Part, value: float) -> float:
    """Points of the first rule that holds; none holding gives nothing."""
    return next((float(rule.outcome) for rule in part.rules if rule.holds(value)), 0.0)


def _outcomes(part: Part) -> list[float]:
    if part.choices:
        return list(part.choices.values())
    if part.rules:
        told = [float(rule.outcome) for rule in part.rules]
        return told if part.rules[-1].sign == "otherwise" else [*told, 0.0]
    return [0.0, part.points]


def _plain(points: float) -> str:
    return f"{points:g}"
