"""Which row of a medicine answers a request."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from assistant.clinical.dosing.indication import (
    ENOUGH,
    GENERAL,
    NO_MATCH,
    Match,
    is_general,
    match_row,
)
from assistant.clinical.dosing.people import Fit, fit
from assistant.clinical.dosing.person import Person
from assistant.clinical.dosing.terms import Terms, Tokens
from kb.medicines import DoseRow, Record

How = Literal["meant", "nearly", "general", "only"]
"""The row names the reason; part of it; it is the general row; all rows give the same."""
_NEAR = 0.12
"""Rows whose score is this near to the best are judged by other things."""
_SPECIAL = {"pregnant": 0, "neonate": 1, "young_infant": 2, "child": 3, "adult": 3, "any": 4}
_PHASES = {"pre-referral": 1, "maintenance": 1, "prophylaxis": 1}


@dataclass(frozen=True, slots=True)
class Judged:
    """A row with how well it answers the reason and the person."""

    row: DoseRow
    place: int
    match: Match
    fit: Fit


@dataclass(frozen=True, slots=True)
class Choice:
    """The row to use, or why there is none."""

    row: DoseRow | None = None
    how: How = "meant"
    assumed: str = ""
    named: bool = False
    """Whether a name of the row was asked to its last word, not only a part of it."""
    also: tuple[DoseRow, ...] = ()
    """Other rows for the same reason and person."""
    missing: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    """Indications or routes to pick from."""
    others: tuple[DoseRow, ...] = ()
    """Rows for this reason that are for other people."""


def choose(
    record: Record, asked: Tokens, routes: Sequence[str], person: Person, terms: Terms
) -> Choice:
    """The row for a reason, routes (empty = not given) and a person."""
    reachable = [
        (place, row)
        for place, row in enumerate(record.doses)
        if not routes or set(routes) & set(row.routes)
    ]
    judged = [
        Judged(row, place, match_row(row, asked, terms) if asked else NO_MATCH, fit(row, person))
        for place, row in reachable
    ]
    if not judged:
        return Choice(options=tuple(dict.fromkeys(r for row in record.doses for r in row.routes)))
    meant = [one for one in judged if one.match.score >= ENOUGH]
    there = [one for one in meant if one.fit.level != "no"]
    if there:
        return _best(there)
    return _without_reason(judged, meant, asked=bool(asked))


def _best(there: list[Judged]) -> Choice:
    """The best of the rows that name the reason."""
    top = max(one.match.score for one in there)
    near = [one for one in there if one.match.score >= top - _NEAR]
    usable = sorted((one for one in near if one.fit.level != "unknown"), key=_order)
    if not usable:
        return Choice(missing=_missing(near), others=tuple(one.row for one in near))
    first = usable[0]
    how: How = "meant" if first.match.whole else "nearly"
    also = tuple(one.row for one in usable[1:] if one.match.score >= first.match.score - _NEAR / 2)
    return Choice(first.row, how, first.fit.assumed, first.match.named, also)


def _order(one: Judged) -> tuple[float, int, int, int, int]:
    return (
        -round(one.match.score, 1),
        0 if one.fit.level == "yes" else 1,
        _PHASES.get(one.row.phase, 0),
        _SPECIAL[one.row.population],
        one.place,
    )


def _without_reason(judged: list[Judged], meant: list[Judged], *, asked: bool) -> Choice:
    """No row names the reason for this person: the general row, or the only regimen there is."""
    fitting = [one for one in judged if one.fit.level != "no"]
    others = tuple(one.row for one in meant)
    general = [one for one in fitting if is_general(one.row)]
    usable = sorted((one for one in general if one.fit.level != "unknown"), key=_order)
    if usable:
        return Choice(usable[0].row, "general", usable[0].fit.assumed, others=others)
    if general:
        return Choice(missing=_missing(general), others=others)
    if not fitting or others:
        reasons = tuple(dict.fromkeys(one.row.indication for one in fitting))
        return Choice(others=others or tuple(one.row for one in judged), options=reasons)
    return _single(fitting, asked=asked)


def _single(fitting: list[Judged], *, asked: bool) -> Choice:
    """The one regimen of the usual route, or the reason has to be picked."""
    ranked = sorted(fitting, key=_order)
    usual = [one for one in ranked if set(one.row.routes) & set(ranked[0].row.routes)]
    alike = len({_regimen(one.row) for one in usual}) == 1
    reasons = tuple(
        dict.fromkeys(one.row.indication for one in ranked if one.row.indication != GENERAL)
    )
    unknown = [one for one in usual if one.fit.level == "unknown"]
    if (alike and not asked) or len({_regimen(one.row) for one in ranked}) == 1:
        if unknown:
            return Choice(missing=_missing(unknown), others=tuple(one.row for one in fitting))
        return Choice(ranked[0].row, "only" if asked else "meant", ranked[0].fit.assumed)
    missing = _missing(unknown) if len(unknown) == len(usual) else ()
    return Choice(missing=("indication", *missing), options=reasons)


def _missing(rows: Sequence[Judged]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(fact for one in rows for fact in one.fit.missing))


def _regimen(row: DoseRow) -> tuple[object, ...]:
    return (
        row.per_kg, row.per_kg_day, row.fixed, row.bands, row.unit, row.basis, row.doses_per_day,
    )  # fmt: skip
