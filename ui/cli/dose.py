"""`aidpost dose`: a dose from the formulary, or what stands in its way."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import click

from assistant.clinical.dosing.request import Dose, DoseRequest, DoseResult, Measured
from assistant.clinical.dosing.say import listed, short, span
from assistant.errors import BadPatient
from assistant.patient import parse_patient
from assistant.scope import readable
from kb.medicines import Range
from ui.cli.jsonl import dumps, requests, unknown_keys

if TYPE_CHECKING:
    from assistant.clinical.dosing.engine import DoseEngine

KEYS = {"id", "drug", "indication", "route", "patient", "ordered", "strength", "text"}
_FIELDS = ("drug", "indication", "route", "ordered", "strength", "text")


@click.command()
@click.argument("drug", nargs=-1)
@click.option("--indication", default="", help="What it is for, such as “severe pneumonia”.")
@click.option("--route", default="", help="Such as oral, IV, IM.")
@click.option("--patient", default="", help='Such as "age=2y weight=12kg allergies=penicillin".')
@click.option("--ordered", default="", help="An ordered amount to check, such as “25 mg”.")
@click.option("--strength", default="", help="What the label says, such as “40 mg/mL”.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@click.option("--jsonl", is_flag=True, help="One request a line on stdin, one result a line.")
def dose(drug: tuple[str, ...], patient: str, as_json: bool, jsonl: bool, **given: str) -> None:
    """Tell the dose of a medicine for a patient, with its source, or why there is none."""
    from ui.wiring import open_dosing  # noqa: PLC0415

    if not drug and not jsonl:
        raise click.UsageError("Name the medicine, or give --jsonl and requests on stdin.")
    engine = open_dosing()
    if jsonl:
        requests(lambda request: _serve(engine, request))
        return
    result, warnings = _answer(engine, {**given, "drug": " ".join(drug), "patient": patient})
    click.echo(dumps(as_object(result, warnings)) if as_json else as_text(result, warnings))


def _serve(engine: "DoseEngine", request: dict[str, Any]) -> dict[str, Any]:
    try:
        result, warnings = _answer(engine, request)
    except BadPatient as error:  # a figure that cannot be true is a decision too: no dose
        return {**as_object(DoseResult("refuse", warnings=(str(error),)), []), "error": str(error)}
    return as_object(result, [*unknown_keys(request, KEYS), *warnings])


def _answer(engine: "DoseEngine", request: dict[str, Any]) -> tuple[DoseResult, list[str]]:
    who, warnings = parse_patient(request.get("patient") or {})
    words = {name: _words(request.get(name)) for name in _FIELDS}
    return engine.answer(DoseRequest(patient=who, **words)), list(warnings)


def _words(value: object) -> str:
    """A text of a request without hidden characters; numbers as they are written."""
    return "" if value is None else readable(str(value)) if str(value).strip() else ""


def as_object(result: DoseResult, warnings: list[str]) -> dict[str, Any]:
    """The object of the command-line contract."""
    first = result.dose
    body: dict[str, Any] = {
        "decision": result.decision,
        "medicine": result.medicine or None,
        "name": result.name or None,
        **(_regimen(first) if first else _NO_DOSE),
        "volume_ml": next((_plain(m.volume_ml) for m in result.measured if m.volume_ml), None),
        "rounded": [_measured(item, first) for item in result.measured if first],
        "alternatives": [_regimen(other) for other in result.also],
    }
    return {
        **body,
        "warnings": [*result.warnings, *warnings],
        "missing": list(result.missing),
        "choices": list(result.choices),
        "not_if": list(result.checks),
        "look_alike": list(result.look_alike),
        "status": result.status,
    }


def _regimen(one: Dose) -> dict[str, Any]:
    return {
        "indication": one.indication,
        "route": listed(list(one.routes)),
        "phase": one.phase,
        "dose_low": _plain(one.amount.low),
        "dose_high": _plain(one.amount.high),
        "dose_unit": one.unit,
        "basis": one.basis,
        "doses_per_day": _pair(one.doses_per_day),
        "interval_hours": _pair(one.interval_hours),
        "duration_days": [1, 1] if one.once else _pair(one.duration_days),
        "max_per_dose": _plain(one.max_per_dose),
        "max_per_day": _plain(one.max_per_day),
        "max_applied": one.max_applied,
        "formula": one.formula,
        "note": " ".join(part for part in (one.text, one.note) if part),
        "source": one.source,
    }


_NO_DOSE: dict[str, Any] = {
    "indication": None, "route": None, "phase": "", "dose_low": None, "dose_high": None,
    "dose_unit": None, "basis": "", "doses_per_day": None, "interval_hours": None,
    "duration_days": None, "max_per_dose": None, "max_per_day": None, "max_applied": False,
    "formula": "", "note": "", "source": "",
}  # fmt: skip


def _measured(item: Measured, dose: Dose) -> dict[str, Any]:
    return {
        "label": item.label,
        "amount": _plain(item.amount),
        "unit": dose.unit,
        "volume_ml": _plain(item.volume_ml),
        "pieces": _plain(item.pieces),
        "error_percent": _plain(item.error_percent),
    }


def _plain(value: Decimal | None) -> int | float | None:
    """An exact number as JSON has it."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def _pair(value: Range | None) -> list[int | float | None] | None:
    return None if value is None else [_plain(value.low), _plain(value.high)]


