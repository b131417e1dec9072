"""Units of tests as slips print them, and values in another unit."""

from collections.abc import Iterable
from functools import cache

from rapidfuzz.distance import OSA

from assistant.clinical.calculators.units import convert, plain, quantities
from assistant.vision.reading.wording import Analyte, load_wording

_SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")


def unit_of(analyte: Analyte | None, written: str) -> tuple[str, bool]:
    """The unit that is written here and whether it is spelt as known; empty for none.

    A unit with one wrong letter is taken where only one unit of the test is so near.
    """
    spelling = plain(written.translate(_SUPERSCRIPT)).strip("()[];:,")
    if not spelling:
        return "", False
    known = _spellings(analyte)
    if spelling in known:
        return known[spelling], True
    near = {unit for each, unit in known.items() if _near(spelling, each)}
    return (near.pop(), False) if len(near) == 1 else ("", False)


def usual(analyte: Analyte, value: float, unit: str) -> float | None:
    """The value in the unit of the test's span; None where the unit is not of its table."""
    if not analyte.quantity:
        return value if not analyte.units or unit == analyte.units[0] else None
    quantity = quantities()[analyte.quantity]
    if unit not in quantity.scales:
        return None
    return quantity.scales[unit].to_canonical(value)


def in_other_unit(analyte: Analyte, value: float, unit: str) -> str:
    """The value in the other usual unit, such as `159 umol/L`, or nothing."""
    other = next((each for each in analyte.units if each != unit), "")
    if not analyte.quantity or not other or unit not in quantities()[analyte.quantity].scales:
        return ""
    return f"{convert(analyte.quantity, value, unit, other):.4g} {other}"


@cache
def _spellings(analyte: Analyte | None) -> dict[str, str]:
    """Spelling -> unit, for one test; for an unknown test all units there are."""
    found: dict[str, str] = {}
    extra = load_wording().tables["units"]
    if analyte is not None and analyte.quantity:
        quantity = quantities()[analyte.quantity]
        found |= {plain(spelling): unit for spelling, unit in quantity.spellings.items()}
        return found
    wanted: Iterable[str] = analyte.units if analyte is not None else extra
    for unit in wanted:
        for spelling in (unit, *extra.get(unit, ())):
            found.setdefault(plain(spelling), unit)
    if analyte is None:
        for name in ("creatinine", "sodium", "glucose", "enzyme"):
            found |= {plain(each): unit for each, unit in quantities()[name].spellings.items()}
    return found


def _near(written: str, known: str) -> bool:
    """Whether one letter is read wrong; short units are not guessed."""
    return len(known) >= 4 and OSA.distance(written, known, score_cutoff=1) == 1
