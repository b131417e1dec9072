"""Errors of ears and voice; every message is fit to show to the person.

SpeechError
├── BadAudio             a recording that cannot be used
├── NoRecogniser         listening needs a model, and there is none
├── RecogniserDamaged    the files of the model cannot be loaded
├── RecogniserStopped    its process ended; it starts again with the next recording
├── NoVoice              no program on this machine can speak
├── VoiceFailed          the program that speaks gave an error
├── NoPhrases            a language that the phrase list does not have
└── TranslatorDamaged    a translation model that cannot be used
"""


class SpeechError(Exception):
    """Something about listening or speaking that the person should know."""


class BadAudio(SpeechError):
    """The recording cannot be used; the message says why and what to do."""


class NoRecogniser(SpeechError):
    """Listening needs a model that is not on this machine."""


class RecogniserDamaged(SpeechError):
    """The files of the model cannot be loaded."""


class RecogniserStopped(SpeechError):
    """The process of the recogniser ended while it worked."""


class NoVoice(SpeechError):
    """No program on this machine can speak."""


class VoiceFailed(SpeechError):
    """The program that speaks gave an error or no sound."""


class NoPhrases(SpeechError):
    """The phrase list does not have this language."""


class TranslatorDamaged(SpeechError):
    """The folder of a translation model cannot be used; the message names the file."""
