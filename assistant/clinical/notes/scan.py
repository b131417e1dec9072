"""From a value's name to its number: over small words and brackets, never over another name."""

import re
from dataclasses import dataclass

from assistant.clinical.calculators.units import Quantity
from assistant.clinical.notes.quantity import NUMBER, Amount, amount_at, unit_at
from assistant.clinical.notes.sentences import cues

_REACH = 75
_BRACKET = re.compile(r"\s*[(\[]([^()\[\]]{0,60})[)\]]")
_STOP = re.compile(r";|\.\s|\n\s*\n|\?|^ and $")
_GLUED = re.compile(r"(?:was|were|is|of|at|to)$")
"""Words that are written together with the number behind them by mistake."""
_REFERENCE_END = re.compile(
    r"(?:normal|reference|range|ri|ref|nr|limits?|value|values|uln|cut-?off|target|goal)"
    r"[ :=,<>≤≥(\[]*$"
)
_COUNTED = re.compile(
    r"\s*-?(?:st|nd|rd|th|days?|weeks?|wks?|months?|years?|yrs?|hours?|hrs?(?! ?\d)|h"
    r"|minutes?|mins?|times|x(?!\s?10)|fold|-fold|percentile|centile|units?|tablets?|patients?|sd|cm|kg)\b(?!/)"
)
_ORDINAL_BEFORE = re.compile(
    r"(?:day|days|table|fig|figure|fig\.|case|grade|type|stage|no\.|step|week|month|age|hour)"
    r"[ (#-]*$"
)
_FOREIGN = re.compile(
    r"\s?-?(?:mg|g|gm|grams?|kg|ml|l|units?|u|iu|mcg|ug|µg|μg|mm|cm|tablets?|amps?"
    r"|meq|mmol)\b(?!\s?[/·⋅]\s?(?:d?l|ml|mm|μl|µl|ul|cumm))"
)
_PRESSURE = re.compile(r"\s?/\s?\d{2,3}\s?mm ?hg")
_NUMBER_FIRST = re.compile(
    r"\d\s?(?:mg/dl|g/dl|mmol/l|meq/l|u/l|iu/l|[µμ]mol/l|g/l)\s"
    r"(?:of |the |serum |total |corrected )*$"
)
_RANGE_GOES_ON = re.compile(r"\s?[-\u2013\u2014]\s?\d")
_COMMA = re.compile(r"\s*(?:,|and\b|\.)")
_CLOSE = re.compile(r"[ :=(]*(?:levels? |counts? |rate )?(?:was|were|of|is|at)?[ :=(]*")
_JOIN = re.compile(r"\s*(?:/|,\s*and\b|,|\band\b|&|\+)\s*")
_ANY_NUMBER = re.compile(NUMBER.pattern.replace(r"(?<![\d./\u2013])(?<!\d,)", ""))
_LINK = re.compile(
    r"\s*(?:levels?|values?|concentrations?|results?|counts?|resulted)?\s*"
    r"(?:were|was|are|is|of|at|:|=)?\s*"
    r"(?:within (?:the )?normal (?:levels?|limits?|ranges?)|normal)?[ ,(:]*"
    r"(?:i\.e\.,?|at|with)?\s*"
)


@dataclass(frozen=True, slots=True)
class Place:
    """The number that belongs to a name; `unit` where a list gives one for all."""

    number: re.Match[str]
    unit: str = ""
    doubt: float = 0.0


