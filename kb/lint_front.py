"""Rules of the card linter about the front matter."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import cast

from kb.lint_rules import Fault

KINDS = frozenset(
    {"emergency", "recognise", "treat", "chronic", "procedure", "counsel", "reference"}
)
POPULATIONS = frozenset(
    {
        "young_infant",
        "child_2_59m",
        "child_5_9y",
        "adolescent",
        "adult",
        "older",
        "pregnant",
        "postpartum",
        "worker",
    }
)
LEVELS = frozenset({"chw", "health_centre", "hospital"})
STATUSES = frozenset({"draft-not-clinician-reviewed", "clinician-reviewed", "withdrawn"})
LICENCES = frozenset(
    {
        "cc-by-nc-sa-3.0-igo",
        "cc-by-4.0",
        "public-domain",
        "cc0",
        "all rights reserved; facts restated",
    }
)
MONTHS = {"high": 6, "moderate": 12, "low": 24}
"""Months until a card must be looked at again, by `volatility`."""

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_ICD10 = re.compile(r"[A-Z]\d[0-9A-Z](\.\d{1,2})?")
_ICD11 = re.compile(r"[0-9A-Z]{4}(\.[0-9A-Z]{1,2})?")
_TEXTS = ("id", "title", "kind", "lang", "volatility", "reviewed", "status", "reviewer")
_LISTS = (
    "aliases",
    "icd10",
    "population",
    "level",
    "red_flags",
    "medicines",
    "calculators",
    "see_also",
    "regions",
)
_OPTIONAL = ("icd11", "supersedes")
_SOURCE_TEXTS = ("id", "title", "publisher", "section", "url", "licence", "retrieved")
_SOURCE_OPTIONAL = ("edition", "sha256")

Front = Mapping[str, object]


def front_faults(front: Front, name: str, today: date) -> Iterator[tuple[str, str]]:
    """Faults of a front matter of the right shape, as (key, message).

    `name` is the file name without its suffix; the review interval runs until `today`.
    """
    yield from _names(front, name)
    yield from _vocabulary(front)
    yield from _codes(front)
    yield from _aliases(front)
    yield from _review(front, today)
    yield from _sources(front)


def place(raw: list[str], key: str) -> int:
    """Line number of a key of the front matter; 1 where it is not found."""
    pattern = re.compile(rf"\s*{re.escape(key)}\s*=")
    return next((number for number, line in enumerate(raw, 1) if pattern.match(line)), 1)


def located(raw: list[str], faults: Iterator[tuple[str, str]]) -> Iterator[Fault]:
    """Faults at the line of their key."""
    return (Fault(place(raw, key), message) for key, message in faults)


def shape_faults(front: Front) -> Iterator[tuple[str, str]]:
    """Keys that are missing, unknown or of the wrong type, as (key, message)."""
    for key in _TEXTS:
        if not isinstance(front.get(key), str):
            yield key, f"`{key}` is missing or is not text"
    for key in _LISTS + _OPTIONAL:
        value = front.get(key, [] if key in _OPTIONAL else None)
        if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
            yield key, f"`{key}` is missing or is not a list of texts"
    for key in front.keys() - {*_TEXTS, *_LISTS, *_OPTIONAL, "sources"}:
        yield key, f"unknown key `{key}`"
    sources = front.get("sources")
    if not isinstance(sources, list) or not sources:
        yield "sources", "there is no [[sources]] table"
        return
    for number, source in enumerate(sources, 1):
        yield from _source_shape(source, number)


def _source_shape(source: object, number: int) -> Iterator[tuple[str, str]]:
    if not isinstance(source, dict):
        yield "sources", f"source {number} is not a table"
        return
    for key in _SOURCE_TEXTS:
        if not isinstance(source.get(key), str) or not source[key].strip():
            yield "sources", f"source {number} has no `{key}`"
    if not isinstance(source.get("year"), int):
        yield "year", f"source {number} has no `year`, or one that is no number"
    for key in source.keys() - {*_SOURCE_TEXTS, *_SOURCE_OPTIONAL, "year"}:
        yield key, f"unknown key `{key}` in source {number}"


def _names(front: Front, name: str) -> Iterator[tuple[str, str]]:
    slug, title = cast("str", front["id"]), cast("str", front["title"])
    if not SLUG.fullmatch(slug) or not 3 <= len(slug) <= 48:
        yield "id", "`id` must be 3 to 48 characters of a-z, 0-9 and single hyphens"
    if slug != name:
        yield "id", f"`id` is {slug!r} but the file is called {name!r}"
    if not title.strip() or len(title) > 70:
        yield "title", f"`title` must have 1 to 70 characters, not {len(title)}"
    if title[:1].islower():
        yield "title", "`title` must begin with a capital or a figure"


def _vocabulary(front: Front) -> Iterator[tuple[str, str]]:
    allowed = {"kind": KINDS, "volatility": MONTHS.keys(), "status": STATUSES}
    for key, values in allowed.items():
        if front[key] not in values:
            yield key, f"`{key}` must be one of {', '.join(sorted(values))}"
    for key, values in {"population": POPULATIONS, "level": LEVELS}.items():
        given = cast("list[str]", front[key])
        if not given:
            yield key, f"`{key}` is empty"
        for unknown in sorted(set(given) - values):
            yield key, f"`{key}` does not know {unknown!r}"
    if not re.fullmatch(r"[a-z]{2,3}", cast("str", front["lang"])):
        yield "lang", "`lang` must be a language code such as en"


def _codes(front: Front) -> Iterator[tuple[str, str]]:
    for key, pattern in {"icd10": _ICD10, "icd11": _ICD11}.items():
        for code in cast("list[str]", front.get(key, [])):
            if not pattern.fullmatch(code):
                yield key, f"{code!r} is not a code of {key.upper()}"


def _aliases(front: Front) -> Iterator[tuple[str, str]]:
    aliases = [alias.strip().casefold() for alias in cast("list[str]", front["aliases"])]
    if len(aliases) < 2:
        yield "aliases", "a card needs at least two aliases"
    if cast("str", front["title"]).strip().casefold() in aliases:
        yield "aliases", "an alias repeats the title"
    for twice in sorted({alias for alias in aliases if aliases.count(alias) > 1}):
        yield "aliases", f"alias {twice!r} stands twice"
    if "" in aliases:
        yield "aliases", "an alias is empty"


def _review(front: Front, today: date) -> Iterator[tuple[str, str]]:
    if front["status"] == "clinician-reviewed" and not cast("str", front["reviewer"]).strip():
        yield "reviewer", "a clinician-reviewed card must name its reviewer, role and date"
    try:
        reviewed = date.fromisoformat(cast("str", front["reviewed"]))
    except ValueError:
        yield "reviewed", "`reviewed` must be a date such as 2026-11-20"
        return
    months = (today.year - reviewed.year) * 12 + today.month - reviewed.month
    months -= today.day < reviewed.day
    if reviewed > today:
        yield "reviewed", f"`reviewed` lies in the future ({reviewed})"
    elif months >= MONTHS.get(cast("str", front["volatility"]), 24):
        yield "reviewed", f"`reviewed` is {months} months old: check the facts again"


def _sources(front: Front) -> Iterator[tuple[str, str]]:
    sources = cast("list[dict[str, str]]", front["sources"])
    ids = [source["id"] for source in sources]
    if ids != [f"s{number}" for number in range(1, len(ids) + 1)]:
        yield "sources", "source ids must be s1, s2, ... in this order"
    for source in sources:
        where = f"source {source['id']}"
        if source["section"].strip().casefold() in {"whole document", "all", "various"}:
            yield "section", f"{where}: `section` must be a page, table, chart or chapter"
        if source["licence"] not in LICENCES:
            yield "licence", f"{where}: `licence` must be one of: {' | '.join(sorted(LICENCES))}"
        if not source["url"].startswith(("https://", "http://")):
            yield "url", f"{where}: `url` must begin with https://"
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", source["retrieved"]):
            yield "retrieved", f"{where}: `retrieved` must be a date such as 2026-11-20"