_HEADS = {"dose": "DOSE", "warn": "DOSE WITH CARE", "ask": "ASK FIRST", "refuse": "DO NOT GIVE"}


def as_text(result: DoseResult, warnings: list[str]) -> str:
    """The answer for reading on a terminal."""
    lines = [
        f"{_HEADS[result.decision]}: {result.name}" if result.name else _HEADS[result.decision]
    ]
    lines += [f"! {text}" for text in (*result.warnings, *warnings)]
    if result.dose:
        lines += _dose_lines(result.dose)
        lines += [f"  {_measured_words(item)}" for item in _fewest(result.measured)]
        lines += _others(result.dose, result.also)
    lines += [f"Choose: {', '.join(result.choices)}"] if result.choices else []
    lines += [f"Do not give with: {'; '.join(result.checks)}"] if result.checks else []
    if result.look_alike:
        lines.append(f"Easily confused with: {', '.join(result.look_alike)}")
    return "\n".join(lines)


def _others(first: Dose, also: tuple[Dose, ...]) -> list[str]:
    """Regimens by the same route in full, other routes by name."""
    same = [one for one in also if set(one.routes) & set(first.routes)]
    routes = dict.fromkeys(route for one in also if one not in same for route in one.routes)
    lines = ["Also possible:", *(line for one in same for line in _dose_lines(one))] if same else []
    return [*lines, *([f"There is also a dose: {', '.join(routes)}"] if routes else [])]


def _fewest(measured: tuple[Measured, ...]) -> list[Measured]:
    """The ways to measure with the fewest pieces."""
    return sorted(measured, key=lambda item: item.pieces or Decimal(0))[:2]


def _dose_lines(one: Dose) -> list[str]:
    basis = f" ({one.basis})" if one.basis else ""
    head = f"  {span(one.amount)} {one.unit}{basis} {listed(list(one.routes))}, {_often(one)}"
    lines = [f"{head}: {one.indication}", f"  {one.formula}"]
    if one.max_per_dose is not None and not one.max_applied:
        lines.append(f"  At most {short(one.max_per_dose)} {one.unit} a dose")
    note = " ".join(part for part in (one.text, one.note) if part)
    return [*lines, *([f"  {note}"] if note else []), f"  Source: {one.source}"]


def _often(one: Dose) -> str:
    if one.once:
        return "once"
    often = _times(one.doses_per_day) if one.doses_per_day else "as the note says"
    if one.interval_hours:
        every = f"every {span(one.interval_hours)} hours"
        often = f"{often}, {every}" if one.doses_per_day else every
    return f"{often}, {span(one.duration_days)} days" if one.duration_days else often


def _times(times: Range) -> str:
    return "once a day" if times.low == times.high == 1 else f"{span(times)} times a day"


def _measured_words(item: Measured) -> str:
    how = (
        f"{short(item.volume_ml)} mL" if item.volume_ml else f"{short(item.pieces or Decimal(0))} x"
    )
    return f"= {how} of {item.label}"
