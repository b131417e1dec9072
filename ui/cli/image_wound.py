"""`aidpost image wound`: length and area of a wound beside a card or a coin."""

from pathlib import Path
from typing import Any

import click

from ui.cli.jsonl import dumps

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("path", type=_FILE)
@click.option("--box", help="Around the wound, in pixels: left,top,width,height.")
@click.option("--outline", help="Drawn around the wound, in pixels: x,y x,y x,y ...")
@click.option("--coin", help="Diameter in mm, or a coin of the list; else a card is looked for.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def wound(
    path: Path, box: str | None, outline: str | None, coin: str | None, as_json: bool
) -> None:
    """Measure a wound beside a bank or identity card (85.60 x 53.98 mm) or a coin."""
    from assistant.vision.wound import Marked, Reference, measure  # noqa: PLC0415
    from assistant.vision.wound_pixels import Box  # noqa: PLC0415
    from ui.settings import load_settings  # noqa: PLC0415
    from ui.vision_images import check_on  # noqa: PLC0415
    from ui.vision_images_files import PictureFiles  # noqa: PLC0415

    check_on(load_settings()[0])
    if bool(box) == bool(outline):
        raise click.UsageError("Give --box or --outline.")
    marked = Marked(
        Box(*_whole(box, 4)) if box else None,
        tuple(_pair(part) for part in outline.split()) if outline else (),
    )
    with PictureFiles() as files:
        pixels = files.open(path).pixels
    size, _ = measure(pixels, Reference(coin_mm=_coin(coin)), marked)
    if as_json:
        click.echo(dumps(_values(size)))
        return
    click.echo(
        f"Area {size.area_cm2:.2f} cm² (± {size.area_error:.2f}), length {size.length_mm:.1f} mm"
        f" (± {size.length_error:.1f}), width {size.width_mm:.1f} mm"
    )
    for note in size.notes:
        click.echo(note)


def _values(size: Any) -> dict[str, Any]:  # noqa: ANN401 - loaded late
    return {
        "area_cm2": round(size.area_cm2, 3),
        "area_error_cm2": round(size.area_error, 3),
        "length_mm": round(size.length_mm, 2),
        "length_error_mm": round(size.length_error, 2),
        "width_mm": round(size.width_mm, 2),
        "tilt": round(size.tilt, 3),
        "notes": list(size.notes),
    }


def _coin(text: str | None) -> float | None:
    from assistant.vision.wound_plane import rules  # noqa: PLC0415

    if text is None:
        return None
    coins = rules()["coins"]
    if text in coins:
        return float(coins[text]["diameter_mm"])
    try:
        return float(text)
    except ValueError:
        message = f"give the diameter in mm, or one of: {', '.join(coins)}"
        raise click.BadParameter(message, param_hint="--coin") from None


def _whole(text: str, count: int) -> list[int]:
    try:
        numbers = [int(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) != count:
        message = f"give {count} whole numbers parted by commas"
        raise click.BadParameter(message, param_hint="--box")
    return numbers


def _pair(text: str) -> tuple[float, float]:
    try:
        across, down = (float(part) for part in text.split(","))
    except ValueError:
        message = "give pairs as x,y parted by spaces"
        raise click.BadParameter(message, param_hint="--outline") from None
    return across, down
