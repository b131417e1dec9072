"""Made-up papers with known content: lab slips, medicine labels, letters; each from a seed.

Values, names and batches are drawn at random; they are no patient's and no product's.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from assistant.clinical.calculators.units import quantities
from assistant.vision.reading.wording import Analyte, load_analytes, load_wording
from kb.medicine_names import NamedMedicine

GIVEN = ("Amina", "Joseph", "Grace", "Samuel", "Fatima", "Peter", "Ruth", "Moses", "Lucia", "Omar")
FAMILY = ("Okello", "Banda", "Mwangi", "Diallo", "Phiri", "Nakato", "Kamara", "Tembo", "Rahman")
MAKERS = ("Riverside", "Northern", "Baobab", "Union", "Lakeview", "Hillside")
_FORMS = ("tablet", "capsule", "oral suspension", "injection", "cream", "syrup")
_PRINTED = {
    "10^9/L": ("10^9/L", "x10^9/L", "10^3/uL", "K/uL"),
    "/uL": ("/uL", "cells/mm3", "/cumm"),
    "umol/L": ("µmol/L", "umol/L"),
    "U/L": ("U/L", "IU/L"),
    "g/dL": ("g/dL", "gm/dl", "g/dl"),
    "mg/dL": ("mg/dL", "mg/dl"),
    "mmol/L": ("mmol/L",),
    "ratio": ("",),
    "s": ("sec", "s"),
    "mm/h": ("mm/hr", "mm/h"),
    "10^12/L": ("10^12/L", "x10^12/L"),
    "ug/dL": ("µg/dL", "ug/dl"),
}
_FITS = 22
"""Letters of a test's name that fit its column in every font."""
_NOT_PRINTED = frozenset({"pH", "mg++"})


