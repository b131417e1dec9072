"""What the page can ask for: one JSON object with a `do`, checked and led to the conversation."""

from collections.abc import Callable, Mapping
from typing import Any

from speech.talk import events as talk_events
from speech.talk.commands import COMMANDS
from ui.kiosk.seat import Seat
from ui.kiosk.texts import LANGUAGES

MOST_CHARACTERS = 4_000
"""Of a question, as in the desktop app."""
FIELDS = ("age", "weight", "sex", "pregnant", "allergies")


class BadAction(Exception):
    """Something the page must not ask for; the message is shown."""


Given = Mapping[str, Any]
Handler = Callable[[Seat, Given], None]


def act(seat: Seat, given: Given) -> None:
    """Do one thing; call it in the mailbox.

    Raises:
        BadAction: it is not known, or a value cannot be used.
    """
    handler = HANDLERS.get(str(given.get("do")))
    if handler is None:
        raise BadAction("This cannot be done.")
    handler(seat, given)


def _ask(seat: Seat, given: Given) -> None:
    seat.conversation.typed(_text(given, "text"))


def _command(seat: Seat, given: Given) -> None:
    command = next((one for one in COMMANDS if one == given.get("command")), None)
    if command is None:
        raise BadAction("There is no such command.")
    seat.conversation.touched(command)


def _release(seat: Seat, _: Given) -> None:
    seat.conversation.happened(talk_events.Released())


def _mute(seat: Seat, given: Given) -> None:
    seat.conversation.happened(talk_events.Muted(off=given.get("off") is True))


def _choose(seat: Seat, given: Given) -> None:
    index = _number(given, "index")
    conversation = seat.conversation
    if conversation.ordering.active:
        conversation.ordering.chosen(index)
    else:
        conversation.happened(talk_events.Chosen(index))


def _patient(seat: Seat, given: Given) -> None:
    values = given.get("values")
    if not isinstance(values, dict) or not values.keys() <= set(FIELDS):
        raise BadAction("The patient cannot be read.")
    seat.conversation.knows({name: str(value)[:200] for name, value in values.items()})


def _hands_free(seat: Seat, given: Given) -> None:
    seat.conversation.set_mode(hands_free=given.get("on") is True)


def _stay(_: Seat, __: Given) -> None:
    """A touch alone is a sign of a person; nothing else is to be done."""


def _language(given: Given) -> str:
    language = given.get("language")
    if language not in LANGUAGES:
        raise BadAction("There is no such language.")
    return str(language)


HANDLERS: Mapping[str, Handler] = {
    "ask": _ask,
    "command": _command,
    "press": lambda seat, _: seat.press(),
    "release": _release,
    "mute": _mute,
    "choose": _choose,
    "patient": _patient,
    "hands_free": _hands_free,
    "go": lambda seat, given: seat.conversation.go_to(_number(given, "place")),
    "spoken": lambda seat, given: seat.conversation.sound_ended(_text(given, "id")),
    "phrase": lambda seat, given: seat.conversation.says_phrase(
        _text(given, "id"), _text(given, "language")
    ),
    "home": lambda seat, _: seat.conversation.home(),
    "order": lambda seat, _: seat.conversation.ordering.begin(),
    "order_edit": lambda seat, given: seat.conversation.ordering.edited(_text(given, "text")),
    "order_leave": lambda seat, _: seat.conversation.ordering.leave(),
    "language": lambda seat, given: seat.speak(_language(given)),
    "read_draft": lambda seat, _: seat.conversation.ordering.read_aloud(),
    "stay": _stay,
}


def _text(given: Given, name: str) -> str:
    text = given.get(name)
    if not isinstance(text, str) or not text.strip():
        raise BadAction("There is no text.")
    if len(text) > MOST_CHARACTERS:
        raise BadAction(f"The text is too long: at most {MOST_CHARACTERS:,} characters fit here.")
    return text


def _number(given: Given, name: str) -> int:
    number = given.get(name)
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < 10_000:
        raise BadAction("This cannot be chosen.")
    return number
