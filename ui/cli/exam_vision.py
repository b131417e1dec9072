"""`aidpost exam vision`: figures of a labelled folder of pictures."""

from pathlib import Path

import click

from ui.cli.jsonl import dumps

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command("vision")
@click.argument("folder", type=_FOLDER)
@click.option("--find", "positive", default="", help="The label to find; else each against others.")
@click.option("--sensitivity", type=click.FloatRange(0.5, 0.999), default=0.95, show_default=True)
def exam_vision(folder: Path, positive: str, sensitivity: float) -> None:
    """Area under the curve, sensitivity, calibration, and what noise, blur, light and JPEG do."""
    from ui.exam_vision import Exam, run_vision  # noqa: PLC0415
    from ui.settings import load_settings  # noqa: PLC0415
    from ui.vision_images import open_image_encoder  # noqa: PLC0415

    encoder = open_image_encoder(load_settings()[0])
    report = run_vision(Exam(folder, encoder, positive, sensitivity, lambda _done, _whole: None))
    click.echo(dumps(report))
