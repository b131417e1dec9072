"""From the TOML of one medicine to its record; the format is that of `kb/medicines.py`."""

import re
from collections.abc import Mapping
from typing import Any

from kb.formulary_table import Sex, Table, in_days, words_of
from kb.medicines import (
    Action,
    DoseBand,
    DoseRow,
    Form,
    InBreastfeeding,
    InPregnancy,
    NotIf,
    Population,
    Record,
    RenalRule,
    Span,
    Verdict,
)

NAMES = ("id", "inn", "aliases", "class", "look_alike", "tall")
"""Keys that name the medicine; they are read at once, with the whole formulary."""
ROUTES = (
    "by mouth", "intravenous", "intramuscular", "subcutaneous", "intradermal", "rectal", "inhaled",
    "nebulised", "under the tongue", "buccal", "nasal", "on the skin", "in the eye", "in the ear",
    "vaginal", "into the bone",
)  # fmt: skip
"""Routes of a dose row."""
PHASES = ("", "loading", "maintenance", "pre-referral", "prophylaxis", "single")
NEEDS = ("weight", "renal", "pregnancy", "g6pd", "strength", "glucose", "potassium")
"""Facts that a row may ask for."""
AMOUNTS = ("per_kg", "per_kg_day", "fixed", "bands")
"""The four ways to give an amount."""
_VERDICTS: tuple[Verdict, ...] = words_of(Verdict)
_ACTIONS: tuple[Action, ...] = words_of(Action)
_POPULATIONS: tuple[Population, ...] = words_of(Population)
_SEXES: tuple[Sex, ...] = words_of(Sex)
_BAND_AGES = {"age_days": "days", "age_months": "months", "age_years": "years"}


def read_record(values: Mapping[str, Any], where: str) -> Record:
    """The record of one medicine.

    Raises:
        BadFormulary: naming the place and the key.
    """
    table = Table(where, values, set(NAMES))
    record = Record(
        atc=table.texts("atc"),
        eml=table.word("eml", ("core", "complementary", "not-listed")),
        high_alert=bool(table.flag("high_alert")),
        controlled=bool(table.flag("controlled")),
        cold_chain=bool(table.flag("cold_chain")),
        status=table.text("status"),
        sources=_sources(table.texts("sources")),
        aware=table.word("aware", ("", "Access", "Watch", "Reserve"), ""),
        forms=tuple(_form(row) for row in table.tables("forms", "form")),
        salt=table.text("salt", ""),
        adverse=table.texts("adverse"),
        monitoring=table.texts("monitoring"),
        counsel=table.texts("counsel"),
        pregnancy=_pregnancy(table.table("pregnancy")),
        breastfeeding=_breastfeeding(table.table("breastfeeding")),
        renal=tuple(_renal(row) for row in table.tables("renal", "renal")),
        not_if=tuple(_not_if(row) for row in table.tables("not_if", "not_if")),
        doses=tuple(_dose(row) for row in table.tables("dose", "dose")),
    )
    table.done()
    return record


def _sources(lines: tuple[str, ...]) -> dict[str, str]:
    """Title by key, from lines `KEY = Title, publisher, year`; without a key the title is it."""
    found = {}
    for line in lines:
        key, mark, title = line.partition(" = ")
        found[key.strip()] = title.strip() if mark else line.strip()
    return found


def _form(table: Table) -> Form:
    form = Form(table.text("form"), table.text("strength", ""))
    table.done()
    return form


def _pregnancy(table: Table | None) -> InPregnancy:
    if table is None:
        return InPregnancy()
    first, second, third = (table.word(key, _VERDICTS) for key in ("first", "second", "third"))
    note = table.text("note", "")
    table.done()
    return InPregnancy(first, second, third, note)


def _breastfeeding(table: Table | None) -> InBreastfeeding:
    if table is None:
        return InBreastfeeding()
    advice = InBreastfeeding(table.word("advice", _VERDICTS), table.text("note", ""))
    table.done()
    return advice


def _renal(table: Table) -> RenalRule:
    below = table.number("below")
    if below is None:
        raise table.fault("below", "must be a number")
    rule = RenalRule(
        below=below,
        action=table.word("action", ("reduce", "avoid", "monitor")),
        advice=table.text("advice"),
        source=table.text("source"),
        every_hours=table.number("every_hours"),
        factor=table.number("factor"),
        max_per_dose=table.number("max_per_dose"),
    )
    table.done()
    return rule


