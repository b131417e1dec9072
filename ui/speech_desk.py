"""A conversation at a desk: the microphone and the loudspeaker of the machine, and a terminal."""

from collections.abc import Callable, Iterator

from ui import speech_events as told
from ui.speech_session import BedsideSession
from ui.speech_session_parts import SessionOptions, SessionParts
from ui.speech_sound import Player

_TICK_BLOCKS = 10
"""Blocks of a tenth of a second between two looks at the clock."""
Show = Callable[[str], None]


class DeskTalk:
    """Leads a session with what a desk has; everything that happens is shown as lines of text."""

    def __init__(
        self, parts: SessionParts, options: SessionOptions, player: Player | None, show: Show
    ) -> None:
        """Take the doors, how to behave, what plays (None only shows), and where to show."""
        self._player = player
        self._show = show
        self.session = BedsideSession(parts, options, self._told)

    def listen(self, blocks: Iterator[bytes]) -> None:
        """Hear a microphone until it ends: blocks of a tenth of a second."""
        for number, block in enumerate(blocks):
            self.session.sound(block)
            if number % _TICK_BLOCKS == 0:
                self.session.tick()
        self.session.finish()

    def close(self) -> None:
        """Fall silent and forget everything."""
        self.session.close()
        if self._player is not None:
            self._player.stop()

    def _told(self, event: told.BedsideEvent) -> None:
        match event:
            case told.PlaySound(number, wav, _):
                self._play(number, wav)
            case told.StopSound() if self._player is not None:
                self._player.stop()
            case _:
                if line := line_of(event):
                    self._show(line)

    def _play(self, number: str, wav: bytes) -> None:
        """Play it; where nothing plays, it has ended at once."""
        if self._player is None:
            self.session.played(number)
        else:
            self._player.play(wav, lambda: self.session.played(number))


def line_of(event: told.BedsideEvent) -> str:
    """An event as a line for a terminal; empty where there is nothing to read."""
    line = ""
    match event:
        case told.Transcribed(text, _):
            line = f"> {text}"
        case told.DangerSeen(level, title, action, _):
            line = f"{level.upper()}: {title}. {action}"
        case told.AnswerSentence(text, source, _):
            line = f"{text} [{source}]" if source else text
        case told.ReadBackAsked(items, _, headings):
            named = zip(headings, items, strict=True)
            line = "? " + "; ".join(f"{heading}: {shown}" for heading, (_, shown) in named)
        case told.ChoiceAsked(ask, choices):
            line = f"? {ask} [{' | '.join(choices)}]"
        case told.Notice(message):
            line = message
        case told.PatientForgotten():
            line = "--- new patient ---"
        case _:
            pass
    return line
