"""Sentences as sound for the page: made by the voice of the machine, fetched, then forgotten."""

import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from speech.audio.wav import write_wav
from speech.voice.manner import Manner
from speech.voice.programs import LIMIT_S
from speech.voice.speaker import Spoken, joined

_PLAYED_WITHIN_S = 5.0
"""Longer than its length, a page that is there has played a sound."""
Speak = Callable[[str, Manner], Spoken]
Emit = Callable[[dict[str, object]], None]
Post = Callable[[Callable[[], None]], None]


class Voicing:
    """The voice of one conversation; call it in the mailbox only."""

    def __init__(self, speak: Speak, emit: Emit, post: Post, failed: Callable[[str], None]) -> None:
        """Take what renders a sentence, tells the page, takes work, and hears of faults."""
        self._speak = speak
        self._emit = emit
        self._post = post
        self._failed = failed
        self._worker: ThreadPoolExecutor | None = None
        self._wanted = ""
        self._sound: bytes | None = None
        self._until = 0.0

    def say(self, *lines: tuple[str, Manner]) -> None:
        """Say these lines now as one, in the place of anything else."""
        self.silent()
        identity = self._wanted = secrets.token_urlsafe(12)
        self._until = time.monotonic() + LIMIT_S
        self._worker = self._worker or ThreadPoolExecutor(1, "kiosk-voice")
        self._worker.submit(self._render, identity, lines)

    def silent(self) -> None:
        """Stop speaking at once."""
        if self._wanted:
            self._emit({"type": "silent"})
        self._wanted, self._sound = "", None
        if self._worker is not None:
            self._worker.shutdown(wait=False, cancel_futures=True)
            self._worker = None

    @property
    def speaks(self) -> bool:
        """Whether something is being said, or about to be."""
        return bool(self._wanted) and time.monotonic() < self._until

    def take(self, identity: str) -> bytes | None:
        """The WAV of a sentence; None where it is not to be heard any more."""
        return self._sound if identity and identity == self._wanted else None

    def ended(self, identity: str) -> bool:
        """The page has played it; whether that was what was to be heard."""
        if not identity or identity != self._wanted:
            return False
        self._wanted, self._sound = "", None
        return True

    def _render(self, identity: str, lines: tuple[tuple[str, Manner], ...]) -> None:
        spoken = joined([self._speak(text, manner) for text, manner in lines])
        self._post(lambda: self._rendered(identity, spoken))

    def _rendered(self, identity: str, spoken: Spoken) -> None:
        if identity != self._wanted:
            return
        if spoken.sound is None:
            self._wanted = ""
            self._failed(spoken.failed)
            return
        self._until = time.monotonic() + spoken.sound.seconds + _PLAYED_WITHIN_S
        self._sound = write_wav(spoken.sound.samples, spoken.sound.rate)
        self._emit({"type": "sound", "id": identity, "seconds": round(spoken.sound.seconds, 2)})
