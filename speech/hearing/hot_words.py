"""Which words a recogniser is told to expect. Pure; where they come from is not known here."""

from collections.abc import Iterable

_MOST = 900
"""Characters; a Whisper model takes at most 223 tokens, and names of medicines are long in them."""


def hot_words(first: Iterable[str], then: Iterable[str] = (), most: int = _MOST) -> str:
    """Words joined by commas, the first ones first, none twice, as many as a model takes.

    Args:
        first: what belongs to the open patient: medicines taken, allergies, the last answer.
        then: everything else that is likely, most likely first.
        most: characters.
    """
    chosen: dict[str, str] = {}
    length = 0
    for word in (*first, *then):
        plain = " ".join(word.split())
        if not plain or plain.casefold() in chosen:
            continue
        length += len(plain) + 2
        if length > most:
            break
        chosen[plain.casefold()] = plain
    return ", ".join(chosen.values())
