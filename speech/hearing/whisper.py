"""The door to faster-whisper: the only importer of it, and only when a model is loaded.

A model comes from a local folder that was checked to be whole, so that nothing is ever looked for
in the network. Used inside a process of its own (`speech.hearing.process`).
"""

import math
from pathlib import Path
from typing import Any

from speech.audio.clip import Clip
from speech.errors import NoRecogniser, RecogniserDamaged
from speech.hearing.model_folder import EXTRA, checked
from speech.hearing.recogniser import Wanted
from speech.messages import Heard, HeardWord, Segment

_BEAM = 5
_WARMER = [0.0, 0.2, 0.4]
"""Temperatures, tried in turn while the words repeat themselves or are unlikely."""
_SEED = 7
"""The same sound gives the same words, also where chance is used."""
_MOST_HOT_WORDS = 900
"""Characters; a model takes at most 223 tokens of them."""


class Whisper:
    """A `Recogniser` over a model folder in CTranslate2 form."""

    def __init__(self, folder: Path, threads: int) -> None:
        """Load the model.

        Raises:
            NoRecogniser: faster-whisper is not installed, or there is no such folder.
            RecogniserDamaged: the files cannot be loaded.
        """
        folder = checked(folder)
        try:
            import ctranslate2  # noqa: PLC0415
            from faster_whisper import WhisperModel  # noqa: PLC0415
        except ImportError as error:
            raise NoRecogniser(EXTRA) from error
        self._seed = ctranslate2.set_random_seed
        try:
            self._model = WhisperModel(
                str(folder),
                device="cpu",
                compute_type="int8",
                cpu_threads=threads,
                local_files_only=True,
            )
        except Exception as error:  # the libraries raise children of Exception itself
            message = f"The speech model in {folder} is damaged. Copy the whole folder again."
            raise RecogniserDamaged(message) from error

    def hear(self, clip: Clip, wanted: Wanted) -> Heard:
        """What is said in the clip.

        Everything is passed on with its figures, whatever they are: the gates judge, not this.
        """
        self._seed(_SEED)
        found, about = self._model.transcribe(
            clip.samples,
            language=self._language(wanted.language),
            beam_size=1 if wanted.draft else _BEAM,
            temperature=[0.0] if wanted.draft else _WARMER,
            word_timestamps=not wanted.draft,
            condition_on_previous_text=False,
            no_speech_threshold=None,
            hallucination_silence_threshold=None if wanted.draft else 2.0,
            hotwords=wanted.hot_words[:_MOST_HOT_WORDS] or None,
        )
        segments = tuple(_segment(one, clip.seconds) for one in found)
        return Heard(segments, str(about.language), float(about.language_probability))

    def close(self) -> None:
        """Nothing to give back; the process ends."""

    def _language(self, wanted: str | None) -> str | None:
        """The language, if the model knows it; an English model knows no other."""
        known = self._model.supported_languages
        if wanted is not None and wanted not in known:
            message = f"The speech model does not know the language “{wanted}”."
            raise NoRecogniser(message)
        return wanted


def _segment(found: Any, longest: float) -> Segment:  # noqa: ANN401 - of a library without types
    words = tuple(
        HeardWord(str(word.word), float(word.start), float(word.end), float(word.probability))
        for word in found.words or ()
    )
    return Segment(
        str(found.text),
        float(found.start),
        min(float(found.end), longest),
        words,
        _number(found.avg_logprob, -math.inf),
        _number(found.no_speech_prob, 1.0),
        _number(found.compression_ratio, math.inf),
    )


def _number(value: object, worst: float) -> float:
    """A figure of the model; what is missing or no number counts as the worst."""
    number = worst if value is None else float(str(value))
    return worst if math.isnan(number) else number