@dataclass(frozen=True, slots=True)
class Scan:
    """Walks from names to numbers; `names` matches the name of any measured value."""

    names: re.Pattern[str]

    def number_after(self, lower: str, name: re.Match[str], quantity: Quantity) -> Place | None:
        """The number that a name is followed by, or None where none belongs to it."""
        if _NUMBER_FIRST.search(lower[max(0, name.start() - 24) : name.start()]) and _COMMA.match(
            lower, name.end()
        ):
            return None
        listed = self._listed(lower, name, quantity)
        if listed is not None:
            return listed
        at = _over_brackets(lower, name.end(), quantity)
        last = name.end() + _REACH
        for number in NUMBER.finditer(lower, at, min(len(lower), last + 15)):
            gap = lower[at : number.start()]
            if number.start() > last or _STOP.search(gap) or self.names.search(gap):
                return None
            if _is_reference(gap) or _is_counted(lower, number, gap):
                continue
            return Place(number, doubt=0.3 if len(gap) > 30 else 0.0)
        return None

    def claimed(self, lower: str, start: int) -> bool:
        """Whether a number belongs to a name that stands right before it."""
        before = lower[max(0, start - 40) : start]
        names = list(self.names.finditer(before))
        return bool(names) and bool(_CLOSE.fullmatch(before[names[-1].end() :]))

    def foreign(self, lower: str, amount: Amount) -> bool:
        """Whether a bare number carries a unit of something else, such as a dose in mg."""
        return not amount.unit and bool(_FOREIGN.match(lower, amount.end))

    def _listed(self, lower: str, name: re.Match[str], quantity: Quantity) -> Place | None:
        """`AST/ALT 35/40 U/L`, `sodium, potassium and chloride were 140, 4 and 100`."""
        before, after = (
            self._joined_before(lower, name.start()),
            self._joined_after(lower, name.end()),
        )
        count = before + after[0]
        if count == 0:
            return None
        at = _link_end(lower, _past_range(lower, after[1]))
        numbers: list[re.Match[str]] = []
        while len(numbers) <= count:
            number = _ANY_NUMBER.match(lower, at)
            if number is None:
                break
            numbers.append(number)
            pair = _PRESSURE.match(lower, number.end("n"))
            end = pair.end() if pair else unit_at(lower, number.end("n"), quantity)[1]
            gap = _JOIN.match(lower, _past_range(lower, end))
            if gap is None:
                break
            at = gap.end()
        if len(numbers) != count + 1:
            return None
        unit = next(
            (u for each in reversed(numbers) if (u := amount_at(lower, each, quantity).unit)), ""
        )
        return Place(numbers[before], unit)

    def _joined_before(self, lower: str, start: int) -> int:
        window = lower[max(0, start - 90) : start]
        count = 0
        while True:
            joins = list(_JOIN.finditer(window))
            if not joins or joins[-1].end() != len(window):
                return count
            names = [m for m in self.names.finditer(window) if m.end() == joins[-1].start()]
            if not names:
                return count
            window = window[: names[0].start()]
            count += 1

    def _joined_after(self, lower: str, end: int) -> tuple[int, int]:
        count = 0
        while True:
            gap = _JOIN.match(lower, end)
            name = self.names.match(lower, gap.end()) if gap else None
            if name is None:
                return count, end
            count, end = count + 1, name.end()


def _past_range(lower: str, at: int) -> int:
    """Past a bracket that explains a name or gives the reference range of a number."""
    bracket = _BRACKET.match(lower, at)
    return bracket.end() if bracket else at


def _link_end(lower: str, at: int) -> int:
    link = _LINK.match(lower, at)
    return link.end() if link else at


def _over_brackets(lower: str, at: int, quantity: Quantity) -> int:
    """Past brackets that hold no value: an abbreviation or a reference range."""
    while (bracket := _BRACKET.match(lower, at)) is not None:
        if _holds_value(bracket[1].lstrip(" :=<>"), quantity):
            return at
        at = bracket.end()
    return at


def _holds_value(inside: str, quantity: Quantity) -> bool:
    number = NUMBER.match(inside)
    if number is not None:
        return not _RANGE_GOES_ON.match(inside, amount_at(inside, number, quantity).end)
    return not cues().reference.search(inside) and bool(re.search(r"\d{2}", inside))


def _is_reference(gap: str) -> bool:
    opened = max(gap.rfind("("), gap.rfind("["))
    inside = gap[opened + 1 :] if opened >= 0 and not re.search(r"[)\]]", gap[opened:]) else ""
    if inside and cues().reference.search(inside):
        return True
    return not gap.endswith(("(", "[")) and bool(_REFERENCE_END.search(gap[-22:]))


def _is_counted(lower: str, number: re.Match[str], gap: str) -> bool:
    if gap and lower[number.start() - 1].isalpha() and not _GLUED.search(gap):
        return True
    if _COUNTED.match(lower, number.end()) or _ORDINAL_BEFORE.search(gap[-12:]):
        return True
    return bool(re.match(r"/\d", lower[number.end() : number.end() + 2]))
