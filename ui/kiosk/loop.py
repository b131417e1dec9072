"""What happens at the bedside, one event after another, through `speech.talk.machine.step`.

Everything runs on one mailbox; what is slow (answers, the voice) has a thread of its own and posts
what it has back. After `close` nothing that still arrives changes or shows anything.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from assistant.messages import Patient
from speech.talk import events as talk_events
from speech.talk.machine import step
from speech.talk.says import load_says
from speech.talk.state import Talk
from speech.voice.manner import Manner
from ui.kiosk.answering import Answering
from ui.kiosk.parts import Parts
from ui.kiosk.view import View, danger_of
from ui.kiosk.voicing import Voicing

Post = Callable[[Callable[[], None]], None]
Emit = Callable[[dict[str, object]], None]
ENGLISH = "en"
"""Language of the library, and so of answers and of what a check says."""


@dataclass(frozen=True, slots=True)
class Room:
    """What a conversation may use of the kiosk around it."""

    parts: Parts
    post: Post
    """Puts work into the mailbox."""
    emit: Emit
    """Tells the page something."""
    hear: Callable[[bool], None]
    """Opens the ear afresh, or ends the utterance and waits for its words elsewhere."""
    forget: Callable[[], None]
    """Throws this conversation away and begins a new one."""


class Loop:
    """The loop of one patient, its screen and its voice; call its methods in the mailbox only."""

    def __init__(self, room: Room, language: str, manner: Manner, *, hands_free: bool) -> None:
        """Begin with nothing known."""
        self._room = room
        self.language = language
        says = load_says(language)
        mode = "hands_free" if hands_free and room.parts.open_hearing else "push"
        self.talk = Talk(manner=manner, says=says, mode=mode)  # type: ignore[arg-type]
        free = mode == "hands_free"
        self.view = View(mode=mode, mic=free, speed=manner.speed, volume=manner.volume)
        self.patient: Mapping[str, str] = {}
        self.closed = threading.Event()
        self._aside = False
        """A sentence for the patient is spoken, which belongs to no answer."""
        self._answering = Answering(room.parts.answers, self._post, self)
        self.voicing = Voicing(room.parts.speak, room.emit, self._post, self._unspoken)

    def close(self) -> None:
        """Forget everything; what is still on its way comes to nothing."""
        self.closed.set()
        self._answering.cancel()
        self.voicing.silent()
        self.view, self.patient = View(), {}

    def happened(self, event: talk_events.Event) -> None:
        """One event through the pure loop, and what is to be done after it."""
        if isinstance(event, talk_events.Pressed) and self._room.parts.open_hearing is None:
            self.show(screen="no_model", notice=self._room.parts.no_hearing)
            return
        if isinstance(event, talk_events.Sentence) and self._waits_for_touch():
            # A person stopped the voice, or speaks: the sentence is there, but nothing moves.
            spoken = self.talk.spoken
            spoken = replace(spoken, sentences=(*spoken.sentences, event.text))
            self.talk = replace(self.talk, spoken=spoken)
            return
        self.talk, effects = step(self.talk, event)
        for effect in effects:
            self._do(effect)
            if self.closed.is_set():
                return
        self._shown()

    def say(self, *lines: tuple[str, str]) -> None:
        """Speak lines that belong to no answer, each in its language."""
        self.voicing.say(*((text, self._manner(language)) for text, language in lines))
        self._shown()

    def look(self, text: str) -> None:
        """Danger in words that are not put to the assistant."""
        danger = danger_of(self._room.parts.triage(text, Patient()))
        if danger.flags:
            self.show(danger=danger)

    def show(self, **changes: object) -> None:
        """Change what is shown."""
        if self.closed.is_set():
            return
        before = self.view
        self.view = replace(self.view, **changes)  # type: ignore[arg-type]
        if self.view != before:
            self._room.emit({"type": "view", "view": self.view.to_json()})

    def speaks(self, language: str) -> None:
        """Another language for what the kiosk itself says."""
        self.language = language
        self.talk = replace(self.talk, says=load_says(language))

    @property
    def is_busy(self) -> bool:
        """Whether an answer is being made, or spoken."""
        return self._answering.running or self.voicing.speaks

    def _waits_for_touch(self) -> bool:
        return self.talk.spoken.at >= 0 and self.talk.state in {"idle", "muted", "listening"}

    def _unspoken(self, message: str) -> None:
        """There is no sound of a sentence; it stands on the screen, and is turned by hand."""
        talk = self.talk
        state = "idle" if talk.state == "speaking" else talk.state
        self.talk = replace(talk, state=state, spoken=talk.spoken.paused())
        self.show(notice=message or self.view.notice)
        self._shown()

    def _do(self, effect: talk_events.Effect) -> None:
        match effect:
            case talk_events.Listen(on):
                self._room.hear(on)
            case talk_events.Speak(text, _, own):
                self._aside = False
                language = self.talk.says.language if own else ENGLISH
                self.voicing.say((text, self._manner(language)))
                self._asks(text if text == self.talk.says.new_patient else "")
            case talk_events.FallSilent():
                self.voicing.silent()
            case talk_events.LookForDanger(text):
                self._answering.cancel()
                urgency = self._room.parts.triage(text, Patient())
                self.show(danger=danger_of(urgency), pages=(), place=0, notice="")
            case talk_events.ForgetPatient():
                self._room.forget()
            case _:
                self._do_on_screen(effect)

    def _do_on_screen(self, effect: talk_events.Effect) -> None:
        match effect:
            case talk_events.Ask(text):
                self.show(screen="answer", question=text, pages=(), place=0, complete=False)
                self._answering.ask(text, self.patient)
            case talk_events.ReadBack(items):
                shown = tuple((item.kind, item.shown) for item in items)
                self.show(screen="read_back", items=shown, choices=(), ask="")
            case talk_events.Choose(doubt):
                self.show(screen="choose", choices=doubt.choices, ask=doubt.ask)
            case talk_events.Tell(message):
                self.show(notice=message)
            case talk_events.SpeakLike(manner):
                self.show(speed=manner.speed, volume=manner.volume)
            case _:
                pass

    def _asks(self, question: str) -> None:
        """The wish for a new patient is asked back on the screen like everything else."""
        if question:
            self.show(screen="read_back", items=(), choices=(), ask=question)

    def _shown(self) -> None:
        """Bring the screen in line with the loop."""
        talk = self.talk
        asks = talk.pending is not None
        screen = self.view.screen
        if not asks and screen in {"read_back", "choose"}:
            screen = "answer" if self.view.pages or self.view.question else "home"
        waits = talk.state in {"listening", "speaking"}
        mic = waits or (talk.mode == "hands_free" and talk.state == "idle")
        self.show(
            state=talk.state, mode=talk.mode, screen=screen, place=max(0, talk.spoken.at),
            complete=talk.spoken.complete, mic=mic and self._room.parts.open_hearing is not None,
            speed=talk.manner.speed, volume=talk.manner.volume,
        )  # fmt: skip

    def _manner(self, language: str) -> Manner:
        return replace(self.talk.manner, language=language)

    def _post(self, work: Callable[[], None]) -> None:
        """Into the mailbox; done only if this conversation still is one."""
        self._room.post(lambda: None if self.closed.is_set() else work())
