"""Rules of the card linter about numbers, line by line."""

import re
from collections.abc import Iterator
from decimal import Decimal

from kb.cards import Card
from kb.lint_rules import Fault, bare, said

_NUMBER = r"\d+(?:,\d{3})*(?:\.\d+)?"
_POINTS = (
    (re.compile(r"(?<!\d)\.\d"), "write a figure before the decimal point (0.5)"),
    (re.compile(r"(?<![Gg]uide )(?<![Vv]ersion )\b\d+\.0+(?!\d)"), "no .0 after a whole number"),
    (re.compile(r"\d\.\s?(?:mg|g|kg|mL|L|micrograms|IU)\b"), "nothing stands after the point"),
    (re.compile(r"(?<![\d,])\d+,\d{1,2}(?!\d)"), "a comma only parts thousands (1,000)"),
    (re.compile(r"\d\s?[uU]\b"), "write 'units' in full"),
    (
        re.compile(r"\b\d+[OoIl]+\d*\b|\b[OIl]\d{2,}\b|\b[OIl]\.\d"),
        "a letter that looks like a figure",
    ),
)
_LONG = re.compile(r"(?<![\d.,/A-Za-z-])(?P<figures>\d{4,})(?![\d-])(?P<after>\s?[A-Za-z%/]+)?")
_YEAR = re.compile(r"(?:19|20)\d\d")
_UNIT = re.compile(r"\s?(?:mg|g|kg|mL|L|IU|micrograms|units|kcal|ppm|m|mm|cm|cells|calories|%)\b")
_RANGE = re.compile(rf"(?<![\w.,/-])(?P<low>{_NUMBER})(?P<link>-| to )(?P<high>{_NUMBER})(?![\d-])")
_FALLING = re.compile(
    r"\b(?:from|reduc\w*|lower\w*|fall\w*|drop\w*|taper\w*|titrat\w*|down)\b[^.;]*$",
    re.IGNORECASE,
)
_DOSE_UNIT = r"(mg|g|mL|L|micrograms|IU)"
_MIXED = re.compile(rf"{_NUMBER} ?{_DOSE_UNIT}(?:-| to ){_NUMBER} ?{_DOSE_UNIT}\b")
_OVER = re.compile(rf"\bover (?P<number>{_NUMBER})(?P<rest>[^.;,:()]{{0,40}})", re.IGNORECASE)
_SPAN = re.compile(r"(?:(?:-| to | or | up to )[\d.,]+)? (?:second|minute|hour|day|week|month)s?\b")
_GIVING = re.compile(
    r"\b(?:giv|infus|drip|bolus|slow|push|inject|run|transfus|breath|rewarm|drink|feed|taper|reduc|"
    r"lower|wash|replac|spread|correct|loading|rest|every|(?:mg|g|mL|L|units|IU)\b)",
    re.IGNORECASE,
)
_SCALE = frozenset(
    "gcs glasgow score scores scored scale index ph inr grade grades stage stages step steps plan "
    "apgar cd4 z whz wlz waz haz day days week weeks month type table chart page section line "
    "version edition phase class level ratio avpu news news2 qsofa phq gad audit point points "
    "group question item figure para gravida number zone code ppm pulse bp pressure".split()
)
_LOOSE = re.compile(
    rf"(?<![\w.,/:+-])(?P<number>{_NUMBER})(?!,?\.?\d|[\w-])(?P<after>[^.;)]{{0,60}})"
)
_LINKS = frozenset(
    "to or up and x per plus more less above below over under older younger higher lower "
    "fewer than as the by at in of for is are was then if with on from until".split()
)


def number_faults(card: Card) -> Iterator[Fault]:
    """Faults of the numbers in the body."""
    for line in said(card):
        text = bare(line.text)
        for message in (*_forms(text), *_alone(text), *_ranges(text), *_edges(text)):
            yield Fault(line.number, message)


def _forms(text: str) -> Iterator[str]:
    for pattern, message in _POINTS:
        point = pattern.search(text)
        if point:
            yield f"{point[0]!r}: {message}"
    for found in _LONG.finditer(text):
        if not _YEAR.fullmatch(found["figures"]) or _UNIT.match(found["after"] or ""):
            yield f"{found['figures']!r}: a number over 999 needs its comma"


def _alone(text: str) -> Iterator[str]:
    """Numbers that neither a unit, nor a noun, nor a scale before them explains."""
    for found in _LOOSE.finditer(text):
        after = re.findall(r"[A-Za-z%]+", found["after"].casefold())
        before = re.findall(r"[a-z0-9]+", text[: found.start()].casefold())[-8:]
        explained = not _LINKS.issuperset(after) or _SCALE.intersection(before)
        if not explained and not _YEAR.fullmatch(found["number"]):
            yield f"the number {found['number']} has no unit and no noun"


def _ranges(text: str) -> Iterator[str]:
    for found in _RANGE.finditer(text):
        low, high = (Decimal(found[end].replace(",", "")) for end in ("low", "high"))
        if low == high:
            yield f"{found[0]!r}: a range with the same number twice"
        elif low > high and (found["link"] == "-" or not _FALLING.search(text[: found.start()])):
            yield f"{found[0]!r}: the range is reversed"
    for first, second in _MIXED.findall(text):
        if first != second:
            yield f"a range in {first} and {second}: write both ends in one unit"


def _edges(text: str) -> Iterator[str]:
    """`over 38` does not say whether 38 counts; `10 mL over 4 hours` says how long it runs."""
    if "as printed" in text:
        return
    for found in _OVER.finditer(text):
        lasts = _SPAN.match(found["rest"]) and _GIVING.search(text[: found.start()])
        if not lasts:
            edge = f"write '{found['number']} or more', 'more than' or 'above'"
            yield f"'over {found['number']}' leaves the edge open: {edge}"
