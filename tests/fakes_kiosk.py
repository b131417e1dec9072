"""Small real stand-ins for the doors of the kiosk: answers, voice, ears that hear what is put in."""

import threading
import time

import numpy as np

from assistant.messages import Answer, Citation, Flag, Sentence, Urgency
from speech.hearing.partials import Partial
from speech.hearing.session import NoVoice, SpeechBegan, SpeechEnded, Understood, WordsSoFar
from speech.messages import Doubt, HeardWord, Segment, Transcript
from speech.phrasebook.phrases import load_phrasebook
from speech.talk.commands import load_commands
from speech.talk.events import Item, Said
from speech.voice.manner import Sound
from speech.voice.speaker import Spoken
from ui.kiosk.options import Options
from ui.kiosk.parts import Parts
from ui.kiosk.seat import Seat

FITS = Flag("fits", "Convulsion", "emergency", "fits", "Lay on the side.", "Made-up source")
CITATION = Citation("p", "Card", "Guide", "2nd", "Chart 1", 3, "", "quote", "draft", 0, 5, "d")


def triage(text, patient):
    """Knows one danger sign."""
    return Urgency("emergency", (FITS,)) if "fits" in text else Urgency("none")


class EchoAnswers:
    """Answers with three sentences that repeat the question; `slow` waits between them."""

    def __init__(self, pause_s=0.0):
        self.pause_s = pause_s
        self.asked = []

    def stream(self, question, cancelled):
        """Danger at once, then sentence by sentence."""
        self.asked.append((question.text, question.patient.weight_kg))
        answer = Answer(question.text, "reference", triage(question.text, None), done=False)
        yield answer
        sentences = ()
        for number in range(3):
            if cancelled.wait(self.pause_s):
                return
            sentences += (Sentence(f"Line {number} on {question.text}.", "quote", ("c",), "Do"),)
            yield Answer(
                question.text, "reference", answer.urgency, sentences=sentences,
                citations={"c": CITATION}, done=number == 2,
            )  # fmt: skip


class Voice:
    """Speaks a short tone; remembers what it spoke and how."""

    def __init__(self):
        self.said = []
        self.broken = ""

    def __call__(self, text, manner):
        self.said.append((text, manner))
        if self.broken:
            return Spoken(text, text, failed=self.broken)
        tone = np.sin(np.arange(1600) / 5).astype(np.float32) * manner.volume / 200
        return Spoken(text, text, Sound(tone, 16_000))


class Ears:
    """A hearing that understands each block of sound as the next line of its script."""

    def __init__(self, tell, script):
        self._tell = tell
        self.script = script
        self.fed = 0
        self.resets = 0
        self.closed = False
        self.wanted = None

    def wants(self, wanted):
        self.wanted = wanted

    def feed(self, samples):
        self.fed += len(samples)
        if not self.script:
            return
        line = self.script.pop(0)
        self._tell(SpeechBegan())
        if line == "?":
            self._tell(NoVoice("a fan"))
            return
        self._tell(WordsSoFar(Partial(line.split()[0], "…")))
        self._tell(SpeechEnded())
        language = self.wanted.language if self.wanted else None
        self._tell(Understood(transcript(line, language or "en")))

    def finish(self):
        pass

    def reset(self):
        self.resets += 1

    def close(self):
        self.closed = True


def transcript(text, language="en"):
    """A transcript of words that are sure, unless a `~` says otherwise."""
    sure = 0.3 if "~" in text else 0.99
    plain = text.replace("~", "").strip()
    words = tuple(HeardWord(word, 0, 1, sure) for word in plain.split())
    return Transcript(plain, plain, (Segment(plain, 0, 1, words),), language, "whisper")


class Understands:
    """Finds commands, `15 mg` as a dose, and `cefalexin` as a doubtful name."""

    def __init__(self):
        self.commands = load_commands()

    def said(self, heard):
        """What was said."""
        text = heard.text
        sure = min((w.probability for s in heard.segments for w in s.words), default=1.0)
        command = self.commands.of(text, heard.language)
        if command is not None:
            return Said(text, command, sure=sure)
        items = (Item("dose", "15 mg", "fifteen, one five, milligrams"),) if "15 mg" in text else ()
        at = text.find("cefalexin")
        doubt = Doubt(at, at + 9, "cefalexin", ("cefalexin", "cefazolin"), "sound-alike", "Which?")
        return Said(text, None, items, (doubt,) if at >= 0 else (), sure)


class Clock:
    """A clock that a test moves."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def kiosk_parts(*, script=None, answers=None, voice=None, orders=None):
    """Parts with stand-ins behind them; without a script nothing can be heard."""
    ears = []

    def hearing(tell, silence_s):
        ears.append(Ears(tell, script))
        return ears[-1]

    parts = Parts(
        answers=answers or EchoAnswers(),
        triage=triage,
        understanding=Understands,
        orders=orders or _no_orders,
        speak=voice or Voice(),
        phrasebook=load_phrasebook(),
        open_hearing=None if script is None else hearing,
        no_hearing="" if script is not None else "Listening needs a speech model.",
    )
    return parts, ears


def _no_orders():
    raise AssertionError("no order was to be opened")


class Table:
    """A seat with someone in it who sees everything that the page would see."""

    def __init__(self, home, **how):
        options = how.pop("options", Options())
        self.parts, self.ears = kiosk_parts(**how)
        self.clock = Clock()
        self.seat = Seat(self.parts, options, home, self.clock)
        self.session = self.seat.sit_down()
        self.told = []
        self.taken = set()
        self._new = threading.Condition()
        assert self.seat.listen(self.session, self._tell)

    def _tell(self, message):
        with self._new:
            self.told.append(message)
            self._new.notify_all()

    @property
    def view(self):
        """What the page shows."""
        return next((one["view"] for one in reversed(self.told) if one["type"] == "view"), None)

    def until(self, found, timeout=5.0):
        """Wait until something is true; gives it."""
        end = time.monotonic() + timeout
        with self._new:
            while not (result := found()):
                assert self._new.wait(end - time.monotonic()), self.told[-4:]
            return result

    def sound(self):
        """Wait for the sound of the next sentence; gives its id."""

        def fresh():
            found = self.current_sound()
            return found if found and found["id"] not in self.taken else None

        identity = self.until(fresh)["id"]
        self.taken.add(identity)
        return identity

    def current_sound(self):
        """The sound that is to be heard now, or None."""
        last = [one for one in self.told if one["type"] in ("sound", "silent", "reset")][-1:]
        return last[0] if last and last[0]["type"] == "sound" else None

    def do(self, do, **given):
        """One action of the page."""
        from ui.kiosk.actions import act

        self.seat.do(lambda: act(self.seat, {"do": do, **given}))

    def hear(self, seconds=0.1):
        """A block of sound from the microphone."""
        self.seat.feed(np.zeros(int(seconds * 16_000), np.float32))
        self.seat.do(lambda: None)

    def close(self):
        """End it."""
        self.seat.close()
