"""Reads the interaction rules from the TOML files of `starter/interactions`."""

import tomllib
from collections.abc import Callable, Mapping
from decimal import Decimal
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, TypeVar

from kb.formulary_table import BadFormulary, Table, words_of
from kb.interactions import (
    SEVERITIES,
    Advice,
    ClassList,
    DuplicateRule,
    Kind,
    Members,
    OnlyIf,
    PairRule,
    PatientRule,
    RuleBook,
    Severity,
    Suits,
)
from kb.medicine_names import BadInteractions
from kb.medicines import Span

FILES = ("rules.toml", "duplicates.toml", "patients.toml", "classes.toml")
_KINDS: tuple[Kind, ...] = words_of(Kind)
_OTHERWISE = (*SEVERITIES, "none")
R = TypeVar("R")


def load_rules() -> RuleBook:
    """The rules that are part of the program.

    Raises:
        BadInteractions: naming the file, the rule and the key.
    """
    return read_rules(files("kb.starter").joinpath("interactions"))


def read_rules(folder: Traversable) -> RuleBook:
    """The rules in a folder.

    Raises:
        BadInteractions: naming the file, the rule and the key.
    """
    tables = {name: _toml(folder.joinpath(name)) for name in FILES}
    pairs, duplicates, patients, classes = (tables[name] for name in FILES)
    try:
        return RuleBook(
            pairs=_all(pairs, "rule", FILES[0], _pair),
            duplicates=_all(duplicates, "duplicate", FILES[1], _duplicate),
            patients=_all(patients, "patient", FILES[2], _patient),
            classes={
                name: _class(Table(f"{FILES[3]}: {name}", row)) for name, row in classes.items()
            },
            same=_duplicate(Table(f"{FILES[1]}: same", duplicates["same"])),
            own_allergy=_own(Table(f"{FILES[2]}: own_allergy", patients["own_allergy"])),
        )
    except (BadFormulary, KeyError) as error:
        message = str(error) if isinstance(error, BadFormulary) else f"there is no table {error}"
        raise BadInteractions(message) from error


def _toml(file: Traversable) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"), parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        message = f"{file.name}: {error}"
        raise BadInteractions(message) from error


def _all(
    values: Mapping[str, Any], key: str, file: str, read: Callable[[Table], R]
) -> tuple[R, ...]:
    return tuple(read(Table(f"{file}: {row.get('id', '?')}", row)) for row in values[key])


def _pair(table: Table) -> PairRule:
    table.word("confirmed", ("ok", "v"))
    rule = PairRule(
        _advice(table, "mechanism"),
        _members(table, "a", "a_not"),
        _members(table, "b", "b_not"),
        frozenset(table.texts("overrides")),
        _only_if(table.table("only_if")),
        Members(third) if (third := frozenset(table.texts("with"))) else None,
    )
    table.done()
    return rule


def _only_if(table: Table | None) -> OnlyIf:
    if table is None:
        return OnlyIf()
    word = table.word("otherwise", _OTHERWISE, "none")
    otherwise: Severity | None = next((known for known in SEVERITIES if known == word), None)
    only_if = OnlyIf(table.texts("routes"), table.age("age_from", "age_below"), otherwise)
    table.done()
    return only_if


def _duplicate(table: Table) -> DuplicateRule:
    together = table.take("together") or []
    if not all(isinstance(pair, list) and len(pair) == 2 for pair in together):
        raise table.fault("together", "must be pairs of ids")
    rule = DuplicateRule(
        _advice(table, "mechanism"),
        _members(table, "of", "not"),
        frozenset(map(frozenset, together)),
    )
    table.done()
    return rule


def _patient(table: Table) -> PatientRule:
    rule = PatientRule(
        _advice(table, "why"),
        table.word("kind", _KINDS),
        _members(table, "medicines", "not_medicines"),
        _suits(table),
    )
    table.done()
    return rule


def _suits(table: Table) -> Suits:
    return Suits(
        trimesters=tuple(table.take("trimesters") or ()),
        weeks=Span(table.number("gest_from_weeks"), table.number("gest_below_weeks")),
        woman_who_could_become_pregnant=bool(table.flag("woman_who_could_become_pregnant")),
        age=table.age("age_from", "age_below"),
        weight_below_kg=table.number("weight_below_kg"),
        egfr=Span(table.number("egfr_from"), table.number("egfr_below")),
        allergies=table.texts("allergies"),
        conditions=table.texts("conditions"),
        g6pd=table.texts("g6pd"),
        hiv=table.flag("hiv"),
    )


def _own(table: Table) -> Advice:
    advice = _advice(table, "why")
    table.done()
    return advice


def _advice(table: Table, why: str) -> Advice:
    return Advice(
        id=table.text("id"),
        severity=table.word("severity", SEVERITIES),
        mechanism=table.text(why),
        action=table.text("action"),
        source=table.text("source"),
        condition=table.text("condition", ""),
        local=bool(table.flag("local")),
    )


def _members(table: Table, key: str, without: str) -> Members:
    tags = table.texts(key)
    if not tags:
        raise table.fault(key, "names no medicine")
    return Members(frozenset(tags), frozenset(table.texts(without)))


def _class(table: Table) -> ClassList:
    found = ClassList(
        frozenset(table.texts("medicines")), frozenset(table.texts("classes")), table.text("about")
    )
    table.done()
    return found
