"""Scores: a sum of items, each the highest of its parts; a range while something is missing."""

from collections.abc import Mapping

from assistant.clinical.calculators.model import Calculator, Item, Part, Points, Step, Values


def score(
    calculator: Calculator, values: Values, functions: Mapping[str, Points]
) -> tuple[float, float, tuple[Step, ...]]:
    """Lowest and highest sum the known inputs allow, and the points of each item."""
    low = high = calculator.base
    steps = []
    for item in calculator.items:
        least, most = item_points(item, values, functions)
        low, high = low + least, high + most
        shown = _plain(least) if least == most else f"{_plain(least)} to {_plain(most)}"
        steps.append(Step(item.label, shown))
    return low, high, tuple(steps)


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
