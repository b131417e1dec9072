"""The dosing engine: from a request to a decision, with every reason told.

Pure: all data are handed in. `dose` = give this; `warn` = give it with care; `ask` = something must
be known first; `refuse` = no dose here, and why.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from assistant.clinical.dosing.allergy import AllergyRules
from assistant.clinical.dosing.amounts import Amount, kidney_rule
from assistant.clinical.dosing.build import Case, amount_of, dose_of, measured_as
from assistant.clinical.dosing.choose import choose
from assistant.clinical.dosing.duplicates import duplicate_votes
from assistant.clinical.dosing.kin import (
    begun_by,
    equal_to,
    local_forms,
    meant_rather,
    names_reason,
)
from assistant.clinical.dosing.nodose import missing_words, nobody_words, row_words
from assistant.clinical.dosing.orders import OrderReader, compare
from assistant.clinical.dosing.reading import Reader, text_of
from assistant.clinical.dosing.reasons import kidney_function
from assistant.clinical.dosing.request import DECISIONS, Dose, DoseRequest, DoseResult
from assistant.clinical.dosing.routes import Routes
from assistant.clinical.dosing.say import listed
from assistant.clinical.dosing.votes import (
    Vote,
    against,
    alarm_votes,
    breastfeeding_votes,
    kidney_votes,
    need_votes,
    pregnancy_votes,
    strongest,
)
from assistant.clinical.medicines.names import Resolved
from kb.medicines import DoseRow, Formulary, Medicine

_ALSO = 4
_CHECKS = 6


@dataclass(frozen=True, slots=True)
class DoseEngine:
    """Answers requests for doses; keep one, because its parts remember words."""

    formulary: Formulary
    reader: Reader
    routes: Routes
    allergies: AllergyRules
    orders: OrderReader

    def answer(self, request: DoseRequest) -> DoseResult:
        """The dose for a request, or what stands in its way."""
        resolved = self.reader.names.resolve(request.drug)
        name = resolved.medicine or ""
        medicine = self.formulary.get(name) or equal_to(self.formulary, name)
        if medicine is None:
            near = resolved.choices or begun_by(self.formulary, name) or resolved.components
            return self._unnamed(request.drug, near)
        votes = []
        read_as = resolved.corrected_from or (request.drug if name != medicine.id else "")
        if read_as:
            votes.append(Vote("warn", f"“{read_as}” was read as {medicine.inn}."))
        case = self._local(self._case(medicine, self._routed(request, resolved), votes), votes)
        checks = self._judge(case, votes)
        return self._decide(case, votes, checks)

    def _unnamed(self, drug: str, near: Sequence[str]) -> DoseResult:
        known = [name for name in near if name in self.formulary.medicines]
        if known:
            medicines = [self.formulary.medicines[name] for name in known]
            shown = listed([one.tall or one.inn for one in medicines])
            text = f"“{drug}” is not clear: is it {shown}?"
            return DoseResult("ask", warnings=(text,), missing=("drug",), choices=tuple(known))
        text = f"“{drug}” is not in the formulary: no dose here."
        return DoseResult("refuse", warnings=(text,))

    def _routed(self, request: DoseRequest, resolved: Resolved) -> DoseRequest:
        """The request with the route that the name tells, unless it is the only one of the form.

        The rows of such a form know their routes, which may be more than one.
        """
        named = self.reader.names.medicines.get(resolved.medicine or "")
        own = named.route if named is not None else None
        told = resolved.route if resolved.route != own else None
        return replace(request, route=request.route or told or "")

    def _local(self, case: Case, votes: list[Vote]) -> Case:
        """The case of drops or a cream where they are what the reason or the route means."""
        terms, request = self.reader.terms, case.request
        asked = terms.tokens(request.indication or request.text)
        told = names_reason(case.medicine.record, asked, self.routes.read(request.route), terms)
        for form in local_forms(self.formulary, self.reader.names.medicines, case.medicine):
            other = self._case(form, request, [])
            if meant_rather(other.choice, case.choice, main_names_reason=told):
                votes.append(Vote("warn", f"For this the formulary has: {form.inn}."))
                return other
        return case

    def _case(self, medicine: Medicine, request: DoseRequest, votes: list[Vote]) -> Case:
        person = self.reader.person(request)
        routes = self.routes.read(request.route)
        if request.route and not routes:
            votes.append(Vote("ask", f"The route “{request.route}” is not known.", ("route",)))
        terms = self.reader.terms
        asked = terms.tokens(request.indication or request.text)
        choice = choose(medicine.record, asked, routes, person, terms)
        situation = self.reader.situation(request, person, routes, choice.row)
        meant = (choice.how == "meant" and choice.named) or not asked
        return Case(medicine, request, person, choice, replace(situation, row_meant=meant))

    def _judge(self, case: Case, votes: list[Vote]) -> list[str]:
        """Add the votes about the patient; returns reasons to check that nobody spoke of."""
        record, situation = case.medicine.record, case.situation
        votes += self.reader.implausible(case.person)
        told = (*situation.allergies, *self.allergies.groups.named_in(text_of(case.request)))
        votes += [
            Vote(action, text) for action, text in self.allergies.against(case.medicine, told)
        ]
        found, checks = against(record, situation)
        votes += found
        if not any("pregnancy" in vote.missing for vote in found):
            votes += pregnancy_votes(record, situation, case.choice.row)
        votes += breastfeeding_votes(record, situation)
        taken = self.reader.taken(case.medicine, case.request.patient)
        votes += duplicate_votes(case.medicine, taken, self.orders)
        kidneys = kidney_function(situation)
        votes += kidney_votes(kidney_rule(record.renal, kidneys), kidneys)
        return checks

    def _decide(self, case: Case, votes: list[Vote], checks: list[str]) -> DoseResult:
        row, known = case.choice.row, strongest(votes)
        if row is None:
            return self._result(case, [*votes, _no_row(case)], checks, ())
        votes += _about_choice(case, row)
        votes += need_votes(row, case.situation, kidney_function(case.situation))
        if known in ("refuse", "ask"):
            return self._result(case, votes, checks, ())
        amounts = [(one, amount_of(case, one)) for one in (row, *case.choice.also[:_ALSO])]
        votes += self._ordered(case, row, amounts[0][1])
        if any(vote.decision == "ask" for vote in votes):
            return self._result(case, votes, checks, ())
        votes += alarm_votes(case.medicine, row, case.person, amounts[0][1])
        doses = tuple(dose_of(case, one, amount) for one, amount in amounts)
        return self._result(case, votes, checks, doses)

    def _ordered(self, case: Case, row: DoseRow, amount: Amount) -> Iterator[Vote]:
        """Votes about an amount that somebody ordered."""
        request = case.request
        order = self.orders.read(request.ordered) or self.orders.find(text_of(request))
        if order is None:
            return
        if order.question:
            yield Vote("ask", order.question, ("ordered",))
            return
        if order.read_as:
            yield Vote("warn", f"The order was read as {order.read_as}.")
        for decision, text in compare(order, amount, row.unit):
            yield Vote(decision, text)

    def _result(
        self, case: Case, votes: list[Vote], checks: list[str], doses: tuple[Dose, ...]
    ) -> DoseResult:
        medicine = case.medicine
        measured, doubts = measured_as(case, doses[0]) if doses else ((), [])
        ranked = sorted([*votes, *doubts], key=lambda vote: -DECISIONS.index(vote.decision))
        return DoseResult(
            decision=strongest(ranked),
            medicine=medicine.id,
            name=medicine.tall or medicine.inn,
            dose=doses[0] if doses else None,
            also=doses[1:],
            measured=measured,
            warnings=tuple(dict.fromkeys(vote.text for vote in ranked if vote.text)),
            missing=tuple(dict.fromkeys(fact for vote in ranked for fact in vote.missing)),
            choices=case.choice.options,
            checks=tuple(dict.fromkeys(checks))[:_CHECKS],
            look_alike=medicine.look_alike,
            status=medicine.record.status,
        )


def _no_row(case: Case) -> Vote:
    """Why there is no row."""
    choice = case.choice
    if choice.missing:
        return Vote("ask", missing_words(choice.missing), choice.missing)
    if not choice.others and choice.options:
        text = f"No dose here by this route; the formulary has: {listed(list(choice.options))}."
        return Vote("refuse", text)
    rows = choice.others or case.medicine.record.doses
    return Vote("refuse", nobody_words(rows, case.person))


def _about_choice(case: Case, row: DoseRow) -> Iterator[Vote]:
    """Votes about how the row was found."""
    choice, asked = case.choice, case.request.indication
    if choice.how == "general":
        others = f" {nobody_words(choice.others, case.person)}" if choice.others else ""
        if asked:
            yield Vote("warn", f"No row for “{asked}”: this is the general dose.{others}")
    elif choice.how == "nearly":
        yield Vote("warn", f"The nearest to “{asked}” in the formulary is: {row_words(row)}.")
    elif choice.how == "only":
        yield Vote(
            "warn",
            f"No row for “{asked}”: the formulary has one regimen only, for {row_words(row)}.",
        )
    if choice.assumed:
        yield Vote("warn", choice.assumed, ("weight",))
