"""What all tests share: a home of their own, a library in memory, a made-up set of cards."""

from pathlib import Path

import hypothesis
import pytest

from kb.cards import parse_card
from kb.library import Card, Library
from kb.messages import Block, Extraction
from kb.store import Store

KEY = bytes(range(32))

# How long an example takes is no matter of these tests; a busy machine must not fail them. A run
# tries the same examples each time, so that it tells of the change and not of the draw; `make
# fuzz` looks for new ones.
hypothesis.settings.register_profile("steady", deadline=None, derandomize=True)
hypothesis.settings.register_profile("fuzz", deadline=None, max_examples=3000)
hypothesis.settings.load_profile("steady")

FRONT = """+++
id = "{id}"
title = "{title}"
{lists}
kind = "treat"
lang = "en"
reviewed = "2026-11-21"
status = "draft-not-clinician-reviewed"
[[sources]]
id = "s1"
title = "Guideline"
publisher = "Publisher"
year = 2020
edition = "2nd"
section = "Chart 1"
url = "https://example.org"
+++
"""

ORS_CARD = """## Recognise
- Some dehydration in a child: two or more of restless, sunken eyes, drinks eagerly. [s1]

## Danger signs
- A child who cannot drink or is unconscious needs plan C now. [s1]

## Manage now
1. Weigh the child with dehydration. [s1]
2. Plan B: give 75 mL of ORS for each kilogram by mouth over 4 hours. [s1]

## Medicines
- Zinc for diarrhoea aged 6 months or more: 20 mg by mouth once daily for 10 days, maximum 20 mg a day. [s1]
- Amoxicillin for a child: 250 mg by mouth every 12 hours for 5 days, maximum 500 mg a day. [s1]
  - Do not give amoxicillin after an allergic reaction to penicillin. [s1]
- Do not give loperamide to a child with diarrhoea. [s1]

## Refer
- Refer today if the child is not better after 4 hours of plan B. [s1]
"""

PRESSURE_CARD = """## Recognise
- Hypertension in adults: 140/90 mmHg or more on two visits. [s1]

## Medicines
- Amlodipine for hypertension in adults: 5 mg by mouth once daily, maximum 10 mg a day. [s1]
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of its own for every test."""
    folder = tmp_path / "home"
    monkeypatch.setenv("AIDPOST_HOME", str(folder))
    return folder


def no_files(data: bytes, name: str) -> Extraction:
    """A parser for libraries that are given no files."""
    raise AssertionError(f"{name} was not to be read")


def plain_text(data: bytes, name: str) -> Extraction:
    """A parser for text whose paragraphs are parted by empty lines; `# ` marks headings."""
    text = data.decode()
    blocks, section, place = [], (), 0
    for part in text.split("\n\n"):
        end = place + len(part)
        if part.startswith("# "):
            section = (part[2:],)
        else:
            blocks.append(Block(place, end, "paragraph", section, 1))
        place = end + 2
    return Extraction(Path(name).stem, text, tuple(blocks), "text/plain", pages=1)


def card(identity: str, title: str, body: str, **more: tuple[str, ...]) -> Card:
    """A card of the library, read by the real parser."""
    lists = "\n".join(f"{key} = {list(value)!r}" for key, value in more.items())
    text = FRONT.format(id=identity, title=title, lists=lists.replace("'", '"')) + body
    read = parse_card(text.encode(), f"{identity}.md")
    return read.document, read.extraction, text.encode()


@pytest.fixture
def store() -> Store:
    """An empty library file in memory."""
    opened = Store(None, KEY)
    yield opened
    opened.close()


@pytest.fixture
def library(store: Store) -> Library:
    """A library of two cards, able to take plain text."""
    opened = Library(store, plain_text)
    cards = [
        card(
            "ors-plan-b",
            "Some dehydration: ORS plan B",
            ORS_CARD,
            aliases=("runny tummy", "gastro"),
            population=("child_2_59m", "child_5_9y"),
        ),
        card(
            "hypertension",
            "High blood pressure in adults",
            PRESSURE_CARD,
            aliases=("hypertension", "pressure"),
            population=("adult", "older"),
        ),
    ]
    opened.install_pack("starter", "v1", lambda: cards)
    return opened
