"""Puts ears and voice together; with `ui.wiring` the only place that opens doors."""

import os
import shutil
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

from kb.errors import LibraryError
from speech.audio.clip import Clip
from speech.audio.reading import TASK, clip_of
from speech.errors import BadAudio, NoRecogniser, NoVoice
from speech.hearing.detector import EnergyDetector, SpeechDetector
from speech.hearing.ear import Ear
from speech.hearing.endpoint import EndSettings
from speech.hearing.invented import load_phrases
from speech.hearing.listener import Listener
from speech.hearing.model_folder import ABSENT, checked
from speech.hearing.process import ProcessRecogniser
from speech.hearing.recogniser import Recogniser
from speech.hearing.session import StreamSession, Tell
from speech.hearing.silero import SileroDetector, model_path
from speech.interpreting.marian import Marian
from speech.interpreting.turn import Translator
from speech.talk.commands import load_commands
from speech.talk.order import OrderDialogue
from speech.talk.order_words import load_order_words
from speech.voice.manner import Manner
from speech.voice.other_languages import load_unit_words
from speech.voice.programs import open_voice
from speech.voice.speaker import SentenceQueue, Spoken, Wording, render
from speech.voice.spoken_form import open_spoken_form
from speech.voice.voices import NONE, PROGRAMS, Kind, Machine, Voice, kinds
from speech.words.names import NameBook
from speech.words.normalise import open_normaliser
from ui.models.allowed import allowed_files, allowed_folder, models_of
from ui.models.lock import LockedModel
from ui.speech_names import SpokenMedicines
from ui.speech_said import Understanding
from ui.worker_task import Limits
from ui.workers import call

_READING = Limits(seconds=20.0, page=20.0, memory=1 << 30, longest=30.0)


def read_recording(data: bytes, name: str, longest_s: float = 120.0) -> Clip:
    """A recording from bytes that nobody has looked at, read in a child process.

    Raises:
        BadAudio: it cannot be used; the message says why.
    """
    try:
        found, raw = call(TASK, data, {"name": name, "longest_s": longest_s}, _READING)
    except LibraryError as error:
        message = "This is a bad recording: it could not be read. Please record it again."
        raise BadAudio(message) from error
    return clip_of(found, raw)


def open_recogniser(home: Path, name: str = "") -> Recogniser:
    """The recogniser over a speech model of this machine, in a process of its own.

    Every file of the model is read and compared with the list of checked files first.

    Args:
        home: the data folder.
        name: of the model; empty takes the largest speech model there is.

    Raises:
        NoRecogniser: there is no speech model; the message says how to add one.
        ModelFilesError: a file is not what it was when it came.
        RecogniserDamaged: a file is missing.
    """
    names = [name] if name else [model.name for model in _listed(home, "speech")]
    if not names:
        raise NoRecogniser(ABSENT)
    folder = allowed_folder(home, names[0], "speech")
    return ProcessRecogniser(checked(folder), threads=max(1, (os.cpu_count() or 2) - 1))


def _listed(home: Path, kind: str) -> list[LockedModel]:
    """The checked models of a kind, the largest first."""
    models = [model for model in models_of(home).lock().models if model.kind == kind]
    return sorted(models, key=lambda model: -model.size)


def open_translator(home: Path, setting: str) -> Translator:
    """A translation model of this machine: its name, or the folder it lies in.

    Raises:
        ModelFilesError: it was never checked in, or is not what it was when it came.
        TranslatorDamaged: it cannot be used.
    """
    return Marian(allowed_folder(home, setting, "translation"))


def open_detector() -> SpeechDetector:
    """What tells speech from other sound: the Silero model, or loudness where it is absent."""
    path = model_path()
    return EnergyDetector() if path is None else SileroDetector(path)


def open_listener(recogniser: Recogniser, book: NameBook | None = None) -> Listener:
    """What turns sound into transcripts."""
    return Listener(recogniser, load_phrases(), cache(open_normaliser), book)


def open_session(
    recogniser: Recogniser, book: NameBook, tell: Tell, ends: EndSettings | None = None
) -> StreamSession:
    """What hears one microphone."""
    return StreamSession(Ear(open_detector(), ends), open_listener(recogniser, book), tell)


def open_understanding(medicines: SpokenMedicines) -> Understanding:
    """What finds commands and critical items in transcripts."""
    return Understanding(load_commands(), medicines.book, load_order_words(), open_spoken_form())


def open_orders() -> OrderDialogue:
    """Orders by voice, checked with the dosing engine."""
    from ui.speech_orders import OrderCheck  # noqa: PLC0415 - opens the formulary
    from ui.wiring import open_dosing  # noqa: PLC0415

    words = load_order_words()
    return OrderDialogue(words, OrderCheck(open_dosing(), words))


def open_voices(home: Path) -> Voice:
    """The best voice of this machine.

    Raises:
        NoVoice: there is none; the message says how to get one.
    """
    found = machine(home)
    best: Kind | None = next(iter(kinds(found)), None)
    if best is None:
        raise NoVoice(NONE)
    return open_voice(best, found)


def machine(home: Path) -> Machine:
    """What this machine can speak with."""
    programs = {name: path for name in PROGRAMS if (path := shutil.which(name))}
    return Machine(sys.platform, programs, _piper_voice(home) if "piper" in programs else None)


def _piper_voice(home: Path) -> Path | None:
    """The Piper voice that was added, once its files were compared with the list."""
    for model in _listed(home, "voice"):
        files = allowed_files(home, model.name)
        return next((path for name, path in files.items() if name.endswith(".onnx")), None)
    return None


def open_renderer(voice: Voice) -> Callable[[str, Manner], Spoken]:
    """What turns a sentence into sound."""
    words = wording()
    return lambda sentence, manner: render(sentence, voice, words, manner)


def wording() -> Wording:
    """What finds the words to speak for a sentence."""
    return Wording(open_spoken_form(), load_unit_words())


def open_sentences(voice: Voice, manner: Manner) -> SentenceQueue:
    """What speaks sentences as they are released."""
    speak = open_renderer(voice)
    return SentenceQueue(lambda sentence: speak(sentence, manner))
