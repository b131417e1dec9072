"""`aidpost transcribe` and `listen`: what is said is written down, nothing is done with it."""

import sys
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kb.text import clean
from speech.errors import BadAudio, RecogniserStopped, SpeechError
from speech.messages import NOT_HEARD, Transcript
from ui.cli.jsonl import dumps, requests, unknown_keys
from ui.cli.transcripts import Shown, show

if TYPE_CHECKING:
    from speech.audio.clip import Samples
    from speech.hearing.endpoint import EndSettings
    from speech.hearing.recogniser import Wanted

_LONGEST_S = 120.0
_MOST_S = 1800.0
_LANGUAGE = click.option("--language", default=None, help="Such as en, fr, sw; else found out.")
_MODEL = click.option("--model", "model", default="", help="Name of a speech model.")
_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@_LANGUAGE
@_MODEL
@click.option(
    "--longest",
    type=click.FloatRange(1, _MOST_S),
    default=_LONGEST_S,
    show_default=True,
    help="Refuse recordings of more seconds.",
)
@click.option("--spoken", default="", help="Write down these spoken words; needs no model.")
@_JSON
@click.option("--jsonl", is_flag=True, help='{"id","text"} a line: write down spoken words.')
def transcribe(
    file: Path | None,
    language: str | None,
    model: str,
    longest: float,
    spoken: str,
    **flags: bool,
) -> None:
    """Write down what is said in a recording: numbers, units and names as they are written."""
    as_json = flags["as_json"]
    if flags["jsonl"]:
        requests(_write_down)
        return
    if spoken:
        show(_of_words(spoken, language or "en"), as_json=as_json)
        return
    if file is None:
        raise click.UsageError("Name a recording, or give --spoken TEXT.")
    try:
        found = _of_file(file, language, model, longest)
    except SpeechError as error:
        if as_json:
            click.echo(dumps(_nothing(str(error)).to_json()))
        raise
    show(found, as_json=as_json)


def _of_file(file: Path, language: str | None, model: str, longest_s: float) -> Transcript:
    from speech.hearing.recogniser import Wanted  # noqa: PLC0415
    from ui.settings import load_settings  # noqa: PLC0415
    from ui.speech_names import SpokenMedicines  # noqa: PLC0415
    from ui.speech_wiring import (  # noqa: PLC0415
        open_detector,
        open_listener,
        open_recogniser,
        read_recording,
    )

    settings, _ = load_settings()
    try:
        clip = read_recording(_bytes(file), file.name, longest_s)
    except BadAudio as error:
        if str(error) == NOT_HEARD:  # nothing was said: that is an answer
            return _nothing(NOT_HEARD)
        raise
    if clip.silent:
        return _nothing(NOT_HEARD)
    recogniser = open_recogniser(settings.home, model)
    try:
        medicines = SpokenMedicines()
        listener = open_listener(recogniser, medicines.book)
        wanted = Wanted(language, medicines.hot_words())
        return listener.recording(clip, wanted, open_detector())
    finally:
        recogniser.close()


def _bytes(file: Path) -> bytes:
    from speech.audio.clip import LIMITS  # noqa: PLC0415

    try:
        if file.stat().st_size > LIMITS.most_bytes:
            size = LIMITS.most_bytes // 1_000_000
            raise BadAudio(f"The recording is larger than {size} MB.")
        return file.read_bytes()
    except OSError as error:
        raise BadAudio(f"{file.name} cannot be opened: {error.strerror}.") from error


def _nothing(message: str) -> Transcript:
    return Transcript("", "", (), None, "none", message=message)


def _of_words(text: str, language: str) -> Transcript:
    """Spoken words as they are written; no recogniser was at work."""
    from speech.messages import Segment  # noqa: PLC0415
    from speech.words.normalise import open_normaliser  # noqa: PLC0415
    from speech.words.transcribed import written_down  # noqa: PLC0415
    from ui.speech_names import SpokenMedicines  # noqa: PLC0415

    book = SpokenMedicines().book
    segments = (Segment(clean(text), 0.0, 0.0),)
    done = written_down(segments, language, open_normaliser(language), book)
    return replace(done, mode="none", segments=())


