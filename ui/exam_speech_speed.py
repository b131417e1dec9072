"""How fast ears and voice are: beside the bare recogniser, and from end to end without it."""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np

from speech.audio.clip import RATE, Clip, Samples
from speech.audio.resample import to_rate
from speech.errors import SpeechError
from speech.hearing.process import ProcessRecogniser
from speech.hearing.recogniser import ScriptedRecogniser, Wanted
from speech.hearing.session import SpeechBegan, SpeechEnded, StreamEvent, Understood
from speech.messages import Heard, Segment
from speech.voice.manner import Manner
from speech.voice.voices import Voice
from ui.exam_speech_session import measure_session
from ui.exam_speech_weights import Speaker, make_speaker
from ui.settings import load_settings
from ui.speech_names import SpokenMedicines
from ui.speech_sound import Player
from ui.speech_wiring import (
    open_detector,
    open_listener,
    open_renderer,
    open_session,
    open_voices,
)

_SAID = (
    "give amoxicillin five hundred milligrams three times daily by mouth for seven days because"
    " this child weighing twelve kilograms has fast breathing"
)
_SPOKEN = "Give the child amoxicillin by mouth, three times a day, and see her again tomorrow."
_BLOCK = RATE // 10
_WAIT_S = 30.0
_PLAYS = (sys.executable, "-c", "import time; time.sleep(60)")
"""A process that lasts like one that plays, on machines without a loudspeaker too."""


def measure_speed(sizes: tuple[str, ...], runs: int) -> dict[str, Any]:
    """Times in milliseconds; the real-time factor beside the bare library on the same weights."""
    try:
        voice = open_voices(load_settings()[0].home)
        speech = _speech(voice)
    except SpeechError as error:
        return {"skipped": f"needs a voice to make speech with: {error}"}
    session = measure_session(voice, speech_of(voice), Player(_PLAYS), runs)
    report: dict[str, Any] = {
        "voice": _voice(voice, runs),
        "stream": _stream(speech, runs),
        "session": session,
    }
    for size in sizes:
        report[size] = _beside_bare(size, speech, runs)
    return report


def speech_of(voice: Voice) -> Samples:
    """A short question, spoken, with a quiet room before it: 2.6 seconds."""
    sound = voice.render("What are the signs of shock?", Manner())
    said = to_rate(sound.samples, sound.rate)
    room = np.random.default_rng(1).normal(0, 1e-4, max(0, round(2.6 * RATE) - len(said)))
    return np.concatenate((room.astype(np.float32), said))


def _speech(voice: Voice) -> Clip:
    """A spoken sentence with half a second of a quiet room on either side."""
    sound = voice.render(_SPOKEN, Manner())
    room = np.random.default_rng(1).normal(0, 1e-4, RATE // 2).astype(np.float32)
    return Clip(np.concatenate((room, to_rate(sound.samples, sound.rate), room)))


def _voice(voice: Voice, runs: int) -> dict[str, float]:
    """From the release of a sentence to its sound."""
    speak = open_renderer(voice)
    times = [_timed(lambda: speak("Give 0.5 mg IM now.", Manner())) for _ in range(runs)]
    return {"first_sound_ms_median": _ms(statistics.median(times)), "max": _ms(max(times))}


def _stream(speech: Clip, runs: int) -> dict[str, float]:
    """Barge-in, and from the end of speech to the text, the recogniser itself not counted."""
    medicines = SpokenMedicines()
    ends, begins = [], []
    for _ in range(runs + 1):
        end, begin = _one_stream(speech, medicines)
        ends.append(end)
        begins.append(begin)
    # The first run reads data files; a kiosk has done so before anyone speaks.
    return {
        "end_of_speech_to_text_ms_median": _ms(statistics.median(ends[1:])),
        "end_of_speech_to_text_ms_max": _ms(max(ends[1:])),
        "speech_noticed_after_ms": _ms(statistics.median(begins[1:])),
    }


def _one_stream(speech: Clip, medicines: SpokenMedicines) -> tuple[float, float]:
    """Seconds from the block that ends speech to its text, and from the onset to its notice."""
    marks: dict[str, float] = {}
    done = Event()

    def tell(event: StreamEvent) -> None:
        if isinstance(event, SpeechBegan):
            marks["noticed"] = marks["place"]
        elif isinstance(event, SpeechEnded):
            marks["ended"] = marks["block"]
        elif isinstance(event, Understood):
            marks["understood"] = time.perf_counter()
            done.set()

    heard = Heard((Segment(_SAID, 0.0, speech.seconds),), "en")
    session = open_session(ScriptedRecogniser([heard] * 100), medicines.book, tell)
    session.wants(Wanted("en"))
    marks["place"] = 0.0
    for block in _blocks(np.concatenate((speech.samples, np.zeros(RATE, np.float32)))):
        marks["place"] += len(block) / RATE
        marks["block"] = time.perf_counter()
        session.feed(block)
    session.finish()
    done.wait(_WAIT_S)
    session.close()
    return marks["understood"] - marks["ended"], marks["noticed"] - _onset(speech.samples)


def _onset(samples: Samples) -> float:
    """Second at which speech becomes loud."""
    loud = np.abs(samples) > 0.1 * float(np.abs(samples).max())
    return float(np.argmax(loud)) / RATE


def _blocks(samples: Samples) -> list[Samples]:
    return [samples[begin : begin + _BLOCK] for begin in range(0, len(samples), _BLOCK)]


def _beside_bare(size: str, speech: Clip, runs: int) -> dict[str, Any]:
    """The same sound through the bare library and through everything of ours."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            model = make_speaker(Path(folder) / size, Speaker(_SAID, size=size))
        except SpeechError as error:
            return {"skipped": str(error)}
        recogniser = ProcessRecogniser(model, threads=2)
        try:
            bare = _bare(model, speech)
            listener = open_listener(recogniser)
            detector, wanted = open_detector(), Wanted("en")

            def ours() -> object:
                return listener.recording(speech, wanted, detector)

            # In turns, so that other work of the machine falls on both alike.
            bare(), ours()
            pairs = [(_timed(bare), _timed(ours)) for _ in range(runs)]
        finally:
            recogniser.close()
    first, second = (statistics.median(times) for times in zip(*pairs, strict=True))
    return {
        "bare_real_time_factor": round(first / speech.seconds, 4),
        "ours_real_time_factor": round(second / speech.seconds, 4),
        "ours_over_bare": round(second / first, 3),
        "ours_over_bare_best": round(min(b for _, b in pairs) / min(a for a, _ in pairs), 3),
    }


def _bare(model: Path, speech: Clip) -> Callable[[], object]:
    """The library with the same settings as ours and nothing around it."""
    from faster_whisper import WhisperModel  # noqa: PLC0415 - the peer, not the door

    whisper = WhisperModel(str(model), device="cpu", compute_type="int8", cpu_threads=2)

    def transcribe() -> object:
        found, _ = whisper.transcribe(
            speech.samples,
            language="en",
            beam_size=5,
            word_timestamps=True,
            condition_on_previous_text=False,
        )
        return list(found)

    return transcribe


def _timed(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def _ms(seconds: float) -> float:
    return round(1000 * seconds, 1)