@dataclass(frozen=True, slots=True)
class Cell:
    """Words at a place of the paper: column from 0 to 1, and size relative to the text."""

    text: str
    at: float = 0.0
    size: float = 1.0
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper: its rows, and what a reader should find."""

    kind: str
    rows: tuple[tuple[Cell, ...], ...]
    truth: Mapping[str, Mapping[str, str]]
    """Field -> value, unit, reference, flag."""
    wide: float = 1.0
    """Width to height."""
    look_alike: tuple[str, ...] = field(default=())


def lab_slip(seed: int) -> Paper:
    """A laboratory slip of six to fourteen tests."""
    draw = random.Random(f"lab-{seed}")  # noqa: S311 - no secrets are made
    age, sex = draw.randint(1, 90), draw.choice("MF")
    rows = _head(draw, age, sex)
    truth: dict[str, dict[str, str]] = {
        "age": {"value": str(age), "unit": "y"},
        "sex": {"value": sex.lower()},
    }
    columns = draw.choice([(0, 0.4, 0.55, 0.7, 0.92), (0, 0.36, 0.5, 0.68, 0.9)])
    order = draw.choice(
        [("value", "unit", "reference", "flag"), ("value", "flag", "unit", "reference")]
    )
    rows.append(_header(draw, columns, order))
    tests = draw.sample(sorted(load_analytes()), draw.randint(6, 14))
    for name in tests:
        analyte = load_analytes()[name]
        printed, known = _result(draw, analyte)
        truth[name] = known
        cells = [Cell(_spelling(draw, analyte), columns[0])]
        cells += [Cell(printed[part], at) for part, at in zip(order, columns[1:], strict=True)]
        rows.append(tuple(cell for cell in cells if cell.text))
    rows.append((Cell("Verified by the laboratory. Not valid without stamp.", 0, 0.8),))
    return Paper("lab", tuple(rows), truth, wide=0.85)


def medicine_label(seed: int, medicines: Sequence[NamedMedicine]) -> Paper:
    """The print of a pack."""
    draw = random.Random(f"label-{seed}")  # noqa: S311 - no secrets are made
    medicine = draw.choice(medicines)
    value, unit = draw.choice(
        [
            ("250", "mg"),
            ("500", "mg"),
            ("5", "mg"),
            ("12.5", "mg"),
            ("100", "mcg"),
            ("1", "g"),
            ("125", "mg/5 mL"),
            ("2.5", "mg"),
            ("40", "mg/mL"),
        ]
    )
    form = draw.choice(_FORMS)
    year, month = draw.randint(2024, 2029), draw.randint(1, 12)
    batch = f"{draw.choice('ABCDEFGHKLMNPRT')}{draw.choice('ABDEHKMNT')}{draw.randint(1000, 99999)}"
    months = load_wording().months
    expiry = draw.choice(
        [f"{month:02}/{year}", f"{months[month - 1].upper()} {year}", f"{year}-{month:02}"]
    )
    made = f"{draw.randint(1, 12):02}/{year - 3}"
    name = draw.choice([medicine.name.capitalize(), medicine.name.upper(), medicine.name.title()])
    strength = f"{value} {unit}"
    tabs = {"tablet": "Tablets", "capsule": "Capsules", "syrup": "Syrup"}.get(
        form, form.capitalize()
    )
    rows = [
        (Cell(f"{name} {tabs}", 0, 1.7, bold=True),)
        if draw.random() < 0.5
        else (Cell(name, 0, 1.9, bold=True),),
        (Cell(strength, 0, 1.5, bold=True),),
        (Cell(f"{draw.choice((10, 20, 30, 100))} {tabs}", 0, 1.0),),
        (Cell("Store below 30 °C. Keep out of the reach of children.", 0, 0.8),),
        (
            Cell(f"{draw.choice(('Batch No', 'B.No', 'LOT', 'Batch'))}: {batch}", 0),
            Cell(f"Mfg: {made}", 0.55),
        ),
        (Cell(f"{draw.choice(('EXP', 'Exp. Date', 'Expiry', 'Use before'))}: {expiry}", 0),),
        (Cell(f"Made by {draw.choice(MAKERS)} Pharma Ltd", 0, 0.8),),
    ]
    truth = {
        "drug": {"value": medicine.name},
        "strength": {"value": value, "unit": unit},
        "form": {"value": "oral solution" if form == "syrup" else form},
        "batch": {"value": batch},
        "expiry": {"value": f"{year}-{month:02}"},
    }
    return Paper("label", tuple(rows), truth, 1.5, medicine.look_alike)


def _head(draw: random.Random, age: int, sex: str) -> list[tuple[Cell, ...]]:
    name = f"{draw.choice(GIVEN)} {draw.choice(FAMILY)}"
    day = f"{draw.randint(13, 28):02}/{draw.randint(1, 12):02}/{draw.randint(2023, 2026)}"
    title = (Cell(f"{draw.choice(MAKERS)} Clinic Laboratory", 0.15, 1.5, bold=True),)
    if draw.random() < 0.5:
        who = (Cell(f"Patient Name: {name}", 0), Cell(f"Age/Sex: {age} Y / {sex}", 0.6))
        return [
            title,
            who,
            (Cell(f"Lab No: {draw.randint(1000, 99999)}", 0), Cell(f"Date: {day}", 0.6)),
        ]
    return [
        title,
        (Cell(f"Name: {name}", 0), Cell(f"Age: {age} years", 0.6)),
        (Cell(f"Sex: {'Male' if sex == 'M' else 'Female'}", 0), Cell(f"Date: {day}", 0.6)),
    ]


def _header(
    draw: random.Random, columns: Sequence[float], order: Sequence[str]
) -> tuple[Cell, ...]:
    words = {
        "value": ("Result", "Value"),
        "unit": ("Unit", "Units"),
        "flag": ("Flag",),
        "reference": ("Reference Range", "Normal Range", "Ref. Range"),
    }
    first = Cell(draw.choice(("Test", "Investigation", "Parameter")), columns[0], 1.0, bold=True)
    more = (
        Cell(draw.choice(words[name]), at, 1.0, bold=True)
        for name, at in zip(order, columns[1:], strict=True)
    )
    return (first, *more)


def _spelling(draw: random.Random, analyte: Analyte) -> str:
    usable = [s for s in analyte.spellings if 1 < len(s) <= _FITS and s not in _NOT_PRINTED]
    chosen = draw.choice(usable)
    short = len(chosen) <= 5 and " " not in chosen
    return chosen.upper() if short else chosen[0].upper() + chosen[1:]


def _result(draw: random.Random, analyte: Analyte) -> tuple[dict[str, str], dict[str, str]]:
    """What is printed, and what a reader should find."""
    if analyte.words:
        word = draw.choice(("Negative", "Positive", "Reactive", "Non-Reactive", "Not detected"))
        known = {"value": word.lower(), "unit": "", "reference": "", "flag": ""}
        return {"value": word, "unit": "", "reference": "", "flag": ""}, known
    unit = draw.choice(analyte.units)
    low, high = _span(draw, analyte, unit)
    digits = 0 if high >= 100 else 1 if high >= 10 else 2
    state = draw.choice(("", "", "low", "high"))
    factor = {
        "": draw.uniform(1.02, 0.98 * high / low),
        "low": draw.uniform(0.5, 0.93),
        "high": draw.uniform(1.1, 2) * high / low,
    }[state]
    value, first, second = (f"{number:.{digits}f}" for number in (low * factor, low, high))
    dash = draw.choice((" - ", "-", " \u2013 "))
    marks = {"": "", "low": draw.choice(("L", "Low")), "high": draw.choice(("H", "High"))}
    printed = {
        "value": value,
        "unit": draw.choice(_PRINTED.get(unit, (unit,))),
        "reference": f"{first}{dash}{second}",
        "flag": marks[state],
    }
    return printed, {"value": value, "unit": unit, "reference": f"{first}-{second}", "flag": state}


def _span(draw: random.Random, analyte: Analyte, unit: str) -> tuple[float, float]:
    """A made-up reference range inside of what is possible, in a unit."""
    least, most = analyte.possible or (1.0, 10.0)
    middle = (least * most) ** 0.5
    middle *= draw.uniform(0.9, 1.15)
    spread = min(1.45, (most / middle) ** 0.4)
    low, high = middle / spread**0.5, middle * spread**0.5
    if analyte.quantity:
        scale = quantities()[analyte.quantity].scales[unit]
        return scale.from_canonical(low), scale.from_canonical(high)
    return low, high
