"""The conversation of one open page. It lives in the page alone: the server keeps none of it.

The page hands it over with each question and gets it back with the answer. What cannot be read is
thrown away as a whole, and said.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from html import escape
from typing import Any

from assistant.follow_up.conversation import Conversation, Turn, Understood
from assistant.follow_up.rule import Meant
from assistant.messages import Flag
from ui.render import one_line
from ui.understood_words import ASKED, understood_lines

LOST = "What was asked before could not be read; a new conversation was begun."
FIRST = "You can go on asking, such as “how often?” or “and in an adult?”."
MOST_CHARACTERS = 400_000
"""A longer text is none of this page's."""


@dataclass(frozen=True, slots=True)
class Talk:
    """What a page knows: the conversation, and how to take the last question back."""

    now: Conversation = field(default_factory=Conversation)
    before: Conversation = field(default_factory=Conversation)
    """The conversation before the last question."""
    typed: str = ""
    """The last question."""


def opened(text: str) -> tuple[Talk, str]:
    """The conversation that a page hands over, and what the person should know of it."""
    if not text:
        return Talk(), ""
    try:
        read: dict[str, Any] = json.loads(text) if len(text) <= MOST_CHARACTERS else {}
        talk = Talk(_conversation(read["now"]), _conversation(read["before"]), str(read["typed"]))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Talk(), LOST
    return talk, ""


def closed(talk: Talk) -> str:
    """A conversation as the page keeps it."""
    kept = {"now": _plain(talk.now), "before": _plain(talk.before), "typed": talk.typed}
    return json.dumps(kept, ensure_ascii=False)


def talk_html(understood: Understood, notice: str = "") -> str:
    """How the question was understood, and what was asked before it."""
    lines = [notice, *understood_lines(understood)] if notice else understood_lines(understood)
    earlier = [turn.meant.asked for turn in understood.after.turns]
    if not lines and not earlier:
        lines = (FIRST,)
    kind = "leaning" if understood.leans else "own"
    shown = "".join(f"<p>{_line(line)}</p>" for line in lines)
    return one_line(
        f'<section class="talk {kind}" role="status">{shown}{_earlier(earlier)}</section>'
    )


def _line(line: str) -> str:
    if line.startswith(ASKED):
        return f"{escape(ASKED)}<strong>{escape(line.removeprefix(ASKED))}</strong>"
    return escape(line)


def _earlier(asked: list[str]) -> str:
    if not asked:
        return ""
    listed = "".join(f"<li>{escape(text)}</li>" for text in asked)
    summary = f"Asked before in this conversation ({len(asked)})"
    return f"<details><summary>{summary}</summary><ol>{listed}</ol></details>"


def _plain(conversation: Conversation) -> dict[str, Any]:
    return {
        "turns": [asdict(turn) for turn in conversation.turns],
        "known": dict(conversation.known),
        "allergies": list(conversation.allergies),
        "drugs": list(conversation.drugs),
        "flags": [asdict(flag) for flag in conversation.flags],
        "form": dict(conversation.form),
    }


def _conversation(read: Mapping[str, Any]) -> Conversation:
    return Conversation(
        tuple(_turn(turn) for turn in read["turns"]),
        _texts(read["known"]),
        tuple(map(str, read["allergies"])),
        tuple(map(str, read["drugs"])),
        tuple(_flag(flag) for flag in read["flags"]),
        _texts(read["form"]),
    )


def _turn(read: Mapping[str, Any]) -> Turn:
    meant = _texts(read["meant"])
    return Turn(Meant(**meant), str(read["answer"]), str(read["topic"]))  # type: ignore[arg-type]


def _flag(read: Mapping[str, Any]) -> Flag:
    if read["level"] not in ("emergency", "urgent"):
        raise ValueError(read["level"])
    return Flag(**_texts(read))  # type: ignore[arg-type]


def _texts(read: Mapping[str, Any]) -> dict[str, str]:
    return {str(name): str(value) for name, value in read.items()}
