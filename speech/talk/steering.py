"""Steering the voice: repeat, next step, slower, louder. Pure."""

from dataclasses import dataclass, replace

from speech.talk.commands import Command
from speech.talk.events import Effect, FallSilent, Speak, SpeakLike, Tell
from speech.talk.says import Says
from speech.voice.manner import Manner


@dataclass(frozen=True, slots=True)
class Spoken:
    """An answer sentence by sentence, and where in it the voice is."""

    sentences: tuple[str, ...] = ()
    at: int = -1
    """Place of the sentence that is, or was last, spoken; -1 before the first."""
    talking: bool = False
    """Whether the voice speaks, or goes on as soon as there is a sentence."""
    complete: bool = False
    """Whether no more sentences will come."""

    @property
    def finished(self) -> bool:
        """Whether everything was said."""
        return self.complete and not self.talking

    def released(self, text: str) -> tuple["Spoken", str]:
        """One more sentence, and what to speak now: it, if the voice waits for it."""
        sentences = (*self.sentences, text)
        waits = not self.talking and self.at == len(self.sentences) - 1
        if not waits:
            return replace(self, sentences=sentences), ""
        return Spoken(sentences, self.at + 1, talking=True, complete=self.complete), text

    def ended(self) -> "Spoken":
        """No more sentences will come."""
        return replace(self, complete=True)

    def moved_on(self) -> tuple["Spoken", str]:
        """The sentence was spoken to its end; the next one, if there is one."""
        return self.to(self.at + 1) if self.talking else (self, "")

    def to(self, place: int) -> tuple["Spoken", str]:
        """The sentence at a place, if there is one."""
        if not 0 <= place < len(self.sentences):
            return replace(self, talking=False), ""
        return replace(self, at=place, talking=True), self.sentences[place]

    def paused(self) -> "Spoken":
        """The voice fell silent."""
        return replace(self, talking=False)


Steered = tuple[Spoken, Manner, tuple[Effect, ...]]


def steer(command: Command, spoken: Spoken, manner: Manner, says: Says) -> Steered:
    """What a command changes of the answer's place and of the voice."""
    match command:
        case "repeat":
            return _to(spoken, manner, spoken.at, says)
        case "next":
            return _to(spoken, manner, spoken.at + 1, says)
        case "back":
            return _to(spoken, manner, max(0, spoken.at - 1), says)
        case "slower" | "faster" | "louder" | "quieter":
            changed = {
                "slower": manner.slower,
                "faster": manner.faster,
                "louder": manner.louder,
                "quieter": manner.quieter,
            }[command]()
            after, _, effects = _to(spoken, changed, spoken.at, says)
            return after, changed, (SpeakLike(changed), *effects)
        case "help":
            return spoken.paused(), manner, (FallSilent(), Tell(says.help))
        case _:
            return spoken.paused(), manner, (FallSilent(),)


def _to(spoken: Spoken, manner: Manner, place: int, says: Says) -> Steered:
    after, text = spoken.to(place)
    if text:
        return after, manner, (FallSilent(), Speak(text))
    return after, manner, (FallSilent(), Tell(says.nothing_more))
