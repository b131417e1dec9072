"""Whose turn it is, and what was confirmed: the loop of a conversation as one pure function.

`step` takes what is and what happens, and gives what is then and what is to be done. Words with
anything critical in them are put to the assistant only after an explicit yes to exactly these
words; everything else that happens in between takes the yes away.
"""

from dataclasses import replace

from speech.messages import Doubt
from speech.talk.commands import Command
from speech.talk.events import (
    AnswerEnded,
    Ask,
    Choose,
    Chosen,
    Effect,
    Event,
    FallSilent,
    ForgetPatient,
    Listen,
    LookForDanger,
    Muted,
    NothingHeard,
    Pressed,
    ReadBack,
    Released,
    Said,
    Sentence,
    SentenceSpoken,
    Speak,
    SpeakLike,
    Tell,
    Touched,
    Utterance,
    VoiceBegan,
    WaitedTooLong,
    WakeWord,
)
from speech.talk.state import SURE_OF_YES, Pending, State, Talk
from speech.talk.steering import Spoken, steer

Next = tuple[Talk, tuple[Effect, ...]]
_AGAIN = ("repeat", "slower", "faster", "louder", "quieter")
"""While a yes is waited for, these read everything back once more."""


def step(talk: Talk, event: Event) -> Next:
    """The conversation after an event, and what is to be done."""
    match event:
        case Muted(off):
            return _mute(talk, off=off)
        case Touched(command):
            return _command(talk, command)
        case Chosen(index):
            return _chosen(talk, index)
        case WaitedTooLong():
            return _given_up(talk)
        case Sentence() | AnswerEnded() | SentenceSpoken():
            return _answer(talk, event)
        case _:
            return (talk, ()) if talk.state == "muted" else _voice(talk, event)


def _voice(talk: Talk, event: Event) -> Next:
    """What comes from the microphone; nothing of it counts while it is muted."""
    waits = talk.state in {"listening", "thinking"}
    if _begins(talk, event):
        return _open_ear(talk)
    if isinstance(event, Released) and talk.state == "listening" and talk.mode == "push":
        return replace(talk, state="thinking"), (Listen(on=False),)
    if isinstance(event, NothingHeard) and waits:
        return replace(talk, state="idle"), (Tell(event.message or talk.says.not_heard),)
    if isinstance(event, Utterance) and (waits or talk.state == "speaking"):
        return _heard(talk, event.said)
    return talk, ()


def _begins(talk: Talk, event: Event) -> bool:
    """Whether a person begins to talk: by button, by wake word, freely, or by interrupting."""
    match event:
        case Pressed():
            return talk.mode == "push"
        case WakeWord():
            return talk.mode == "wake_word"
        case VoiceBegan():
            free = talk.mode == "hands_free" and talk.state == "idle"
            return free or talk.state == "speaking"
        case _:
            return False


def _open_ear(talk: Talk) -> Next:
    """Listen; whatever is spoken stops at once."""
    silent: tuple[Effect, ...] = (FallSilent(),) if talk.state == "speaking" else ()
    return replace(talk, state="listening", spoken=talk.spoken.paused()), (*silent, Listen(on=True))


def _heard(talk: Talk, said: Said) -> Next:
    if said.command is not None:
        if said.command == "yes" and said.sure < SURE_OF_YES:
            return replace(talk, state="idle"), (Tell(talk.says.yes_unclear),)
        return _command(talk, said.command)
    if not said.text.strip():
        return replace(talk, state="idle"), (Tell(talk.says.not_heard),)
    # Whatever waited for a yes is replaced by what was said since: a yes belongs to one thing.
    look = LookForDanger(said.text)
    if not said.critical:
        fresh = replace(talk, state="thinking", pending=None, spoken=Spoken())
        return fresh, (look, Ask(said.text, confirmed=False))
    after, effects = _ask_back(replace(talk, pending=Pending(said), spoken=Spoken()))
    return after, (look, *effects)


def _ask_back(talk: Talk) -> Next:
    """Settle what is doubtful first, then read everything back."""
    if talk.pending is None:
        return replace(talk, state="idle"), ()
    said = talk.pending.said
    if said.doubts:
        doubt = talk.says.asked(said.doubts[0])
        return replace(talk, state=_aloud(talk)), (Choose(doubt), Speak(doubt.ask, own=True))
    text = talk.says.read_back(said.items)
    shown = ReadBack(talk.says.shown(said.items), said.text)
    effects: tuple[Effect, ...] = (shown, Speak(text, verbatim=True, own=True))
    return replace(talk, state=_aloud(talk)), effects


def _chosen(talk: Talk, index: int) -> Next:
    """A choice settles one doubt by putting the chosen words in its place."""
    if talk.pending is None or not talk.pending.said.doubts:
        return talk, ()
    said = talk.pending.said
    doubt, *others = said.doubts
    if not 0 <= index < len(doubt.choices):
        return talk, ()
    chosen = doubt.choices[index]
    text = said.text[: doubt.start] + chosen + said.text[doubt.end :]
    shift = len(chosen) - (doubt.end - doubt.start)
    moved = tuple(_moved(one, doubt, shift) for one in others)
    items = talk.says.with_choice(said.items, doubt, chosen)
    settled = replace(said, text=text, doubts=moved, items=items)
    after, effects = _ask_back(replace(talk, pending=Pending(settled)))
    return after, (FallSilent(), *effects)