def _not_if(table: Table) -> NotIf:
    reason = NotIf(
        action=table.word("action", _ACTIONS),
        why=table.text("why"),
        source=table.text("source"),
        allergy=table.texts("allergy"),
        conditions=table.texts("conditions"),
        drugs=table.texts("drugs"),
        age=table.age("age_from", "age_below"),
        weight_below_kg=table.number("weight_below_kg"),
        pregnant=table.flag("pregnant"),
        trimesters=_trimesters(table),
        gest_from_weeks=table.number("gest_from_weeks"),
        breastfeeding=table.flag("breastfeeding"),
        g6pd=table.texts("g6pd"),
        egfr_below=table.number("egfr_below"),
        jaundice=table.flag("jaundice"),
        hiv=table.flag("hiv"),
        sex=table.word("sex", _SEXES) if table.has("sex") else None,
        women_who_could_become_pregnant=table.flag("women_who_could_become_pregnant"),
        routes=table.texts("routes"),
        indications=table.texts("indications"),
        unless_indications=table.texts("unless_indications"),
    )
    table.done()
    return reason


def _trimesters(table: Table) -> tuple[int, ...]:
    value = table.take("trimesters")
    if value is None:
        return ()
    if not isinstance(value, list) or not all(item in (1, 2, 3) for item in value):
        raise table.fault("trimesters", "must be a list of 1, 2 and 3")
    return tuple(value)


def _dose(table: Table) -> DoseRow:
    given = [key for key in AMOUNTS if table.has(key)]
    if len(given) != 1:
        raise table.fault("/".join(AMOUNTS), "must stand there exactly once")
    row = DoseRow(
        indication=table.text("indication"),
        population=table.word("population", _POPULATIONS),
        routes=_routes(table),
        unit=table.text("unit"),
        source=table.text("source"),
        confirmed=table.word("confirmed", ("v", "ok")),
        also=table.texts("also"),
        age=table.age("age_min", "age_max"),
        weight=Span(table.number("weight_min_kg"), table.number("weight_max_kg")),
        phase=table.word("phase", PHASES, ""),
        basis=table.text("basis", ""),
        per_kg=table.range("per_kg"),
        per_kg_day=table.range("per_kg_day"),
        fixed=table.range("fixed"),
        bands=tuple(_band(band) for band in table.tables("bands", "band")),
        doses_per_day=table.range("doses_per_day"),
        every_hours=table.range("every_hours"),
        duration_days=table.range("duration_days"),
        max_per_dose=table.number("max_per_dose"),
        max_per_day=table.number("max_per_day"),
        max_per_kg_day=table.number("max_per_kg_day"),
        max_note=table.text("max_note", ""),
        needs=table.texts("needs"),
        high_alert=bool(table.flag("high_alert")),
        note=table.text("note", ""),
        also_source=table.text("also_source", ""),
    )
    table.done()
    return row


def _routes(table: Table) -> tuple[str, ...]:
    if table.has("route") == table.has("routes"):
        raise table.fault("route", "or `routes` must stand there, not both")
    routes = (table.text("route"),) if table.has("route") else table.texts("routes")
    unknown = [route for route in routes if route not in ROUTES]
    if unknown or not routes:
        raise table.fault("route", f"{unknown} is not one of {', '.join(ROUTES)}")
    return routes


def _band(table: Table) -> DoseBand:
    dose = table.range("dose")
    spans = [key for key in ("weight", *_BAND_AGES) if table.has(key)]
    if dose is None or len(spans) != 1:
        raise table.fault("bands", "each needs `dose` and one of weight, age_days/months/years")
    low, high = table.pair(spans[0], table.take(spans[0]))
    text = table.text("text", "")
    table.done()
    if spans[0] == "weight":
        return DoseBand("weight", Span(low, high), dose, text)
    unit = _BAND_AGES[spans[0]]
    return DoseBand("age", Span(in_days(low, unit), in_days(high, unit)), dose, text)


def source_key(source: str, record: Record) -> str | None:
    """The key of `sources` with which a citation begins, or None; the longest counts."""
    first = re.split(r"[,;]", source)[0].strip()
    keys = [key for key in record.sources if first == key or first.startswith(f"{key} ")]
    return max(keys, key=len, default=None)
