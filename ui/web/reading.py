"""What the tab Read does, from a picture to confirmed values; knows nothing of the web toolkit.

Values live in the page that is open; the picture is deleted as soon as it has been read.
"""

import base64
import json
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from html import escape
from pathlib import Path

from assistant.clinical.calculators.registry import calculators
from assistant.vision.errors import PictureRefused
from assistant.vision.reading.messages import Field, Reading
from ui.render import error_html
from ui.vision_reading import MAX_BYTES, PictureDesk

SURE = 0.85
"""From this confidence a field is ticked beforehand; the person may untick it."""
_CHOSEN = {"drug": "medicine.drug", "medicine": "patient.drugs"}
"""What a field with choices fills once a person has chosen."""
_SEXES = {"m": "male", "f": "female"}
_AGE_UNITS = {"m": "months", "w": "weeks", "d": "days", "y": "years"}


@dataclass(frozen=True, slots=True)
class Line:
    """A field as it is shown for editing."""

    name: str
    label: str
    value: str
    unit: str
    note: str
    feeds: str
    ticked: bool
    choices: tuple[str, ...] = ()
    printed: str = ""
    """The words as they were read, such as a medicine with its order."""


@dataclass(frozen=True, slots=True)
class Read:
    """What the tab shows of a picture."""

    picture: str = ""
    """HTML: the picture with a box around each field."""
    says: str = ""
    """HTML: kind of paper, warnings."""
    lines: str = ""
    """The fields as JSON, for the page to keep."""


class Papers:
    """Reads the pictures of all open pages, one after the other."""

    def __init__(self, desk: PictureDesk | None = None) -> None:
        """Take what reads pictures; nothing starts before the first."""
        self._desk = desk or PictureDesk()
        self._turn = threading.Lock()

    def read(self, path: str | None) -> Read:
        """What stands on a picture; its file is deleted, whatever comes of it."""
        if not path:
            return Read()
        try:
            data = _taken(Path(path))
            with self._turn:
                reading, picture = self._desk.read(data)
        except PictureRefused as error:
            return Read(says=error_html(str(error)))
        return Read(
            _picture_html(picture, reading.fields),
            _says_html(reading),
            fields_as_lines(reading.fields),
        )

    def close(self) -> None:
        """End the child process."""
        self._desk.close()


def fields_as_lines(fields: Sequence[Field]) -> str:
    """Fields as JSON, for a page to keep."""
    return json.dumps([_as_line(field) for field in fields])


def lines_of(held: str) -> tuple[Line, ...]:
    """The fields that a page keeps."""
    rows = json.loads(held) if held else []
    return tuple(Line(**{**row, "choices": tuple(row["choices"])}) for row in rows)


def confirmed(
    lines: Sequence[Line], ticked: Sequence[bool], values: Sequence[tuple[str, str]]
) -> str:
    """What the person has confirmed as JSON: input or patient field -> value with its unit."""
    known: dict[str, str] = {}
    for line, take, (value, unit) in zip(lines, ticked, values, strict=True):
        if take and line.feeds and value.strip():
            known[line.feeds] = _together(
                known.get(line.feeds, ""), line, value.strip(), unit.strip()
            )
    return json.dumps(known)


def patient_fields(held: str) -> dict[str, str]:
    """Confirmed values as fields of the patient: age, weight, sex, pregnant, allergies."""
    known = json.loads(held) if held else {}
    fields = {name.removeprefix("patient."): value for name, value in known.items()}
    names = ("age", "weight", "sex", "pregnant", "allergies")
    return {name: fields[name] for name in names if f"patient.{name}" in known}


def calculator_inputs(held: str) -> dict[str, str]:
    """Confirmed values as inputs of the calculators."""
    known: Mapping[str, str] = json.loads(held) if held else {}
    inputs = {name: value for name, value in known.items() if "." not in name}
    patient = patient_fields(held)
    if patient.get("age"):
        inputs["age"] = _spelt_age(patient["age"])
    if patient.get("sex") in _SEXES:
        inputs["sex"] = _SEXES[patient["sex"]]
    if patient.get("weight"):
        inputs["weight"] = f"{patient['weight']} kg"
    return inputs


