"""Builds topic cards for tests: one good card, and that card with one thing changed."""

import re

GOOD = """+++
id = "sample-card"
title = "Water loss in a child"
aliases = ["runny tummy", "loose motions"]
icd10 = ["A09"]
icd11 = ["ME05.1"]
population = ["child_2_59m"]
level = ["chw", "health_centre"]
kind = "treat"
lang = "en"
red_flags = ["dehydration"]
medicines = ["ors", "zinc-sulfate"]
calculators = []
see_also = ["cholera"]
regions = []
volatility = "low"
reviewed = "2026-11-20"
status = "draft-not-clinician-reviewed"
reviewer = ""

[[sources]]
id = "s1"
title = "Chart booklet"
publisher = "World Health Organization"
year = 2014
edition = "March 2014"
section = "Plan B"
url = "https://www.who.int/"
licence = "all rights reserved; facts restated"
retrieved = "2026-11-20"

[[sources]]
id = "s2"
title = "Guideline on diarrhoea"
publisher = "World Health Organization"
year = 2024
section = "Recommendation 7"
url = "https://www.who.int/"
licence = "cc-by-nc-sa-3.0-igo"
retrieved = "2026-11-20"
+++

## Recognise
- Some water loss (dehydration): a child with loose stools, restless, or with sunken eyes. [s1]
- A skin pinch that goes back slowly, in less than 2 seconds, is a sign of some water loss. [s1]

## Danger signs
- A child with loose stools who cannot drink or is hard to wake has severe water loss. [s1]
- Blood in the stool of a child with loose stools means dysentery. [s1]

## Assess
- Ask the family of a child with loose stools for how many days the illness has lasted. [s1]
- Weigh the child with water loss before treatment starts. [s1]

## Manage now
1. Give 75 mL of ORS for each kilogram over 4 hours for some water loss. [s1]
2. If the child with water loss vomits, wait 10 minutes, then give ORS more slowly. [s1]
3. Look at the child with water loss again after 4 hours. [s1]

## Medicines
- Zinc for diarrhoea aged 6 months or more: 20 mg tablet by mouth once daily for 10 to 14 days. [s1]
  - Zinc maximum: 20 mg a day. [s1]
- Sources differ: zinc once daily by mouth for 14 days, maximum one dose a day: \
10 mg (2014 chart) [s1]; 5 mg (2024 guideline) [s2]

## Refer
- Refer today a child whose water loss is worse after 4 hours of ORS. [s1]

## Advice to give
- Give small sips from a cup.
- Come back at once if the child cannot drink.
"""


def changed(old: str, new: str) -> bytes:
    """The good card with the first `old` replaced; fails when it is not there."""
    assert old in GOOD, old
    return GOOD.replace(old, new, 1).encode()


def with_line(line: str, section: str = "Assess") -> bytes:
    """The good card with one more line at the start of a section."""
    return changed(f"## {section}\n", f"## {section}\n{line}\n")


def without(key: str) -> bytes:
    """The good card without a key of its front matter (the first place where it stands)."""
    text, count = re.subn(rf"^{key} = .*\n", "", GOOD, count=1, flags=re.MULTILINE)
    assert count == 1, key
    return text.encode()
