"""The same medicine in two products: both count towards the maximum of a day."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from assistant.clinical.dosing.orders import OrderReader
from assistant.clinical.dosing.say import listed, short
from assistant.clinical.dosing.votes import Vote
from kb.medicines import Medicine


def duplicate_votes(
    medicine: Medicine, taken: Sequence[str], orders: OrderReader
) -> Iterator[Vote]:
    """A vote when the person already takes the medicine, with the sum where it can be told."""
    if not taken:
        return
    limits = [(row.max_per_day, row.unit) for row in medicine.record.doses if row.max_per_day]
    text = f"Already taking {listed(list(taken), 'and')}: it holds {medicine.inn}, count both."
    if limits:
        most, unit = max(limits)
        text += f" At most {short(most)} {unit} in 24 hours from all products."
        total = sum((orders.a_day(product, unit) or Decimal(0) for product in taken), Decimal(0))
        if total >= most:
            yield Vote("refuse", f"{text} That is {short(total)} {unit} already: give no more.")
            return
        if total:
            text += (
                f" {short(total)} {unit} are taken already; {short(most - total)} {unit} are left."
            )
    yield Vote("warn", text)
