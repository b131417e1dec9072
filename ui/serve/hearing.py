"""Speech for other desks: from a recording to the object of `aidpost transcribe`."""

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from speech.hearing.recogniser import Recogniser


class Hearing:
    """Writes down recordings; the recogniser is opened with the first one and then kept."""

    def __init__(self, home: Path) -> None:
        """Take the data folder."""
        self._home = home
        self._lock = threading.Lock()
        self._recogniser: Recogniser | None = None

    def hear(self, recording: bytes) -> dict[str, Any]:
        """What is said in a recording.

        Raises:
            BadAudio: the recording cannot be used.
            SpeechError: there is no speech model on the server, or it does not work.
        """
        from speech.hearing.recogniser import Wanted  # noqa: PLC0415 - only with a recording
        from ui.speech_names import SpokenMedicines  # noqa: PLC0415
        from ui.speech_wiring import open_detector, open_listener, read_recording  # noqa: PLC0415

        with self._lock:
            recogniser = self._opened()
            clip = read_recording(recording, "recording")
            medicines = SpokenMedicines()
            listener = open_listener(recogniser, medicines.book)
            wanted = Wanted(None, medicines.hot_words())
            return listener.recording(clip, wanted, open_detector()).to_json()

    def close(self) -> None:
        """End the recogniser."""
        if self._recogniser is not None:
            self._recogniser.close()

    def _opened(self) -> "Recogniser":
        from ui.speech_wiring import open_recogniser  # noqa: PLC0415

        if self._recogniser is None:
            self._recogniser = open_recogniser(self._home)
        return self._recogniser