def _moved(doubt: Doubt, settled: Doubt, shift: int) -> Doubt:
    if doubt.start < settled.end:
        return doubt
    return replace(doubt, start=doubt.start + shift, end=doubt.end + shift)


def _command(talk: Talk, command: Command) -> Next:
    match command:
        case "yes":
            return _yes(talk)
        case "no" | "cancel":
            return _no(talk, command)
        case "new_patient":
            pending = Pending(Said(talk.says.new_patient), forget=True)
            asked: tuple[Effect, ...] = (FallSilent(), Speak(talk.says.new_patient, own=True))
            return replace(talk, state=_aloud(talk), pending=pending), asked
        case "mute":
            return _mute(talk, off=True)
        case _:
            return _steered(talk, command)


def _steered(talk: Talk, command: Command) -> Next:
    """Commands for the voice; they settle nothing."""
    spoken, manner, effects = steer(command, talk.spoken, talk.manner, talk.says)
    if talk.pending is not None and command in _AGAIN:
        after, again = _ask_back(replace(talk, manner=manner))
        changed = tuple(effect for effect in effects if isinstance(effect, SpeakLike))
        return after, (FallSilent(), *changed, *again)
    speaks = any(isinstance(effect, Speak) for effect in effects)
    state = _aloud(talk) if speaks else _rest(talk)
    return replace(talk, state=state, spoken=spoken, manner=manner), effects


def _yes(talk: Talk) -> Next:
    """The only place where words with anything critical in them are put to the assistant."""
    pending = talk.pending
    if pending is None:
        return replace(talk, state=_rest(talk)), (Tell(talk.says.nothing_to_confirm),)
    if pending.forget:
        fresh = replace(talk, state=_rest(talk), pending=None, spoken=Spoken())
        return fresh, (FallSilent(), ForgetPatient(), Tell(talk.says.ready))
    if pending.said.doubts:
        return talk, (Choose(talk.says.asked(pending.said.doubts[0])), Tell(talk.says.choose_first))
    thinks: State = "muted" if talk.state == "muted" else "thinking"
    after = replace(talk, state=thinks, pending=None, spoken=Spoken())
    return after, (FallSilent(), Ask(pending.said.text, confirmed=True))


def _no(talk: Talk, command: Command) -> Next:
    after = replace(talk, state=_rest(talk), pending=None, spoken=talk.spoken.paused())
    if talk.pending is not None and command == "no" and not talk.pending.forget:
        return after, (FallSilent(), Tell(talk.says.say_again))
    return after, (FallSilent(), Tell(talk.says.cancelled))


def _rest(talk: Talk) -> State:
    return "muted" if talk.state == "muted" else "idle"


def _aloud(talk: Talk) -> State:
    """While the voice speaks; a microphone that is off stays off."""
    return "muted" if talk.state == "muted" else "speaking"


def _mute(talk: Talk, *, off: bool) -> Next:
    """Muting takes away what waits for a yes by voice, but not the screen."""
    if off:
        return replace(talk, state="muted"), (FallSilent(), Listen(on=False))
    if talk.state != "muted":
        return talk, ()
    listening = talk.mode == "hands_free"
    return replace(talk, state="idle"), ((Listen(on=True),) if listening else ())


def _given_up(talk: Talk) -> Next:
    """What waited too long for a yes is dropped; a late yes must not find it."""
    if talk.pending is None and talk.mode == "wake_word" and talk.state == "listening":
        return replace(talk, state="idle"), (Listen(on=False),)
    if talk.pending is None:
        return talk, ()
    after = replace(talk, state=_rest(talk), pending=None)
    return after, (FallSilent(), Tell(talk.says.dropped))


def _answer(talk: Talk, event: Sentence | AnswerEnded | SentenceSpoken) -> Next:
    """Sentences are spoken one after the other as they are released."""
    if talk.pending is not None:
        # The voice asks for a yes; sentences of an older answer are on the screen only.
        waits = isinstance(event, SentenceSpoken) and talk.state == "speaking"
        return (replace(talk, state="idle") if waits else talk), ()
    if isinstance(event, Sentence):
        spoken, text_now = talk.spoken.released(event.text)
    elif isinstance(event, SentenceSpoken):
        spoken, text_now = talk.spoken.moved_on()
    else:
        spoken, text_now = talk.spoken.ended(), ""
    if talk.state in {"muted", "listening"}:
        return replace(talk, spoken=spoken.paused()), ()
    if text_now:
        return replace(talk, state="speaking", spoken=spoken), (Speak(text_now),)
    if spoken.finished and talk.state in {"speaking", "thinking"}:
        return replace(talk, state="idle", spoken=spoken), ()
    return replace(talk, spoken=spoken), ()
