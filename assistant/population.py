"""For whom a text is written, and whether that is this patient.

Groups are those of the library's cards. Ages: young infant under 60 days; child 2 months up to 5
years; child 5 up to 10 years; adolescent 10 up to 20 years; older from 65 years (WHO age groups).
"""

import re
from dataclasses import dataclass
from decimal import Decimal

from assistant.messages import Patient

DAY, WEEK, MONTH, YEAR = 1.0, 7.0, 30.4375, 365.25
GROWN_UP = 30 * YEAR
_BY_NAME: dict[str, tuple[str, ...]] = {
    "young_infant": ("young_infant",),
    "infant": ("young_infant", "child_2_59m"),
    "child": ("child_2_59m", "child_5_9y"),
    "adolescent": ("adolescent", "adult"),
    "adult": ("adult", "older"),
    "older": ("adult", "older"),
}
_BY_AGE: tuple[tuple[float, tuple[str, ...]], ...] = (
    (60 * DAY, ("young_infant",)),
    (5 * YEAR, ("child_2_59m",)),
    (10 * YEAR, ("child_5_9y",)),
    (12 * YEAR, ("adolescent",)),
    (20 * YEAR, ("adolescent", "adult")),
    (65 * YEAR, ("adult",)),
)
_BY_WEIGHT: tuple[tuple[Decimal, tuple[str, ...]], ...] = (
    (Decimal(3), ("young_infant",)),
    (Decimal(6), ("young_infant", "child_2_59m")),
    (Decimal(15), ("child_2_59m",)),
    (Decimal(20), ("child_2_59m", "child_5_9y")),
    (Decimal(30), ("child_2_59m", "child_5_9y", "adolescent")),
    (Decimal(45), ("child_5_9y", "adolescent", "adult", "older")),
)


def groups(patient: Patient) -> tuple[str, ...]:
    """Groups the patient may belong to; empty when nothing is known."""
    found = _by_age(patient)
    if patient.pregnant:
        return ("pregnant", *(found or ("adult", "adolescent")))
    if patient.postpartum or patient.breastfeeding:
        return ("postpartum", *(found or ("adult", "adolescent")))
    return found


def certain(patient: Patient) -> bool:
    """Whether the groups rest on more than a word such as `baby`, which may be somebody else."""
    return patient.age_days is not None or bool(patient.pregnant) or patient.weight_kg is not None


def _by_age(patient: Patient) -> tuple[str, ...]:
    if patient.age_days is not None:
        for limit, names in _BY_AGE:
            if patient.age_days < limit:
                return names
        return ("adult", "older")
    if patient.age_group in _BY_NAME:
        return _BY_NAME[patient.age_group]
    if patient.weight_kg is not None:
        for weight, names in _BY_WEIGHT:
            if patient.weight_kg < weight:
                return names
    return ()


# --- bands of a single line --------------------------------------------------------------------

_UNIT_DAYS = {"day": DAY, "week": WEEK, "month": MONTH, "year": YEAR}
_NUM = r"(\d+(?:\.\d+)?)"
_AGE_UNIT = r"(day|week|month|year)s?"
_TO = r"\s*(?:-|to|up to|to under|and under)\s*(?:under\s*)?"
_AGE_RANGE = re.compile(
    rf"\b{_NUM}\s*(?:{_AGE_UNIT})?{_TO}{_NUM}\s*{_AGE_UNIT}\b(?!\s*(?:later|apart|after))", re.I
)
_AGE_UNDER = re.compile(rf"\b(?:under|below|younger than)\s+{_NUM}\s*{_AGE_UNIT}\b", re.I)
_AGE_OVER = re.compile(
    rf"\b(?:aged?|over|from|older than)\s+{_NUM}\s*{_AGE_UNIT}(?:\s+(?:or|and)\s+"
    rf"(?:more|over|older|above))?\b|\b{_NUM}\s*{_AGE_UNIT}\s+(?:or|and)\s+(?:over|older|above)",
    re.I,
)
_AGE_WORDS = re.compile(r"\bage|\bunder\b|\bold\b|\bchild|\binfant|\bolder\b|\bover\b", re.I)
_DURATION = re.compile(
    r"\bfor\s+(?:\w+\s+)?$|\bevery\s+$|\bwithin\s+$|\bafter\s+$|\bover\s+$", re.I
)
_KG = r"\s*(?:kg|kilograms?)\b(?!\s*/)"
_WEIGHT_RANGE = re.compile(rf"\b{_NUM}\s*(?:kg)?{_TO}{_NUM}{_KG}", re.I)
_WEIGHT_UNDER = re.compile(rf"\b(?:under|below|less than)\s+{_NUM}{_KG}", re.I)
_WEIGHT_OVER = re.compile(rf"\b(?:over\s+)?{_NUM}{_KG}\s+(?:or|and)\s+(?:more|over|above)", re.I)

