"""Medicine labels: what it is, how strong, in which form, which batch, until when."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from assistant.clinical.medicines.names import Names
from assistant.vision.reading.label_dates import Pack, aged, introduced, with_codes
from assistant.vision.reading.medicine_find import (
    SURE,
    SURE_BESIDE_ALIKE,
    Hit,
    alike,
    display,
    hits_of,
    joined_medicine,
    longer_names,
    near_in_letters,
)
from assistant.vision.reading.messages import Field
from assistant.vision.reading.rows import Row
from assistant.vision.reading.wording import either, load_wording

_UNIT = r"(?:micrograms?|mcg|µg|μg|ug|mg|g|IU|MIU|units?|mmol|mEq|%\s*w/[wv]|%)"
_PER = r"(?:\s*/\s*(\d+(?:[.,]\d+)?)?\s*(mL|g|dose|puff|actuation|L|h|tab|tablet)\b)?"
_AMOUNT = rf"(\d+(?:[.,]\d+)*)\s*({_UNIT})(?![A-Za-z])"
STRENGTH = re.compile(_AMOUNT + _PER, re.IGNORECASE)
_BOTH = re.compile(rf"{_AMOUNT}\s*[/+&]\s*{_AMOUNT}", re.IGNORECASE)
_BARE_BOTH = re.compile(rf"(\d+(?:[.,]\d+)*)\s*/\s*(\d+(?:[.,]\d+)*)\s*({_UNIT})(?![A-Za-z/])")
_EACH = re.compile(r"each\s+(\d+(?:[.,]\d+)?)\s*(mL)\b", re.IGNORECASE)
_UNITS = {"µg": "mcg", "μg": "mcg", "ug": "mcg", "ml": "mL", "iu": "IU", "meq": "mEq"}


def label_fields(pack: Pack, names: Names) -> tuple[Field, ...]:
    """What a label says, the name first."""
    hits = hits_of(pack.rows, names)
    drug = _drug(pack.rows, hits, names)
    printed = [
        *_strength(pack.rows, hits),
        *_form(pack.rows),
        *introduced(pack.rows, "batch"),
        *introduced(pack.rows, "expiry"),
        *introduced(pack.rows, "made"),
    ]
    fields = [drug, *with_codes(printed, pack)]
    return tuple(aged(field, pack.today) for field in fields)


def _drug(rows: Sequence[Row], hits: Sequence[Hit], names: Names) -> Field:
    """The medicine, or choices; never a guess that looks sure."""
    says = load_wording().says
    exact = _leading([hit for hit in hits if hit.exact])
    base = Field("drug", "", label="Medicine")
    if not exact:
        return _unsure(base, rows, hits, names)
    medicine, ids = joined_medicine(exact, names)
    best = max(exact, key=lambda hit: (hit.height, hit.sure))
    row = rows[best.row]
    field = replace(
        base, printed=row.text[best.start : best.end], confidence=min(hit.sure for hit in exact),
        box=row.box(best.start, best.end),
    )  # fmt: skip
    if not medicine:
        choices = display(ids, names)
        return replace(field, value=" + ".join(choices), choices=choices).doubted(says["mixture"])
    named = replace(field, value=display([medicine], names)[0])
    listed = display(alike(medicine, names)[:4], names)
    if listed:
        named = replace(named, note=says["lookalike"].format(", ".join(listed)))
    longer = longer_names(exact, rows, names)
    near = (*longer[:6], *near_in_letters(medicine, field.printed, names))
    if longer or named.confidence < (SURE_BESIDE_ALIKE if near else SURE):
        near = tuple(dict.fromkeys((medicine, *near, *alike(medicine, names)[:4])))
        offered = replace(named, choices=display(near, names), value=field.printed)
        return offered.doubted(says["which"])
    return replace(named, feeds="medicine.drug")


def _leading(exact: Sequence[Hit]) -> list[Hit]:
    """Names in large print lead; what stands in small print is an ingredient or a text."""
    if not exact:
        return []
    tallest = max(hit.height for hit in exact)
    return [hit for hit in exact if hit.height >= 0.55 * tallest]


def _unsure(base: Field, rows: Sequence[Row], hits: Sequence[Hit], names: Names) -> Field:
    says = load_wording().says
    if not hits:
        return replace(base, note=says["no_drug"])
    best = max(hits, key=lambda hit: (hit.height, hit.found.known, hit.sure))
    row = rows[best.row]
    known = best.found.components if best.found.known else best.found.choices
    more = tuple(one for each in known[:2] for one in alike(each, names)[:3])
    choices = tuple(dict.fromkeys((*known, *more)))[:6]
    printed = row.text[best.start : best.end]
    field = replace(
        base, value=printed, printed=printed, confidence=best.sure,
        box=row.box(best.start, best.end), choices=display(choices, names),
    )  # fmt: skip
    return field.doubted(says["which"])


def _strength(rows: Sequence[Row], hits: Sequence[Hit]) -> Iterator[Field]:
    """The amount of medicine: on the row of its name, else on the next row that has one."""
    named = sorted({hit.row for hit in hits if hit.exact}, key=lambda at: -rows[at].height)
    behind = [at for first in named[:1] for at in range(first + 1, len(rows))]
    for at in dict.fromkeys([*named, *behind, *range(len(rows))]):
        found = _amount(rows[at])
        if found is not None:
            yield found
            return


def _amount(row: Row) -> Field | None:
    text = row.text
    both = _BOTH.search(text)
    if both and both[2].lower() == both[4].lower():
        return _strong(row, both, f"{_plain(both[1])}/{_plain(both[3])}", _unit(both[2]))
    bare = _BARE_BOTH.search(text)
    if bare:
        return _strong(row, bare, f"{_plain(bare[1])}/{_plain(bare[2])}", _unit(bare[3]))
    for match in STRENGTH.finditer(text):
        each = _EACH.search(text[: match.start()])
        unit = _unit(match[2])
        if match[4]:
            unit += f"/{_plain(match[3]) + ' ' if match[3] else ''}{_unit(match[4])}"
        elif each:
            unit += f"/{_plain(each[1])} mL"
        return _strong(row, match, _plain(match[1]), unit)
    return None


def _strong(row: Row, match: re.Match[str], value: str, unit: str) -> Field:
    field = Field(
        "strength", value, unit, row.sure(*match.span()), row.box(*match.span()), "Strength",
        match[0], feeds="medicine.strength",
    )  # fmt: skip
    return field if field.confidence >= SURE else field.doubted(load_wording().says["unsure"])


def _form(rows: Sequence[Row]) -> Iterator[Field]:
    forms = load_wording().shown("forms")
    pattern = re.compile(rf"(?<![a-z])(?:{either(forms)})(?![a-z])", re.IGNORECASE)
    found = [(m, row) for row in rows for m in pattern.finditer(row.text)]
    if found:
        # The longest words say most: `dispersible tablets` more than `tablets`.
        match, row = max(found, key=lambda each: (len(each[0][0].split()), each[1].height))
        words = " ".join(match[0].lower().split())
        form = forms.get(words) or next(f for w, f in forms.items() if _same(w, words))
        span = match.span()
        yield Field("form", form, "", row.sure(*span), row.box(*span), "Form", match[0])


def _same(one: str, other: str) -> bool:
    return one.replace(" ", "") == other.replace(" ", "")


def _plain(number: str) -> str:
    if re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", number) and number.count(",") >= 1:
        return number.replace(",", "")
    return number.replace(",", ".")


def _unit(written: str) -> str:
    lower = written.lower()
    return _UNITS.get(lower, "mcg" if lower.startswith("microgram") else lower)
