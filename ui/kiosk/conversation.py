"""One patient at the bedside: everything that can be said, typed and touched.

A conversation is thrown away whole between patients.
"""

from collections.abc import Mapping
from dataclasses import replace

from assistant.errors import AssistantError
from assistant.patient import parse_patient
from speech.hearing.session import (
    Failed,
    NoVoice,
    SpeechBegan,
    SpeechEnded,
    StreamEvent,
    Understood,
    WordsSoFar,
)
from speech.messages import Transcript
from speech.talk import events as talk_events
from speech.talk.commands import Command
from speech.talk.events import Said
from speech.voice.manner import Manner
from ui.kiosk.loop import Loop, Room
from ui.kiosk.options import Options
from ui.kiosk.ordering import Ordering


class Conversation(Loop):
    """Everything that is known of one patient; call its methods in the mailbox only."""

    def __init__(self, room: Room, language: str, manner: Manner, *, hands_free: bool) -> None:
        """Begin with nothing known."""
        super().__init__(room, language, manner, hands_free=hands_free)
        self.ordering = Ordering(room.parts.orders, self)

    def typed(self, text: str) -> None:
        """A question that was typed or touched: its words are sure, and are put at once."""
        if self.ordering.active:
            self.ordering.heard(text)
            return
        self._said(Said(text))

    def heard(self, event: StreamEvent) -> None:
        """Something from the microphone."""
        match () if self.closed.is_set() else event:
            case SpeechBegan():
                self.happened(talk_events.VoiceBegan())
            case WordsSoFar(partial) if self.talk.state == "listening":
                self.show(heard_firm=partial.firm, heard_loose=partial.loose)
            case SpeechEnded() if self.talk.state == "listening":
                self.show(state="thinking")
            case Understood(transcript):
                self._understood(transcript)
            case NoVoice():
                self.happened(talk_events.NothingHeard(self.talk.says.not_heard))
            case Failed(message):
                self.happened(talk_events.NothingHeard(message))
            case _:
                pass

    def touched(self, command: Command) -> None:
        """A command was touched."""
        if self.ordering.active and self.ordering.command(command):
            return
        self.happened(talk_events.Touched(command))

    def go_to(self, place: int) -> None:
        """A dot below the page was touched."""
        if not 0 <= place < len(self.talk.spoken.sentences):
            return
        spoken, text = self.talk.spoken.to(place)
        self.voicing.silent()
        self.talk = replace(self.talk, state="speaking", spoken=spoken)
        self._do(talk_events.Speak(text))
        self._shown()

    def knows(self, given: Mapping[str, str]) -> None:
        """Weight, age and the like from the pads; refused values leave the old ones."""
        wanted = {**self.patient, **given}
        kept = {name: value for name, value in wanted.items() if value}
        try:
            parse_patient(kept)
        except AssistantError as error:
            self.show(notice=str(error))
            return
        self.patient = kept
        self.show(patient=kept, notice="")

    def sound_ended(self, identity: str) -> None:
        """The page has played a sound to its end."""
        if not self.voicing.ended(identity):
            return
        if self._aside:
            self._aside = False
            if self.talk.state == "speaking":
                self.talk = replace(self.talk, state="idle")
            self._shown()
        else:
            self.happened(talk_events.SentenceSpoken())

    def says_phrase(self, identity: str, language: str) -> None:
        """A sentence of the phrase list was touched."""
        book = self._room.parts.phrasebook
        found = next((one for one in book.phrases if one.id == identity), None)
        if found is not None and language in book.languages:
            self._aside = True
            spoken = self.talk.spoken.paused()
            state = self.talk.state if self.talk.state == "muted" else "speaking"
            self.talk = replace(self.talk, state=state, spoken=spoken)
            self.voicing.say((book.in_language(found, language), self._manner(language)))
            self._shown()

    def set_mode(self, *, hands_free: bool) -> None:
        """Listen freely, or only while the button is used."""
        mode = "hands_free" if hands_free and self._room.parts.open_hearing else "push"
        self.talk = replace(self.talk, mode=mode)  # type: ignore[arg-type]
        self._shown()

    def takes(self, options: Options) -> None:
        """Other options, for this patient too."""
        manner = replace(self.talk.manner, speed=options.speed, volume=options.volume)
        self.talk = replace(self.talk, manner=manner)
        self.speaks(options.language)
        self.set_mode(hands_free=options.hands_free)

    def nothing_more(self) -> None:
        """The ear has given all it had; where no words came, nothing was said."""
        if self.talk.state == "thinking" and not self.is_busy:
            self.happened(talk_events.NothingHeard(self.talk.says.not_heard))

    def _said(self, said: Said) -> None:
        """Words that are sure, also while the microphone is off."""
        muted = self.talk.state == "muted"
        self.voicing.silent()
        self.talk = replace(self.talk, state="thinking")
        self.happened(talk_events.Utterance(said))
        if muted:
            self.talk = replace(self.talk, state="muted")
            self._shown()

    def _understood(self, transcript: Transcript) -> None:
        if not transcript.text.strip():
            self.happened(talk_events.NothingHeard(self.talk.says.not_heard))
            return
        said = self._room.parts.understanding().said(transcript)
        self.show(heard_firm=said.text, heard_loose="")
        if self.ordering.active and said.command is None:
            self.ordering.heard(said.text)
        elif self.ordering.active and said.command in {"yes", "no", "cancel", "repeat"}:
            self.ordering.spoken(said)
        else:
            self.happened(talk_events.Utterance(said))

    def home(self) -> None:
        """Back to the first screen; what was said stays known until the patient changes."""
        self.voicing.silent()
        self.talk = replace(self.talk, spoken=self.talk.spoken.paused())
        if self.talk.state == "speaking" and self.talk.pending is None:
            self.talk = replace(self.talk, state="idle")
        self.show(screen="home", notice="")
        self._shown()
