"""A kiosk over the real library and the real voice, with ears that hear what they are told to hear."""

import sys
from pathlib import Path

from speech.hearing.endpoint import EndSettings
from speech.hearing.recogniser import ScriptedRecogniser
from speech.messages import Heard, HeardWord, Segment
from ui.kiosk.parts import Parts
from ui.kiosk.server import open_parts, serve_parts
from ui.settings import Settings
from ui.speech_names import SpokenMedicines
from ui.speech_wiring import open_session
from ui.wiring import open_desk


def heard(text, language="en"):
    """What a recogniser gives that is sure of every word."""
    words = tuple(
        HeardWord(word, n * 0.3, n * 0.3 + 0.3, 0.98) for n, word in enumerate(text.split())
    )
    return Heard((Segment(text, 0.0, len(words) * 0.3, words, -0.1, 0.01, 1.2),), language)


class Finals(ScriptedRecogniser):
    """Hears its script utterance by utterance; a first impression hears the same words."""

    def hear(self, clip, wanted):
        """The next entry; while a person still speaks, the words so far."""
        if not wanted.draft:
            return super().hear(clip, wanted)
        with self._turn:
            entry = self._heard[0] if self._heard else heard("")
        spoken = entry.segments[0].text.split() if entry.segments else []
        return heard(" ".join(spoken[: max(1, int(clip.seconds / 0.35))]))


def kiosk_parts(desk, script=None):
    """The doors; without a script it is a machine without a speech model."""
    parts, _ = open_parts(desk)
    if script is None:
        return parts
    recogniser = Finals([heard(text) for text in script])
    medicines = SpokenMedicines()

    def hearing(tell, silence_s):
        return open_session(recogniser, medicines.book, tell, EndSettings(silence_s=silence_s))

    given = {name: getattr(parts, name) for name in parts.__slots__}
    return Parts(**{**given, "open_hearing": hearing, "no_hearing": ""})


def main(home, port, script):
    """Serve until ended; lines of the script are what is heard, one after another."""
    desk = open_desk(Settings(home=Path(home)))
    settings = Settings(home=Path(home), port=int(port))
    lines = None if script == "-" else [line for line in script.split("|") if line]
    try:
        serve_parts(kiosk_parts(desk, lines), settings, open_browser=False, language="")
    finally:
        desk.close()


if __name__ == "__main__":
    main(*sys.argv[1:4])
