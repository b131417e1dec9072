"""Rows of the data files turned into calculators."""

import re
from collections.abc import Mapping
from typing import Any, cast

from assistant.clinical.calculators.lookup import looked_up, measured
from assistant.clinical.calculators.model import (
    DRAFT,
    Calculator,
    Case,
    Field,
    Formula,
    Item,
    Part,
    Rule,
    Sign,
)

_RULE = re.compile(r"(below|up to|at least|over) (-?\d+(?:\.\d+)?): ?(.*)|(otherwise): ?(.*)")
_SIGNS = frozenset({"below", "up", "at", "over", "otherwise"})
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
    row = _spelled_out(row)
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
        formula=_formula(row, formulas) if not items else None,
        items=items,
        base=float(row.get("base", 0)),
        bands=tuple(rule_of(each) for each in row.get("bands", ())),
        labels=row.get("labels", {}),
        texts=row.get("texts", {}),
        tables=row.get("tables", {}),
        rules={
            name: tuple(rule_of(each) for each in rules)
            for name, rules in row.get("rules", {}).items()
        },
        combine=row.get("combine", "sum"),
        not_for=row.get("not_for", ""),
        status=row.get("status", DRAFT),
    )


def _spelled_out(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """A row with the questions of its groups (`asked`) as inputs and items."""
    inputs, items = dict(row.get("input", {})), list(row.get("items", ()))
    for group in row.get("asked", ()):
        for name, label in group["labels"].items():
            inputs[name], item = _question(group, label)
            told = group.get("alerts", {}).get(name, "")
            items.append({"label": label, "input": name, "alert": told, **item})
    return {**row, "input": inputs, "items": items}


def _question(group: Mapping[str, Any], label: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """One question of a group: answered by its points, or by yes and no."""
    if "points" in group:
        points = {str(each): each for each in group["points"]}
        choices = {"kind": "choice", "choices": list(points)}
        return {"label": label, **choices}, {"choices": points}
    return {"label": label}, {"points": group["gives"], "when": group.get("when", True)}


def _formula(row: Mapping[str, Any], formulas: Mapping[str, Formula]) -> Formula:
    if "measure" in row:
        return measured(row["measure"])
    if "lookup" in row:
        return looked_up(row["lookup"]["number"], row["lookup"].get("choice", ""))
    return formulas[row["id"]]


def rule_of(text: str) -> Rule:
    """`below 18.5: Underweight`.

    Raises:
        ValueError: the text is not a rule.
    """
    match = _RULE.fullmatch(text)
    if match is None:
        raise ValueError(text)
    if match[1] is None:
        return Rule("otherwise", 0.0, match[5])
    return Rule(cast("Sign", match[1]), float(match[2]), match[3])


def _names(row: Mapping[str, Any], items: tuple[Item, ...]) -> list[str]:
    told = list(row.get("inputs", ()))
    used = [name for item in items for part in item.parts for name in _inputs(part)]
    sexed = ["sex"] if any(item.only for item in items) else []
    return list(dict.fromkeys([*told, *sexed, *used]))


def _inputs(part: Part) -> list[str]:
    own = [name for name in (part.by, part.input, *part.inputs) if name]
    return own + [name for case in part.cases for name in _inputs(case.part)]


def _item(row: Mapping[str, Any]) -> Item:
    parts = tuple(_part(each) for each in row["parts"]) if "parts" in row else (_part(row),)
    return Item(
        row.get("label", parts[0].input),
        parts,
        row.get("only", ""),
        row.get("alert", ""),
        row.get("alert_from", 1.0),
    )


def _part(row: Mapping[str, Any]) -> Part:
    return Part(
        input=row.get("input", ""),
        points=float(row.get("points", 0)),
        when=row.get("when", True),
        rules=tuple(rule_of(each) for each in row.get("rules", ())),
        choices={name: float(points) for name, points in row.get("choices", {}).items()},
        function=row.get("function", ""),
        inputs=tuple(row.get("any", ())),
        least=row.get("least", 1),
        by=row.get("by", ""),
        cases=tuple(_case(each, row) for each in row.get("cases", ())),
    )


def _case(row: Mapping[str, Any], outer: Mapping[str, Any]) -> Case:
    when = str(row["when"])
    rule = rule_of(f"{when}: ") if when.split(" ", maxsplit=1)[0] in _SIGNS else None
    inner = {"input": outer.get("input", ""), **row, "when": True}
    return Case(rule, "" if rule else when, _part(inner))


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
