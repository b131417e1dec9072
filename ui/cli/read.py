"""`aidpost read`: a photographed paper as fields to check."""

import sys
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ui.cli.jsonl import dumps

if TYPE_CHECKING:
    from assistant.vision.reading.messages import Field, Reading

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("image", type=_FILE)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@click.option(
    "--today", type=click.DateTime(["%Y-%m-%d"]), help="The day by which an expiry is judged."
)
def read(image: Path, as_json: bool, today: datetime | None) -> None:
    """Read a lab slip, a medicine label, a prescription or a referral letter.

    Only print is read, no handwriting. Check every field against the paper.
    """
    from ui.vision_reading import read_picture  # noqa: PLC0415

    day: date | None = today.date() if today else None
    reading = read_picture(image, day)
    click.echo(dumps(reading.to_json()) if as_json else _as_text(reading))
    if not reading.quality.good:
        sys.exit(1)


def _as_text(reading: "Reading") -> str:
    lines = [*reading.warnings, *reading.notes]
    lines += [_line(field) for field in reading.fields]
    if reading.kind == "other" and reading.text:
        lines += ["", reading.text]
    return "\n".join(lines)


def _line(field: "Field") -> str:
    value = f"{field.value} {field.unit}".strip()
    extra = [
        f"= {field.also}" if field.also else "",
        f"range {field.reference}" if field.reference else "",
        field.flag,
        f"or: {', '.join(field.choices)}" if field.choices else "",
        field.note,
    ]
    told = "; ".join(part for part in extra if part)
    mark = "?" if field.confidence < 0.85 else " "
    return f"{mark} {field.label or field.name}: {value}" + (f"  ({told})" if told else "")
