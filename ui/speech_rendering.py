"""The voice of a session: one sentence at a time as sound; what comes too late is lost."""

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from speech.voice.manner import Manner
from speech.voice.speaker import Spoken

Ready = Callable[[str, Spoken], None]
"""Takes the number of a sound and the sound."""


class Rendering:
    """Makes sound in a thread of its own; only the sentence wanted last is handed over."""

    def __init__(self, speak: Callable[[str, Manner], Spoken], ready: Ready) -> None:
        """Take what renders a sentence, and what takes its sound; that is called in the thread."""
        self._speak = speak
        self._ready = ready
        self._numbers = itertools.count(1)
        self._worker = ThreadPoolExecutor(1, "session-voice")
        self.wanted = ""
        """The number of the sound that is being made or played; empty while it is silent."""

    def say(self, text: str, manner: Manner) -> str:
        """Make sound of this in the place of anything else; gives its number."""
        number = self.wanted = str(next(self._numbers))
        self._worker.submit(self._work, number, text, manner)
        return number

    def silent(self) -> bool:
        """Nothing is wanted any more; whether something was."""
        was, self.wanted = bool(self.wanted), ""
        return was

    def close(self) -> None:
        """End the thread; a sentence that is being made is finished and thrown away."""
        self.wanted = ""
        self._worker.shutdown(wait=False, cancel_futures=True)

    def _work(self, number: str, text: str, manner: Manner) -> None:
        if self.wanted == number:
            self._ready(number, self._speak(text, manner))
