"""`aidpost say` and `phrases`: what is written is spoken, and sentences for the bedside."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kb.text import clean
from ui.cli.jsonl import dumps

if TYPE_CHECKING:
    from speech.voice.manner import Manner

_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")


@click.command()
@click.argument("text", nargs=-1)
@click.option("-o", "out", type=click.Path(path_type=Path), help="Write a WAV file.")
@click.option("--language", default="en", show_default=True, help="Such as en, fr, sw.")
@click.option("--speed", type=click.FloatRange(0.5, 2.0), default=1.0, show_default=True)
@click.option("--volume", type=click.IntRange(0, 100), default=100, show_default=True)
@click.option("--words", is_flag=True, help="Only show the words that would be spoken.")
@_JSON
def say(
    text: tuple[str, ...],
    out: Path | None,
    language: str,
    speed: float,
    volume: int,
    **flags: bool,
) -> None:
    """Speak a text: figures, units and abbreviations in words."""
    from speech.voice.manner import Manner  # noqa: PLC0415
    from ui.speech_wiring import wording  # noqa: PLC0415

    plain, manner = clean(" ".join(text)), Manner(language, speed, volume)
    if not plain.strip():
        raise click.UsageError("Give the text to speak.")
    about: dict[str, Any] = {"words": wording().of(plain, language)}
    if not flags["words"]:
        about |= _spoken(plain, out, manner)
    click.echo(dumps(about) if flags["as_json"] else about["words"])


def _spoken(text: str, out: Path | None, manner: "Manner") -> dict[str, Any]:
    from ui.settings import load_settings  # noqa: PLC0415
    from ui.speech_sound import play, speak_all, write_file  # noqa: PLC0415
    from ui.speech_wiring import open_voices  # noqa: PLC0415

    voice = open_voices(load_settings()[0].home)
    sound = speak_all(text, voice, manner)
    if out is None:
        play(sound)
    else:
        write_file(sound, out)
    seconds = round(sound.seconds, 2)
    return {"voice": voice.name, "seconds": seconds, "file": str(out) if out else None}


@click.command()
@click.argument("search", nargs=-1)
@click.option("--language", default="fr", show_default=True, help="Such as fr, es, pt, sw, hi.")
@click.option("--list", "as_list", is_flag=True, help="All sentences.")
@click.option(
    "--model",
    default="",
    help="A translation model of this machine, by name or folder: translate the words themselves.",
)
@_JSON
def phrases(
    search: tuple[str, ...], language: str, as_list: bool, model: str, as_json: bool
) -> None:
    """Sentences for the bedside in another language; works without any model."""
    if model:
        _interpret(" ".join(search), model, as_json=as_json)
        return
    from speech.phrasebook.phrases import load_phrasebook  # noqa: PLC0415

    book = load_phrasebook()
    found = book.phrases if as_list else book.search(" ".join(search))
    rows = [(phrase, book.in_language(phrase, language)) for phrase in found]
    if as_json:
        listed = [{"id": one.id, "en": one.english, language: other} for one, other in rows]
        click.echo(dumps({"status": book.status, "phrases": listed}))
        return
    for phrase, other in rows:
        click.echo(f"{phrase.english}\n    {other}")
    if not rows:
        click.echo("No sentence fits. See all with: aidpost phrases --list")
    click.echo(book.status, err=True)


def _interpret(text: str, model: str, *, as_json: bool) -> None:
    """Both texts, and what is doubtful about the translation."""
    from dataclasses import asdict  # noqa: PLC0415

    from speech.interpreting.turn import interpret  # noqa: PLC0415
    from ui.settings import load_settings  # noqa: PLC0415
    from ui.speech_wiring import open_translator  # noqa: PLC0415

    turn = interpret(text, open_translator(load_settings()[0].home, model))
    if as_json:
        click.echo(dumps(asdict(turn)))
        return
    click.echo(f"{turn.said}\n    {turn.translated}")
    for warning in turn.warnings:
        click.echo(warning, err=True)
