"""Rules of the card linter about the section Medicines."""

import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

from kb.cards import Card, Line
from kb.lint_rules import Fault, bare, items, said

_NUMBER = r"\d+(?:,\d{3})*(?:\.\d+)?"
_DOSE = re.compile(
    rf"\b{_NUMBER} ?(?:(?:mg|g|micrograms?|mL|L|IU|units?|mmol|million IU|million units)\b|"
    r"(?:dispersible |soluble |paediatric |adult )?(?:tablets?|capsules?|drops?|puffs?|sachets?|"
    r"ampoules?|suppositor(?:y|ies)|pessar(?:y|ies)|vials?|applications?|patch(?:es)?)\b)"
)
_NEEDS = (
    (
        "route",
        r"by mouth|oral|swallow|chew|drink|sips?\b|\bIV\b|\bIM\b|\bIO\b|\bSC\b|vein|muscle|"
        r"intraven|intramusc|intraoss|subcut|under the skin|inhal|nebuli|puffs?\b|spacer|breathe|"
        r"rectal|rectum|on the skin|skin|scalp|apply|appl(?:ied|ication)|topical|\beyes?\b|"
        r"\bears?\b|nose|nasal|nostril|vagina|pessar|tongue|sublingual|cheek|buccal|mouthwash|"
        r"gargle|rinse|inject|infiltrat|feeding tube|nasogastric|intradermal|into the bone|"
        r"drip|infusion|womb|intrauterine|cream|ointment|lotion|shampoo|bath|patch|spray",
    ),
    (
        "how often",
        r"\bonce\b|twice|times|daily|a day|each day|per day|every|hourly|weekly|monthly|single|"
        r"one dose|at night|bedtime|morning|as needed|when needed|if needed|continuous|infusion|"
        r"\bover \d|repeat|at once|at birth|first dose|loading|bolus|each|on day|doses?\b|per hour|"
        r"an hour|per minute|a minute|before|after",
    ),
    (
        "how long",
        r"\bdays?\b|weeks?|months?|hours?|minutes?|years?|until|\bonce\b|single|one dose|life|"
        r"long[ -]term|as needed|when needed|if needed|while|then stop|throughout|repeat|bolus|"
        r"\bdoses\b|stop|continue|loading|at birth|as long as|before|target|transfer",
    ),
    (
        "maximum",
        r"\bmax|at most|(?:no|not|never) more than|do not exceed|not exceed|highest dose|"
        rf"up to {_NUMBER} ?(?:mg|g|micrograms|mL|L|IU|units|mmol|doses|tablets|puffs|times)\b",
    ),
)
_INTERVAL = re.compile(
    r"\bevery \d+(?:(?:-| to | or )\d+)? (?:minutes|hours|days|weeks|months)|once (?:daily|a day)|"
    r"\b(?:a|each|every|per|an) (?:minute|hour|day|week|month)\b|"
    r"\baged? \d+ (?:days|weeks|months|years)|\d (?:months|years)(?: or more| and over)",
    re.IGNORECASE,
)
_NO_DOSE = re.compile(
    r"(?:do not|avoid|no |not |never|stop|see |ask |check|watch|warn|store|keep)", re.IGNORECASE
)
_MONTHS = {
    "days": Decimal(12) / 365,
    "weeks": Decimal(12) / 52,
    "months": Decimal(1),
    "years": Decimal(12),
    "kg": Decimal(1),
}
_BAND = re.compile(
    rf"(?P<low>{_NUMBER}) ?(?P<first>days|weeks|months|years|kg)?(?: up to |-under | to under )"
    rf"(?:under )?(?P<high>{_NUMBER}) ?(?P<unit>days|weeks|months|years|kg)\b"
)
_TWO = re.compile(r";\s*(?!(?:max|at most|no more|not more|do not|not |never|then|repeat|if ))")

Band = tuple[bool, Decimal, Decimal]
"""Whether it is a weight, from (inclusive), up to (exclusive); months or kilograms."""


def dose_faults(card: Card) -> Iterator[Fault]:
    """Faults of the section Medicines, and of the medicines that the card lists."""
    for group in items(card):
        if group[0].section == "Medicines":
            yield from _dose(group)
            yield from _bands(group)
            yield from _named(group, card)
    yield from _unused(card)


def _dose(group: tuple[Line, ...]) -> Iterator[Fault]:
    head = bare(group[0].text)
    whole = " ".join(bare(line.text) for line in group)
    if not gives(head):
        return
    for name, pattern in _NEEDS:
        searched = _INTERVAL.sub(" ", whole) if name == "how long" else whole
        if not re.search(pattern, searched, re.IGNORECASE):
            hint = " (or 'max: none stated by source')" if name == "maximum" else ""
            yield Fault(group[0].number, f"the dose line has no {name}{hint}")
    parts = _TWO.split(head)
    if not head.startswith("Sources differ") and sum(map(gives, parts)) > 1:
        yield Fault(group[0].number, "two doses joined by ';': one dose a line")


def gives(text: str) -> bool:
    """Whether a line gives a dose; one that forbids or warns does not."""
    return not _NO_DOSE.match(text) and _DOSE.search(text) is not None


def _bands(group: tuple[Line, ...]) -> Iterator[Fault]:
    """Half-open bands of one item that overlap, or leave a gap that no note explains."""
    text = " ".join(bare(line.text) for line in group)
    bands = sorted({_band(found) for found in _BAND.finditer(text)})
    for below, above in pairwise(bands):
        if below[0] != above[0]:
            continue
        if above[1] < below[2]:
            yield Fault(group[0].number, "age or weight bands overlap")
        elif above[1] > below[2] and "not covered by the source" not in text:
            yield Fault(group[0].number, "a gap between bands: say 'not covered by the source'")


def _band(found: re.Match[str]) -> Band:
    low, high = (Decimal(found[end].replace(",", "")) for end in ("low", "high"))
    first, last = found["first"] or found["unit"], found["unit"]
    return last == "kg", low * _MONTHS[first], high * _MONTHS[last]


def _named(group: tuple[Line, ...], card: Card) -> Iterator[Fault]:
    text = " ".join(line.text for line in group)
    if gives(bare(group[0].text)) and not any(
        named(medicine, text) for medicine in card.document.medicines
    ):
        yield Fault(group[0].number, "the line names no medicine of the card's `medicines`")


def _unused(card: Card) -> Iterator[Fault]:
    body = " ".join(line.text for line in said(card))
    for medicine in card.document.medicines:
        if not named(medicine, body):
            yield Fault(1, f"medicine {medicine!r} is listed but the body never names it")


def named(medicine: str, text: str) -> bool:
    """Whether a text names a medicine by its slug: all of it, or its first word.

    `zinc-sulfate` is named by "zinc"; `magnesium-sulfate` by "magnesium"; `ors` by "ORS".
    """
    whole = re.escape(medicine).replace(r"\-", "[ /+-]")
    first = medicine.split("-", maxsplit=1)[0]
    short = rf"|{re.escape(first)}" if len(first) > 2 else ""
    return re.search(rf"\b(?:{whole}{short})s?\b", text, re.IGNORECASE) is not None
