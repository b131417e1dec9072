"""Other medicines of the formulary that a name, a reason or a route may mean."""

from collections.abc import Iterator, Mapping, Sequence

from assistant.clinical.dosing.choose import Choice
from assistant.clinical.dosing.indication import ENOUGH, match_row
from assistant.clinical.dosing.terms import Terms, Tokens
from kb.medicine_names import NamedMedicine
from kb.medicines import Formulary, Medicine, Record


def equal_to(formulary: Formulary, name: str) -> Medicine | None:
    """The medicine that the formulary names in place of one it does not hold, dose for dose."""
    if not name:
        return None
    return next((one for one in formulary.medicines.values() if name in one.aliases), None)


def begun_by(formulary: Formulary, name: str) -> tuple[str, ...]:
    """Ids of the medicines whose id begins with a name, which is not clear by itself."""
    return tuple(one for one in formulary.medicines if name and one.startswith(f"{name}-"))


def local_forms(
    formulary: Formulary, named: Mapping[str, NamedMedicine], medicine: Medicine
) -> Iterator[Medicine]:
    """The drops and creams of a medicine that is also given by mouth or injection."""
    for one in named.values():
        held = formulary.get(one.id)
        if held is not None and one.route and one.parts == (medicine.id,):
            yield held


def meant_rather(form: Choice, main: Choice, *, main_names_reason: bool) -> bool:
    """Whether drops or a cream answer what the medicine itself has no row for.

    That is by the route that was asked for, or for a reason that only the local form names.
    """
    if main.row is None and not main.missing and not main.others:
        return form.row is not None or bool(form.missing)
    return form.row is not None and form.how == "meant" and not main_names_reason


def names_reason(record: Record, asked: Tokens, routes: Sequence[str], terms: Terms) -> bool:
    """Whether a row by these routes (empty = any) names the reason, for whomever it is."""
    return any(
        match_row(row, asked, terms).score >= ENOUGH
        for row in record.doses
        if not routes or set(routes) & set(row.routes)
    )
