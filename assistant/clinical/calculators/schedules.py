"""Next dates of care and vaccines."""

from calendar import monthrange
from datetime import date, timedelta

from assistant.clinical.calculators.errors import NotDefined
from assistant.clinical.calculators.model import Answer, Formula, Step, Values

_FOUR_WEEKS = timedelta(weeks=4)
_IPTP_FROM = timedelta(weeks=13)


def months_later(day: date, months: int) -> date:
    """The same day of a later month, or its last day where that month is shorter."""
    years, month = divmod(day.month - 1 + months, 12)
    last = monthrange(day.year + years, month + 1)[1]
    return date(day.year + years, month + 1, min(day.day, last))


def antenatal(v: Values) -> Answer:
    """Day of the next contact; the contact of this very week counts as next."""
    first, today = v.day("lmp"), v.day("on_date")
    if today < first:
        raise NotDefined("future")
    for number, week in v.tables["contacts"].items():
        due = first + timedelta(weeks=week)
        if due >= today:
            weeks = (today - first).days / 7
            steps = (Step("weeks_now", weeks), Step("contact", number), Step("at_week", week))
            return Answer(due, steps)
    raise NotDefined("over")


def iptp(v: Values) -> Answer:
    """First day on which the next dose may be given."""
    if v.yes("on_cotrimoxazole"):
        raise NotDefined("cotrimoxazole")
    earliest = v.day("lmp") + _IPTP_FROM
    if not v.has("last_sp"):
        return Answer(earliest)
    if v.day("last_sp") < earliest:
        raise NotDefined("early")
    return Answer(v.day("last_sp") + _FOUR_WEEKS)


def tetanus_series(v: Values) -> Answer:
    """First day on which the next dose of five may be given."""
    given = v.choice("td_doses")
    if given == "0":
        return Answer(v.day("on_date"), notes=("now",))
    if given == "5":
        raise NotDefined("complete")
    last = _last(v, "last_td")
    later = v.tables["months"].get(given)
    return Answer(months_later(last, round(later)) if later else last + _FOUR_WEEKS)


def hpv(v: Values) -> Answer:
    """First day on which the next dose of a schedule may be given."""
    given, schedule = v.choice("hpv_doses"), v.tables[v.choice("hpv_schedule")]
    if int(given) >= schedule["last"]:
        raise NotDefined("complete")
    if given == "0":
        return Answer(v.day("on_date"), notes=("now",))
    return Answer(months_later(_last(v, "last_hpv"), round(schedule[given])))


def _last(v: Values, name: str) -> date:
    if not v.has(name):
        raise NotDefined("need_date")
    return v.day(name)


def rabies(v: Values) -> Answer:
    """Second visit, with all later ones."""
    first = v.day("first_dose_day")
    rows = v.tables[v.choice("schedule")].items()
    dates = {name: first + timedelta(days=day) for name, day in rows}
    steps = tuple(Step(name, day.isoformat()) for name, day in dates.items())
    return Answer(dates["visit_2"], steps)


FORMULAS: dict[str, Formula] = {
    "anc-next-contact": antenatal,
    "iptp-due": iptp,
    "td-due": tetanus_series,
    "hpv-due": hpv,
    "rabies-dates": rabies,
}
