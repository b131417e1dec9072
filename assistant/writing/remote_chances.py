"""Reads how likely a model server held its tokens. Pure; nothing of it is trusted."""

from typing import Any

from assistant.writing.language import Chance

_MOST_TOKENS = 10_000
_MOST_OTHERS = 20
_LONGEST = 200
_SURE = 1e-3
"""Servers round; a logarithm above 0 by no more than this means certainty."""


def read_chances(choice: dict[str, Any]) -> tuple[Chance, ...]:
    """The chances in one choice of an answer; none where the server tells none."""
    told = choice.get("logprobs")
    rows = told.get("content") if isinstance(told, dict) else None
    if not isinstance(rows, list):
        return ()
    found = (_chance(row) for row in rows[:_MOST_TOKENS])
    return tuple(chance for chance in found if chance is not None)


def _chance(row: object) -> Chance | None:
    pair = _pair(row)
    if pair is None or not isinstance(row, dict):
        return None
    listed = row.get("top_logprobs")
    pairs = map(_pair, listed[:_MOST_OTHERS] if isinstance(listed, list) else ())
    others = sorted((one for one in pairs if one is not None), key=lambda one: -one[1])
    return Chance(pair[0], pair[1], tuple(others))


def _pair(row: object) -> tuple[str, float] | None:
    """A token and the logarithm of its probability; None where that is none."""
    if not isinstance(row, dict):
        return None
    text, logprob = row.get("token"), row.get("logprob")
    if not isinstance(text, str) or isinstance(logprob, bool):
        return None
    if not isinstance(logprob, int | float) or not -1e9 < logprob <= _SURE:
        return None
    return text[:_LONGEST], min(float(logprob), 0.0)
