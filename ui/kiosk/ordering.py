"""An order at the bedside, by voice or touch: leads `OrderDialogue`, shows where it stands."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from speech.talk.commands import Command
from speech.talk.events import Said
from speech.talk.order import CHECKS, OrderDialogue, OrderTalk, Turn
from speech.talk.order_words import SIMPLE
from speech.talk.state import SURE_OF_YES
from ui.kiosk.loop import ENGLISH, Loop
from ui.kiosk.parts import Orders
from ui.kiosk.view import OrderView

_SETTLING: tuple[Command, ...] = ("yes", "no", "cancel", "repeat")
_YES_OR_NO = (*SIMPLE, "allergy")
"""Questions that a yes or a no answers; behind them it confirms nothing."""
_UNITS = {"d": "days", "w": "weeks", "m": "months", "y": "years"}


class Ordering:
    """The order of one conversation; call it in the mailbox only."""

    def __init__(self, orders: Callable[[], Orders], room: Loop) -> None:
        """Take what opens the dialogue, and the conversation it is part of."""
        self._open = orders
        self._room = room
        self._orders: Orders | None = None
        self._talk = OrderTalk()
        self.active = False

    def begin(self) -> None:
        """A new order, with what the pads know of the patient."""
        self._orders = self._orders or self._open()
        self.active = True
        self._room.show(screen="order", order=OrderView(), notice="")
        self._turn(self._dialogue.begin(_known(self._room.patient)))

    def heard(self, text: str) -> None:
        """Something was said or typed for the order, in English or the language of the screen."""
        self._room.look(text)
        if self._orders is not None:
            parts = self._orders.read(self._dialogue.in_english(text), self._talk.asked)
            self._turn(self._dialogue.heard(self._talk, parts))

    def chosen(self, index: int) -> None:
        """A choice was touched."""
        order = self._room.view.order
        if self._orders is not None and order is not None and 0 <= index < len(order.choices):
            self._turn(self._dialogue.chosen(self._talk, order.choices[index]))

    def spoken(self, said: Said) -> None:
        """A command was said; an unsure yes is none."""
        if said.command == "yes" and said.sure < SURE_OF_YES:
            self._room.show(notice=self._room.talk.says.yes_unclear)
        elif said.command is not None:
            self.command(said.command)

    def command(self, command: Command) -> bool:
        """A command, and whether the order took it."""
        if self._orders is None or command not in _SETTLING:
            return False
        dialogue = self._dialogue
        answers = self._talk.verdict is None and self._talk.asked in _YES_OR_NO
        match command:
            case "yes" | "no" if answers:
                self.heard(command)
            case "yes":
                self._turn(dialogue.yes(self._talk))
            case "no":
                self._turn(dialogue.no(self._talk))
            case "cancel":
                self._turn(dialogue.cancel())
            case _:
                self._say(self._room.view.order)
        return True

    def edited(self, text: str) -> None:
        """The draft was changed by hand on the screen."""
        order = self._room.view.order
        if order is not None and order.draft:
            self._room.show(order=replace(order, draft=text))

    def read_aloud(self) -> None:
        """Speak the draft."""
        order = self._room.view.order
        if order is not None and order.draft:
            self._speak(*((row, self._language_of(row)) for row in order.draft.splitlines()))

    def leave(self) -> None:
        """Close the order screen; a draft on it is gone."""
        self.active = False
        self._talk = OrderTalk()
        self._room.show(order=None, screen="home")

    def _turn(self, turn: Turn) -> None:
        self._talk, reply = turn
        draft = reply.draft.text if reply.draft else ""
        before = self._room.view.order or OrderView()
        items = reply.items or (() if reply.done else before.items)
        self._room.show(
            screen="order",
            order=OrderView(
                reply.say, items, reply.choices, self._talk.asked,
                self._talk.verdict is not None, draft, reply.told,
            ),
        )  # fmt: skip
        self.active = not reply.done
        if reply.done and not draft:
            self.leave()
            self._room.show(notice=reply.say)
        self._say(OrderView(reply.say, told=reply.told))

    @property
    def _dialogue(self) -> OrderDialogue:
        """The dialogue in the language of the screen, which may change on the way."""
        assert self._orders is not None  # noqa: S101 - asked for only once it is open
        return self._orders.dialogue.speaking(self._room.language)

    def _language_of(self, row: str) -> str:
        """A row of the draft that the check wrote is in the language of the library."""
        return ENGLISH if row.startswith(CHECKS) else self._room.language

    def _say(self, order: OrderView | None) -> None:
        """Speak what the check says, and then what is asked."""
        if order is not None:
            own = order.say.removeprefix(order.told).strip()
            self._speak((order.told, ENGLISH), (own, self._room.language))

    def _speak(self, *lines: tuple[str, str]) -> None:
        """Speak lines in their languages; an answer by voice may follow without the button."""
        room, there = self._room, [line for line in lines if line[0].strip()]
        if there and room.talk.state != "muted":
            room.talk = replace(room.talk, state="speaking", pending=None)
            room.say(*there)


def _known(patient: Mapping[str, str]) -> dict[str, str]:
    """Fields of the pads as an order writes them."""
    known: dict[str, str] = {}
    if weight := patient.get("weight"):
        known["weight"] = f"{weight} kg"
    if age := patient.get("age"):
        known["age"] = f"{age[:-1]} {_UNITS.get(age[-1:], '')}".strip()
    if pregnant := patient.get("pregnant"):
        known["pregnant"] = pregnant
    return known
