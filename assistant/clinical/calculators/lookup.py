"""Tables in the data: the first row that holds for a number gives a value and what it means."""

from assistant.clinical.calculators.errors import NotDefined
from assistant.clinical.calculators.model import Answer, Formula, Rule, Step, Values


def looked_up(number: str, choice: str = "") -> Formula:
    """A formula that reads a table.

    Args:
        number: the input that the rows are held against.
        choice: the input that names the table; without it the table is called `rows`.

    Returns:
        A formula; its rows read `below 15: 1 | 1 tablet twice a day`. A row without a number
        before the bar is a refusal with its reason.
    """

    def formula(v: Values) -> Answer:
        table = v.choice(choice) if choice else "rows"
        return found(v.rules[table], v.number(number))

    return formula


def measured(number: str) -> Formula:
    """A formula that gives an input as it is, for calculators whose bands say it all."""
    return lambda v: Answer(v.number(number))


def found(rows: tuple[Rule, ...], value: float, steps: tuple[Step, ...] = ()) -> Answer:
    """The row of a value.

    Raises:
        NotDefined: no row holds, or the row is a refusal.
    """
    told = next((rule.outcome for rule in rows if rule.holds(value)), "outside")
    amount, bar, text = told.partition(" | ")
    if not bar:
        raise NotDefined(told)
    return Answer(float(amount), steps, band=text)