_BOTH = re.compile(
    r"(?:years?|months?)(?: or (?:more|over|older))? and \d|kg (?:or more )?and ", re.I
)
_ADULT_ONLY = re.compile(r"\badults?\b", re.I)
_CHILD_ONLY = re.compile(r"\b(?:child|children|infants?|babies|baby|newborns?)\b", re.I)


@dataclass(frozen=True, slots=True)
class Band:
    """Half-open interval [low, high)."""

    low: float
    high: float

    def has(self, value: float) -> bool:
        """Whether the value lies in the band."""
        return self.low <= value < self.high


def weight_bands(line: str) -> tuple[Band, ...]:
    """Weight bands in kg that a line names."""
    bands = [Band(float(m[1]), float(m[2])) for m in _WEIGHT_RANGE.finditer(line)]
    rest = _WEIGHT_RANGE.sub(" ", line)
    bands += [Band(0, float(m[1])) for m in _WEIGHT_UNDER.finditer(rest)]
    bands += [Band(float(m[1]), float("inf")) for m in _WEIGHT_OVER.finditer(rest)]
    return tuple(bands)


def age_bands(line: str) -> tuple[Band, ...]:
    """Age bands in days that a line names; spans of treatment are not ages."""
    if not _AGE_WORDS.search(line):
        return ()
    ranges = [m for m in _AGE_RANGE.finditer(line) if not _DURATION.search(line[: m.start()])]
    rest = _AGE_RANGE.sub(" ", line)
    bands = [_range_band(match) for match in ranges]
    bands += [Band(0, float(m[1]) * _UNIT_DAYS[m[2].lower()]) for m in _AGE_UNDER.finditer(rest)]
    bands += [
        Band(float(m[1] or m[3]) * _UNIT_DAYS[(m[2] or m[4]).lower()], float("inf"))
        for m in _AGE_OVER.finditer(rest)
    ]
    return tuple(bands)


def _range_band(match: re.Match[str]) -> Band:
    high_unit = _UNIT_DAYS[match[4].lower()]
    low_unit = _UNIT_DAYS[match[2].lower()] if match[2] else high_unit
    return Band(float(match[1]) * low_unit, float(match[3]) * high_unit)


def line_suits(line: str, patient: Patient) -> bool | None:
    """Whether a line is for this patient: yes, no, or None when it or the patient does not say."""
    weights = weight_bands(line) if patient.weight_kg is not None else ()
    age = _age_days(patient)
    ages = age_bands(line) if age is not None else ()
    heavy_enough = any(band.has(float(patient.weight_kg or 0)) for band in weights)
    old_enough = any(band.has(age or 0) for band in ages)
    if weights and ages and _BOTH.search(line):
        return heavy_enough and old_enough
    if weights:  # weight is the better measure where a line gives either
        return heavy_enough
    return old_enough if ages else _line_group(line, patient)


def _age_days(patient: Patient) -> float | None:
    """The age, or one that stands for a group whose members are all grown up."""
    if patient.age_days is not None:
        return patient.age_days
    if patient.pregnant or patient.postpartum or patient.age_group in ("adult", "older"):
        return GROWN_UP
    return None


def _line_group(line: str, patient: Patient) -> bool | None:
    wanted = groups(patient)
    if not wanted or patient.pregnant or patient.postpartum or patient.breastfeeding:
        return None
    adult = "adult" in wanted or "older" in wanted
    says_adult, says_child = bool(_ADULT_ONLY.search(line)), bool(_CHILD_ONLY.search(line))
    if says_adult == says_child:
        return None
    if "adolescent" in wanted and adult:
        return None
    return says_adult == adult
