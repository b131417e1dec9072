"""The medicines that a question names, in the order in which it names them."""

from collections.abc import Iterator

from assistant.clinical.dosing.mentioned import Mentioned
from kb.text import words


def named_in_order(mentioned: Mentioned, text: str) -> list[str]:
    """Ids of the medicines in a text; of names that overlap the longest counts."""
    return list(dict.fromkeys(_walk(mentioned, words(text))))


def _walk(mentioned: Mentioned, there: list[str]) -> Iterator[str]:
    place = 0
    while place < len(there):
        fitting = [
            (len(name), own)
            for name, own in mentioned.by_first.get(there[place], ())
            if tuple(there[place : place + len(name)]) == name
        ]
        if fitting:
            length, own = max(fitting)
            yield own
            place += length
        else:
            place += 1
