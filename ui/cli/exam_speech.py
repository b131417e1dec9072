"""`aidpost exam speech`: how well this installation hears, and how fast."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from speech.errors import NoRecogniser
from ui.cli.jsonl import dumps

if TYPE_CHECKING:
    from speech.hearing.listener import Listener
    from speech.words.names import NameBook

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("speech")
@click.argument("data", required=False, type=_FOLDER)
@click.option("--said", type=_FILE, help='Spoken words: {"text","normalized","critical"} a line.')
@click.option("--minutes", type=click.FloatRange(0, 600), default=9.0, show_default=True)
@click.option("--sizes", default="", help="Also speed at these sizes: tiny,base,small.")
@click.option(
    "--patients", default=0, help="Also lead so many patients through it, one after another."
)
@click.option("--sentences", is_flag=True, help="Show 20 sentences to record on this microphone.")
def exam_speech(
    data: Path | None, said: Path | None, minutes: float, sizes: str, **more: int
) -> None:
    """Errors of words, names and numbers, invented words, and times, on this machine.

    DATA is a folder of recordings, each with its text in a file beside it, or a manifest.jsonl.
    """
    from ui.exam_speech_weights import SIZES  # noqa: PLC0415

    wanted = tuple(part for part in sizes.split(",") if part)
    if set(wanted) - set(SIZES):
        message = f"sizes are {', '.join(SIZES)}"
        raise click.BadParameter(message, param_hint="--sizes")
    if more["sentences"]:
        click.echo(_sentences(), nl=False)
        return
    report = _measured(data, said, minutes, wanted)
    if more["patients"]:
        report["patients"] = _soak(more["patients"])
    click.echo(dumps(report))


def _soak(patients: int) -> dict[str, Any]:
    from ui.exam_speech_soak import soak  # noqa: PLC0415
    from ui.exam_speech_speed import speech_of  # noqa: PLC0415
    from ui.settings import load_settings  # noqa: PLC0415
    from ui.speech_wiring import open_voices  # noqa: PLC0415

    voice = open_voices(load_settings()[0].home)
    return soak(voice, speech_of(voice), patients, lambda line: click.echo(line, err=True))


def _measured(
    clips: Path | None, said: Path | None, minutes: float, sizes: tuple[str, ...]
) -> dict[str, Any]:
    from ui.exam_speech import measure_clips, measure_noise, measure_written  # noqa: PLC0415
    from ui.exam_speech_speed import measure_speed  # noqa: PLC0415
    from ui.speech_names import SpokenMedicines  # noqa: PLC0415

    book = SpokenMedicines().book
    listener, told = _listener(book)
    report: dict[str, Any] = {"model": told}
    if minutes:
        report["noise"] = measure_noise(minutes, clips, listener)
    if clips is not None:
        report["clips"] = measure_clips(clips, book, listener, longest_s=1800.0)
    if said is not None:
        report["written"] = measure_written(said, book)
    report["speed"] = measure_speed(sizes, runs=7)
    if listener is not None:
        listener.recogniser.close()
    return report


def _listener(book: "NameBook") -> "tuple[Listener | None, str]":
    """What hears, where there is a model; else why there is none."""
    from ui.settings import load_settings  # noqa: PLC0415
    from ui.speech_wiring import open_listener, open_recogniser  # noqa: PLC0415

    try:
        return open_listener(open_recogniser(load_settings()[0].home), book), "used"
    except NoRecogniser as error:
        return None, str(error)


def _sentences() -> str:
    """Sentences to record, each in a file of its own with the text beside it."""
    from importlib.resources import files  # noqa: PLC0415

    return files("speech").joinpath("to_record.txt").read_text(encoding="utf-8")