def fed_calculators(inputs: Mapping[str, str]) -> list[tuple[str, str]]:
    """Title and id of the calculators that confirmed values fill, those they fill most first."""
    found = []
    for each in calculators().values():
        names = {field.name for field in each.fields if field.needed}
        filled = names.intersection(inputs)
        if filled - {"age", "sex", "weight"}:
            found.append((len(filled) / len(names), each.title, each.id))
    return [(title, name) for _, title, name in sorted(found, key=lambda one: (-one[0], one[1]))]


def _taken(path: Path) -> bytes:
    """The bytes of an uploaded file, which is deleted."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise PictureRefused("The file is larger than 50 MB.", "Use a smaller picture.")
        return path.read_bytes()
    except OSError as error:
        raise PictureRefused("The picture cannot be opened.", "Choose it again.") from error
    finally:
        with suppress(OSError):
            path.unlink(missing_ok=True)


def _as_line(field: Field) -> dict[str, object]:
    flag = f"Flag: {field.flag}." if field.flag else ""
    parts = (
        f"= {field.also}" if field.also else "",
        f"Range {field.reference}." if field.reference else "",
        flag,
        field.note,
    )
    return {
        "name": field.name,
        "label": field.label or field.name,
        "value": field.value,
        "unit": field.unit,
        "note": " ".join(part for part in parts if part),
        "feeds": field.feeds or (_CHOSEN.get(field.name, "") if field.choices else ""),
        "ticked": bool(field.feeds) and field.confidence >= SURE and not field.choices,
        "choices": list(field.choices),
        "printed": field.printed,
    }


def _together(before: str, line: Line, value: str, unit: str) -> str:
    """A value with its unit; medicines and allergies one after the other."""
    if line.feeds in ("patient.drugs", "patient.allergies"):
        return f"{before}, {value}".strip(", ")
    if line.feeds == "patient.age":
        return f"{value} {unit or 'y'}"
    if line.feeds.startswith("patient."):
        return value
    return value if unit in ("", "ratio", "pH") else f"{value} {unit}"


def _spelt_age(text: str) -> str:
    value, _, unit = text.partition(" ")
    return f"{value} {_AGE_UNITS.get(unit, unit)}".strip()


def _says_html(reading: Reading) -> str:
    kinds = {
        "lab": "Laboratory slip",
        "label": "Medicine label",
        "letter": "Letter or prescription",
        "other": "Other paper",
    }
    warnings = "".join(f"<li>{escape(each)}</li>" for each in reading.warnings)
    notes = "".join(f"<p>{escape(each)}</p>" for each in reading.notes)
    listed = f'<ul class="warnings">{warnings}</ul>' if warnings else ""
    text = f"<pre>{escape(reading.text)}</pre>" if reading.kind == "other" and reading.text else ""
    return f'<section class="tool"><h2>{kinds[reading.kind]}</h2>{listed}{notes}{text}</section>'


def _picture_html(picture: bytes, fields: Sequence[Field]) -> str:
    """The picture with boxes; kept in the page, never in a file."""
    boxes = "".join(_box(field) for field in fields if field.box[2] > 0)
    data = base64.b64encode(picture).decode()
    return (
        '<div style="position:relative;display:inline-block;max-width:100%">'
        '<img alt="The paper" style="display:block;max-width:100%"'
        f' src="data:image/jpeg;base64,{data}">'
        '<svg viewBox="0 0 1000 1000" preserveAspectRatio="none"'
        ' style="position:absolute;inset:0;width:100%;height:100%">'
        f"{boxes}</svg></div>"
    )


def _box(field: Field) -> str:
    left, top, width, height = (round(1000 * edge, 1) for edge in field.box)
    colour = "#0a7d55" if field.confidence >= SURE else "#c2410c"
    said = escape(f"{field.label}: {field.value} {field.unit}".strip())
    return (
        f'<rect x="{left}" y="{top}" width="{width}" height="{height}" fill="none"'
        f' stroke="{colour}" stroke-width="3" vector-effect="non-scaling-stroke">'
        f"<title>{said}</title></rect>"
    )
