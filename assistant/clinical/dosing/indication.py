"""How well a row's indication answers the reason that is asked for."""

from dataclasses import dataclass

from assistant.clinical.dosing.terms import Terms, Tokens
from kb.medicines import DoseRow

GENERAL = "general"
ENOUGH = 0.5
"""Score from which a row counts as meant."""
_ROW, _ASKED = 0.6, 0.4
"""Share of the score for what is covered of the row's words and of those that were asked."""
_AGAINST = 0.3
"""What is taken off where asked and row exclude each other."""
_HALF = 0.5
_PREVENTION, _PHASE, _AFTER = 0.5, 0.3, 0.5
"""What is taken off where only one speaks of prevention; for the other phase of treatment; where a
row is for the time after what was asked, such as `after severe malaria`."""


@dataclass(frozen=True, slots=True)
class Match:
    """How a row answers."""

    score: float
    """0 to 1; 0 = not at all."""
    whole: bool
    """Whether every telling word that was asked stands in the row."""
    named: bool = False
    """Whether a name of the row was asked to its last word."""


NO_MATCH = Match(0.0, whole=False)


def is_general(row: DoseRow) -> bool:
    """Whether the row is the usual dose where no other indication fits."""
    return GENERAL in (row.indication, *row.also)


def match_row(row: DoseRow, asked: Tokens, terms: Terms) -> Match:
    """The best match over the ways in which a row names its indication."""
    phrases = (phrase for phrase in (row.indication, *row.also) if phrase != GENERAL)
    found = [_match(terms.tokens(phrase), asked, row, terms) for phrase in phrases]
    best = max(found, key=lambda match: (match.score, match.whole), default=NO_MATCH)
    score = max(0.0, best.score - _phase_cost(row, asked, terms))
    return Match(score, best.whole, any(match.named for match in found))


def _match(phrase: Tokens, asked: Tokens, row: DoseRow, terms: Terms) -> Match:
    there, wanted = set(phrase), set(asked)
    ours, theirs = _covered(there, wanted, terms), _covered(wanted, there, terms)
    if not ours or not _telling(set(ours), there, terms):
        return NO_MATCH
    row_part = sum(ours.values()) / _weight(there, terms)
    asked_part = sum(theirs.values()) / _weight(wanted, terms)
    score = _ROW * row_part + _ASKED * asked_part
    score -= _AGAINST * _opposed(there, wanted, terms)
    score -= _prevention_cost(phrase, asked, row, terms)
    score -= _AFTER if terms.names("after", there - wanted) else 0.0
    telling = (one for one in wanted if terms.specific(one) or one in terms.qualifiers)
    whole = all(_inside(one, there, terms) for one in telling)
    return Match(max(0.0, score), whole, named=there <= wanted)


def _covered(tokens: set[str], others: set[str], terms: Terms) -> dict[str, float]:
    """The tokens that others cover, with the weight that is covered.

    One word covers half of a name of several words that holds it; the name covers the word whole.
    """
    found = {}
    for token in tokens:
        if _inside(token, others, terms):
            found[token] = terms.weight(token)
        elif any(terms.specific(part) for part in _parts(token) & others):
            found[token] = terms.weight(token) * _HALF
    return found


def _inside(token: str, others: set[str], terms: Terms) -> bool:
    if token in others:
        return True
    return terms.specific(token) and any(token in _parts(other) for other in others)


def _parts(token: str) -> set[str]:
    """The words of a name of several words."""
    return set(token[1:].split()) if token.startswith("@") else set()


def _telling(both: set[str], there: set[str], terms: Terms) -> bool:
    """Whether the shared words name an illness, or the row has no word that does."""
    if any(terms.specific(token) for token in both):
        return True
    named = any(terms.specific(token) for token in there)
    return not named and (there == both or any(token in terms.generic for token in both))


def _weight(tokens: set[str], terms: Terms) -> float:
    return sum(terms.weight(token) for token in tokens)


def _opposed(there: set[str], wanted: set[str], terms: Terms) -> int:
    return sum(
        (one in there and other in wanted) or (other in there and one in wanted)
        for one, other in terms.opposites
    )


def _prevention_cost(phrase: Tokens, asked: Tokens, row: DoseRow, terms: Terms) -> float:
    """What is taken off where one of two speaks of prevention and the other does not.

    A row of prevention may name an illness alone; then its author means prevention by it.
    """
    prevents, wanted = (terms.names_prevention(tokens) for tokens in (phrase, asked))
    meant = wanted and row.phase == "prophylaxis"
    return _PREVENTION if prevents != wanted and not meant else 0.0


def _phase_cost(row: DoseRow, asked: Tokens, terms: Terms) -> float:
    """What is taken off where the other phase of treatment was asked for."""
    if terms.names("referral", asked):
        return 0.0 if row.phase == "pre-referral" else _PHASE
    if row.phase not in ("loading", "maintenance"):
        return 0.0
    other = "maintenance" if row.phase == "loading" else "loading"
    return _PHASE if terms.names(other, asked) and not terms.names(row.phase, asked) else 0.0
