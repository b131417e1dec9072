"""Puts changed pieces and unchanged words together to one text, and tells where each stands."""

from collections.abc import Sequence
from dataclasses import dataclass

from speech.messages import Change, ChangeKind, Doubt, DoubtKind
from speech.words.tokens import Reader


@dataclass(frozen=True, slots=True)
class Question:
    """A doubt about a piece."""

    kind: DoubtKind
    choices: tuple[str, ...]
    ask: str


@dataclass(frozen=True, slots=True)
class Piece:
    """Tokens that are written together."""

    first: int
    end: int
    """The token behind the last."""
    written: str
    kind: ChangeKind
    question: Question | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """The text with the places of its changes and doubts."""

    text: str
    changes: tuple[Change, ...]
    doubts: tuple[Doubt, ...]


def put_together(said: Reader, pieces: Sequence[Piece]) -> Written:
    """The spoken text with the pieces in the place of their tokens, all else unchanged."""
    text, place = "", 0
    changes: list[Change] = []
    doubts: list[Doubt] = []
    for piece in pieces:
        start, end = said.tokens[piece.first].start, said.tokens[piece.end - 1].end
        text += said.text[place:start]
        begin, spoken = len(text), said.text[start:end]
        text += piece.written
        if piece.written != spoken:
            changes.append(Change(begin, len(text), start, end, piece.written, spoken, piece.kind))
        if piece.question is not None:
            asked = piece.question
            doubts.append(Doubt(begin, len(text), spoken, asked.choices, asked.kind, asked.ask))
        place = end
    return Written(text + said.text[place:], tuple(changes), tuple(doubts))
