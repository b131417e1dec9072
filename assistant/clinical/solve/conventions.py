"""Conventions of a public benchmark where they differ from the clinical definition.

For measuring only: nothing here ever serves a person. The clinical definition wins wherever an
audited answer agrees with it; what is left stands in conventions.toml and in the functions below.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from importlib.resources import files
from typing import Any

from assistant.clinical.calculators.body_size import adjusted, body_mass_index, devine
from assistant.clinical.calculators.electrolytes import corrected_gap, gap, ratio, water_deficit
from assistant.clinical.calculators.kidney import clearance, mdrd_rate
from assistant.clinical.calculators.metabolism import friedewald
from assistant.clinical.calculators.model import (
    Answer,
    Calculator,
    Formula,
    Item,
    Result,
    Values,
)
from assistant.clinical.notes.mention import Mention
from assistant.clinical.notes.sentences import Note

_RACE_FACTOR = 1.212
_UNDER, _OVER = 18.5, 24.9
_CONVERTED = frozenset({"creatinine", "bilirubin"})


@dataclass(frozen=True, slots=True)
class Conventions:
    """Other formulas, wider ranges and readings of silence."""

    rows: Mapping[str, Any]

    def adapted(self, calculator: Calculator) -> Calculator:
        """The calculator as the benchmark works it."""
        row = self.rows.get(calculator.id, {})
        optional = set(row.get("optional", ()))
        needed = set(row.get("needed", ()))
        ranges = row.get("ranges", {})
        fields = tuple(
            replace(
                each,
                needed=(each.needed or each.name in needed) and each.name not in optional,
                hard=tuple(ranges.get(each.name, each.hard)),
            )
            for each in calculator.fields
        )
        formula = _FORMULAS.get(calculator.id, calculator.formula)
        tables = {**calculator.tables, **row.get("tables", {})}
        items = tuple(_changed(each, row.get("items", {})) for each in calculator.items)
        return replace(calculator, fields=fields, formula=formula, tables=tables, items=items)

    def asked(self, calculator: Calculator) -> tuple[str, ...]:
        """Inputs of which two equally good values are asked, not taken as the first."""
        return tuple(self.rows.get(calculator.id, {}).get("ask", ()))

    def too_little(self, calculator: Calculator, mentions: Mapping[str, Mention]) -> str:
        """Why a note is not about the question of a score, where it tells hardly any item."""
        least = self.rows.get(calculator.id, {}).get("least", 0)
        if len(mentions) >= least:
            return ""
        return f"The note tells {len(mentions)} of {len(calculator.fields)} items."

    def filled(
        self, calculator: Calculator, note: Note, mentions: dict[str, Mention]
    ) -> dict[str, Mention]:
        """Inputs with what the benchmark takes silence to mean."""
        row = self.rows.get(calculator.id, {})
        filled = dict(mentions)
        if "race" in row and re.search(row["race"], note.lower):
            filled["race_factor"] = Mention("race_factor", _RACE_FACTOR, f"{_RACE_FACTOR}", 0, 0)
        for name in _CONVERTED & filled.keys():
            filled[name] = _rounded(filled[name])
        for name, value in row.get("silent", {}).items():
            filled.setdefault(name, Mention(name, value, str(value), 0, 0))
        return filled

    def total(self, calculator: Calculator, result: Result) -> float | None:
        """A score with silent items counted as absent; None where a measured item is missing."""
        needed = set(self.rows.get(calculator.id, {}).get("needed", ()))
        if needed & set(result.missing):
            return None
        return result.low


def load_conventions() -> Conventions:
    """Read the conventions of the package."""
    path = files("assistant.clinical.solve") / "conventions.toml"
    return Conventions(tomllib.loads(path.read_text(encoding="utf-8")))


def _changed(item: Item, rows: Mapping[str, Any]) -> Item:
    choices = rows.get(item.label)
    if choices is None:
        return item
    part = replace(item.parts[0], choices={name: float(points) for name, points in choices.items()})
    return replace(item, parts=(part,))


def _rounded(mention: Mention) -> Mention:
    """Molar values are rounded to 0.1 mg/dL when they are converted."""
    if "=" in mention.shown and isinstance(mention.value, float):
        return replace(mention, value=round(mention.value, 1))
    return mention


def _cockcroft_gault(v: Values) -> Answer:
    weight, height, sex = v.number("weight"), v.number("height"), v.choice("sex")
    mass = body_mass_index(weight, height)
    ideal = devine(height, sex)
    used = weight
    if mass > _OVER:
        used = adjusted(weight, ideal)
    elif mass >= _UNDER:
        used = min(ideal, weight)
    return Answer(clearance(v.number("age"), used, v.number("creatinine"), sex))


def _mdrd(v: Values) -> Answer:
    return Answer(mdrd_rate(v) * (v.number("race_factor") if v.has("race_factor") else 1.0))


def _conception(v: Values) -> Answer:
    return Answer(v.day("lmp") + timedelta(days=14))


def _gestation(v: Values) -> Answer:
    return Answer(float(abs((v.day("on_date") - v.day("lmp")).days)))


def _ideal(v: Values) -> Answer:
    return Answer(devine(v.number("height"), v.choice("sex")))


def _adjusted(v: Values) -> Answer:
    ideal = devine(v.number("height"), v.choice("sex"))
    return Answer(adjusted(v.number("weight"), ideal))


def _ratio(of: Callable[[Values], float]) -> Formula:
    return lambda v: Answer(ratio(v, of(v)))


_FORMULAS: Mapping[str, Formula] = {
    "cockcroft-gault": _cockcroft_gault,
    "mdrd": _mdrd,
    "conception-date": _conception,
    "gestational-age": _gestation,
    "ideal-body-weight": _ideal,
    "adjusted-body-weight": _adjusted,
    "delta-ratio": _ratio(gap),
    "albumin-corrected-delta-ratio": _ratio(corrected_gap),
    "ldl-friedewald": friedewald,
    "free-water-deficit": water_deficit,
}