def _write_down(request: dict[str, Any]) -> dict[str, Any]:
    text, language = request.get("text"), request.get("language", "en")
    if not isinstance(text, str) or not isinstance(language, str):
        return {"error": "text and language must be text"}
    found = _of_words(text, language).to_json()
    return {**found, "warnings": unknown_keys(request, {"id", "text", "language"})}


def heard_in(file: Path) -> str:
    """The question that a recording holds.

    Raises:
        SpeechError: nothing was heard, there is no speech model, or a figure or a name is in
            doubt: what is not sure is never used without a person's yes.
    """
    found = _of_file(file, None, "", _LONGEST_S)
    if not found.text:
        raise BadAudio(found.message or NOT_HEARD)
    if found.doubts:
        asked = " ".join(doubt.ask for doubt in found.doubts)
        raise BadAudio(f"Heard: “{found.text}”. {asked} Type the question with the right words.")
    return found.text


@click.command()
@_LANGUAGE
@_MODEL
@click.option("--silence", type=click.FloatRange(0.2, 3.0), default=0.7, show_default=True)
@click.option("--stdin", "from_stdin", is_flag=True, help="16-bit samples at 16 kHz on stdin.")
@click.option("--jsonl", is_flag=True, help="One JSON object for each utterance.")
@click.option("--json", "as_json", is_flag=True, help="One utterance as a JSON object, then end.")
@click.option("--talk", is_flag=True, help="Answer aloud; what is critical is read back first.")
@click.option("--headset", is_flag=True, help="With --talk: may be interrupted by speaking.")
@click.option(
    "--wake-word", default="", help="With --talk: path of an ONNX wake word; off if empty."
)
def listen(
    language: str | None, model: str, silence: float, from_stdin: bool, **flags: bool | str
) -> None:
    """Write down what is said into the microphone, utterance by utterance, until Ctrl-C."""
    from speech.hearing.endpoint import EndSettings  # noqa: PLC0415
    from speech.hearing.recogniser import Wanted  # noqa: PLC0415
    from ui.speech_sound import microphone, samples_of  # noqa: PLC0415

    source = nullcontext(sys.stdin.buffer) if from_stdin else microphone()
    if flags["talk"]:
        from ui.cli.talk import lead  # noqa: PLC0415

        with suppress(KeyboardInterrupt), source as opened:
            how = (silence, bool(flags["headset"]), str(flags["wake_word"]))
            lead(opened, language or "en", model, how)
        return
    heard = Shown(as_json=bool(flags["as_json"] or flags["jsonl"]), once=bool(flags["as_json"]))
    with suppress(KeyboardInterrupt), source as opened:
        _listen(
            samples_of(opened), Wanted(language), (model, EndSettings(silence_s=silence)), heard
        )
    if heard.failed:
        raise RecogniserStopped(heard.failed)


def _listen(
    sound: "Iterator[Samples]", wanted: "Wanted", how: "tuple[str, EndSettings]", heard: "Shown"
) -> None:
    from ui.settings import load_settings  # noqa: PLC0415
    from ui.speech_names import SpokenMedicines  # noqa: PLC0415
    from ui.speech_wiring import open_recogniser, open_session  # noqa: PLC0415

    model, ends = how
    recogniser = open_recogniser(load_settings()[0].home, model)
    medicines = SpokenMedicines()
    session = open_session(recogniser, medicines.book, heard.tell, ends)
    session.wants(replace(wanted, hot_words=medicines.hot_words()))
    try:
        for samples in sound:
            session.feed(samples)
            if heard.enough:
                break
        session.finish()
    finally:
        session.close()
        recogniser.close()
