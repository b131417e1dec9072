"""Rows of the data files turned into calculators."""

import re
from collections.abc import Mapping
from typing import Any, cast

from assistant.clinical.calculators.model import (
    Calculator,
    Field,
    Formula,
    Item,
    Part,
    Rule,
    Sign,
)

_RULE = re.compile(r"(below|up to|at least|over) (-?\d+(?:\.\d+)?): ?(.*)|(otherwise): ?(.*)")
_EVERYTHING = (float("-inf"), float("inf"))


def fields_of(data: Mapping[str, Any]) -> dict[str, Field]:
    """The shared input dictionary."""
    return {name: _field(name, row) for name, row in data.items()}


def calculator_of(
    row: Mapping[str, Any],
    group: str,
    shared: Mapping[str, Field],
    formulas: Mapping[str, Formula],
) -> Calculator:
    """One calculator; a row names shared inputs or spells out its own under `[calculator.input]`.

    Raises:
        KeyError: the row names an input or a formula that does not exist.
    """
    own = {name: _merged(name, each, shared) for name, each in row.get("input", {}).items()}
    items = tuple(_item(each) for each in row.get("items", ()))
    names = _names(row, items)
    known = {**shared, **own}
    optional = set(row.get("optional", ()))
    fields = tuple(_needed(known[name], needed=name not in optional) for name in names)
    return Calculator(
        id=row["id"],
        title=row["title"],
        group=group,
        fields=fields,
        unit=row.get("unit", "points"),
        decimals=row.get("decimals", 0),
        formula_text=row["formula"],
        source=row["source"],
        shape=row.get("shape", "number"),
        formula=None if items else formulas[row["id"]],
        items=items,
        base=float(row.get("base", 0)),
        bands=tuple(rule_of(each) for each in row.get("bands", ())),
        labels=row.get("labels", {}),
        texts=row.get("texts", {}),
        tables=row.get("tables", {}),
        not_for=row.get("not_for", ""),
    )


def rule_of(text: str) -> Rule:
    """`below 18.5: Underweight`.

    Raises:
        ValueError: the text is not a rule.
    """
    match = _RULE.fullmatch(text)
    if match is None:
        raise ValueError(text)
    if match[4]:
        return Rule("otherwise", 0.0, match[5])
    return Rule(cast("Sign", match[1]), float(match[2]), match[3])


def _names(row: Mapping[str, Any], items: tuple[Item, ...]) -> list[str]:
    told = list(row.get("inputs", ()))
    used = [part.input for item in items for part in item.parts if part.input]
    sexed = ["sex"] if any(item.only for item in items) else []
    return list(dict.fromkeys([*told, *sexed, *used]))


def _item(row: Mapping[str, Any]) -> Item:
    parts = tuple(_part(each) for each in row["parts"]) if "parts" in row else (_part(row),)
    return Item(row.get("label", parts[0].input), parts, row.get("only", ""))


def _part(row: Mapping[str, Any]) -> Part:
    return Part(
        input=row.get("input", ""),
        points=float(row.get("points", 0)),
        when=row.get("when", True),
        rules=tuple(rule_of(each) for each in row.get("rules", ())),
        choices={name: float(points) for name, points in row.get("choices", {}).items()},
        function=row.get("function", ""),
    )


def _needed(field: Field, *, needed: bool) -> Field:
    return _field(field.name, {**_row(field), "needed": needed})


def _merged(name: str, row: Mapping[str, Any], shared: Mapping[str, Field]) -> Field:
    base = _row(shared[name]) if name in shared else {}
    merged = {**base, **row}
    if "hard" in row and "soft" not in row and base:
        (low, high), (first, last) = row["hard"], base["soft"]
        merged["soft"] = (max(low, first), min(high, last))
    return _field(name, merged)


def _row(field: Field) -> dict[str, Any]:
    return {
        "label": field.label, "kind": field.kind, "quantity": field.quantity, "hard": field.hard,
        "soft": field.soft, "choices": field.choices, "needed": field.needed, "past": field.past,
    }  # fmt: skip


def _field(name: str, row: Mapping[str, Any]) -> Field:
    hard = tuple(row.get("hard", _EVERYTHING))
    soft = tuple(row.get("soft", hard))
    return Field(
        name=name,
        label=row["label"],
        kind=row.get("kind", "number" if row.get("quantity") else "yes-no"),
        quantity=row.get("quantity", ""),
        hard=(float(hard[0]), float(hard[1])),
        soft=(float(soft[0]), float(soft[1])),
        choices=tuple(row.get("choices", ())),
        needed=row.get("needed", True),
        past=row.get("past", False),
    )
