"""Medicines and allergies in a text: amount, route, how often, how long; taken, stopped, asked."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.resources import files
from typing import Any, Protocol

from assistant.clinical.understood.plain import Plain
from assistant.clinical.understood.scope import Held, Scope
from assistant.clinical.understood.stated import Stated, Status

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_REACH = 70
"""Letters behind a name in which its route and frequency are looked for."""
_UNITS = {
    "mcg": "micrograms", "\u00b5g": "micrograms", "ug": "micrograms", "microgram": "micrograms",
    "gm": "g", "gram": "g", "grams": "g", "mls": "mL", "ml": "mL", "u": "units", "iu": "units",
    "unit": "units", "tab": "tablets", "tabs": "tablets", "tablet": "tablets",
    "milligram": "mg", "milligrams": "mg", "cap": "capsules", "caps": "capsules",
    "capsule": "capsules", "drop": "drops", "puff": "puffs", "amp": "ampoules",
    "amps": "ampoules", "ampoule": "ampoules", "sachet": "sachets", "vial": "vials",
}  # fmt: skip
_ASKED_UNITS = {"u": "units", "iu": "units", "ug": "micrograms"}
_LENGTHS = {"7": "days", "52": "weeks", "12": "months", "d": "days", "wk": "weeks"}


class Medicines(Protocol):
    """Names of medicines, as words, by their first word."""

    @property
    def by_first(self) -> Mapping[str, tuple[tuple[tuple[str, ...], str], ...]]:
        """Names as tuples of words with the id they belong to."""
        ...


@dataclass(frozen=True, slots=True)
class Amount:
    """How much of a medicine is told; `doubt` where the writing could mean something else."""

    value: str
    unit: str
    end: int
    doubt: str = ""


class DrugReader:
    """Finds medicines and allergies; keep one, because it holds compiled patterns."""

    def __init__(self, medicines: Medicines | None, scope: Scope) -> None:
        """Take the names to look for, or none, and what judges whether a mention holds."""
        self._medicines = medicines
        self._scope = scope

    @cached_property
    def _table(self) -> dict[str, Any]:
        path = files("assistant.clinical.understood") / "drugs.toml"
        return tomllib.loads(path.read_text(encoding="utf-8"))

    @cached_property
    def _amount(self) -> re.Pattern[str]:
        table = self._table
        amount = table["amount"].replace("{n}", table["n"])
        return re.compile(rf"{table['between']}(?:{amount}|{table['ratio']})")

    @cached_property
    def _before(self) -> re.Pattern[str]:
        table = self._table
        amount = table["amount"].replace("{n}", table["n"])
        return re.compile(rf"(?<![\d.,]){amount}(?: of| oral| iv| im| tablets?)?\s+$")

    @cached_property
    def _groups(self) -> dict[str, dict[str, re.Pattern[str]]]:
        return {
            kind: {name: re.compile(words) for name, words in self._table[kind].items()}
            for kind in ("routes", "often", "lasts", "said")
        }

    def read(self, text: Plain) -> list[Stated]:
        """Medicines and allergies of a text."""
        drugs = [self._stated(text, *place) for place in self._named(text)]
        return [*drugs, *self._substances(text, drugs), *self._no_allergies(text)]

    def _named(self, text: Plain) -> Iterator[tuple[str, int, int]]:
        """Id and place of each name; of names that overlap the longest."""
        if self._medicines is None:
            return
        words = list(_WORD.finditer(text.lower))
        at = 0
        while at < len(words):
            best: tuple[int, str] = (0, "")
            for name, known in self._medicines.by_first.get(words[at].group(), ()):
                run = tuple(word.group() for word in words[at : at + len(name)])
                best = max(best, (len(name), known)) if run == name else best
            if best[0]:
                own = best[1].removeprefix("class:")
                yield own, words[at].start(), words[at + best[0] - 1].end()
            at += best[0] or 1

    def _stated(self, text: Plain, name: str, start: int, end: int) -> Stated:
        said = self._groups["said"]
        first, last = text.sentence(start)
        before, behind = text.lower[first:start], text.lower[end:last]
        held = self._scope.of(text, start, end)
        if said["allergic_before"].search(before) or said["allergic_behind"].match(behind):
            return Stated("allergy", name, f"Allergy: {name}", start=start, end=end,
                          status=_allergic(held), whose=held.whose)  # fmt: skip
        amount = self._told(text, start, end)
        stop = amount.end if amount else end
        extra, stop = self._course(text.lower, stop, min(last, stop + _REACH))
        if said["asked"].search(before) or said["asked_behind"].match(behind):
            held = replace(held, status="hypothetical")
        elif said["stopped"].search(before):
            held = replace(held, status="history")
        shown = " ".join(part for part in (_shown(amount), extra) if part)
        return Stated(
            "drug", name, name.replace("-", " "), amount.value if amount else "",
            amount.unit if amount else "", shown, start, max(end, stop),
            held.status, held.whose, held.when, doubt=amount.doubt if amount else "",
        )  # fmt: skip

    def _told(self, text: Plain, start: int, end: int) -> Amount | None:
        """The amount behind a name, or before it as in `500 mg of amoxicillin`."""
        behind = self._amount.match(text.lower, end)
        if behind and behind["ratio"]:
            question = f"{behind['ratio']}: write the strength in mg in each mL."
            return Amount(behind["ratio"], "", behind.end(), question)
        match = behind or self._before.search(text.lower[:start])
        return _amount(match, max(end, match.end() if behind else end)) if match else None

    def _course(self, lower: str, start: int, end: int) -> tuple[str, int]:
        """Route, frequency and length as words, and where the last of them ends."""
        next_name = re.search(r"[;\n]|\. ", lower[start:end])
        end = start + next_name.start() if next_name else end
        said, last = [], start
        for kind in ("routes", "often"):
            for name, words in self._groups[kind].items():
                if match := words.search(lower, start, end):
                    said.append(name)
                    last = max(last, match.end())
                    break
        if match := self._groups["lasts"]["words"].search(lower, start, end):
            number, unit = match["d"] or match["d2"], match["du"] or match["du2"]
            said.append(f"for {number} {_LENGTHS.get(unit, unit)}")
            last = max(last, match.end())
        return ", ".join(said), last

    def _substances(self, text: Plain, drugs: list[Stated]) -> Iterator[Stated]:
        """Allergies to what is no known medicine, such as eggs."""
        taken = {place for one in drugs for place in range(one.start, one.end)}
        skip = set(self._table["said"]["not_substance"].split())
        for match in self._groups["said"]["substance"].finditer(text.lower):
            group = "a" if match["a"] else "b"
            start, end = match.span(group)
            if match[group] in skip or start in taken:
                continue
            held = self._scope.of(text, *match.span())
            yield Stated("allergy", match[group], f"Allergy: {match[group]}", start=start, end=end,
                         status=_allergic(held), whose=held.whose)  # fmt: skip

    def _no_allergies(self, text: Plain) -> Iterator[Stated]:
        for match in self._groups["said"]["none_known"].finditer(text.lower):
            start, end = match.span()
            yield Stated("allergy", "any", "Allergies", start=start, end=end, status="denied")


def _allergic(held: Held) -> Status:
    """An allergy is denied or there; that it showed long ago does not end it."""
    return "denied" if held.status == "denied" else "present"


def _amount(match: re.Match[str], end: int) -> Amount:
    number, unit = match["n"], match["u"]
    value = _number(number) if not match["n2"] else f"{_number(number)}-{_number(match['n2'])}"
    said = _UNITS.get(unit, unit)
    doubt = ""
    if unit in _ASKED_UNITS:
        doubt = f"“{number} {unit}”: is {value} {_ASKED_UNITS[unit]} meant?"
    elif number.startswith("."):
        doubt = f"Is {value} {said} meant? Write a zero before the point."
    elif re.fullmatch(r"\d{1,3},\d{3}", number):
        doubt = f"“{number}”: is {number.replace(',', '')} or {number.replace(',', '.')} meant?"
    return Amount(value, said, end, doubt)


def _number(text: str) -> str:
    if text.startswith("."):
        return f"0{text}"
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+", text):
        return text.replace(",", "")
    plain_text = text.replace(",", ".")
    return plain_text.rstrip("0").rstrip(".") if "." in plain_text else plain_text


def _shown(amount: Amount | None) -> str:
    return f"{amount.value} {amount.unit}".strip() if amount else ""
