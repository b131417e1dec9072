"""Readers of the texts that the encoder learns from, one for each kind of source."""

import csv
import gzip
import io
import json
import random
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from quantize.embedder_recipe import RecipeRefused, Source
from quantize.pairs import Pair, one_line, passages, sentences

CNXML = "{http://cnx.rice.edu/cnxml}"
SPOKEN_WORDS = 40
"""Words of what a patient says that stand for the question."""
_LABEL = re.compile(r"^(Key Points|Summary)\s*[-:]?\s*")
_MARK = re.compile(r"\s*\[s\d+\]")
Reader = Callable[[Path, random.Random], Iterator[Pair]]


def read_source(source: Source, data: Path, program: Path, chance: random.Random) -> list[Pair]:
    """All pairs of a source, or as many as the recipe takes, drawn at random.

    Raises:
        RecipeRefused: its file is not there or is not of its kind.
    """
    path = (program if source.root == "program" else data) / source.path
    if not path.exists():
        message = f"The source {source.path} is not in {path.parent}."
        raise RecipeRefused(message)
    try:
        pairs = list(READERS[source.kind](path, chance))
    except (ValueError, KeyError, OSError, ElementTree.ParseError) as error:
        message = f"The source {source.path} cannot be read as {source.kind}: {error}."
        raise RecipeRefused(message) from error
    if source.most and len(pairs) > source.most:
        return chance.sample(pairs, source.most)
    return pairs


def _medquad(path: Path, chance: random.Random) -> Iterator[Pair]:
    """Question -> first passage, another passage and one sentence of its answer."""
    for row in _lines(path):
        subject, answer = f"medquad {row['focus']}", _LABEL.sub("", str(row["answer"]))
        question = one_line(str(row["question"]).replace("What is (are)", "What is"))
        question = question.replace(" ?", "?")
        found = passages(answer)
        if found:
            yield Pair(question, found[0], subject, "medquad")
        if found[1:]:
            yield Pair(question, chance.choice(found[1:]), subject, "medquad")
        short = [s for s in sentences(answer) if 8 <= len(s.split()) <= 60]
        if short:
            keywords = f"{row['focus']} {row['qtype']}"
            asked = chance.choice((keywords, question, question))
            yield Pair(asked, chance.choice(short), subject, "medquad")


def _pubmedqa(path: Path, chance: random.Random) -> Iterator[Pair]:
    """Question -> each part of the abstract and its conclusion; conclusion -> a part."""
    for row in _lines(path):
        subject, question = f"pubmedqa {row['id']}", one_line(row["question"])
        for part in row["contexts"]:
            for passage in passages(part)[:2]:
                yield Pair(question, passage, subject, "pubmedqa")
        conclusion = one_line(row.get("long_answer") or "")
        if conclusion:
            yield Pair(question, conclusion, subject, "pubmedqa")
            claim = (sentences(conclusion) or [conclusion])[0]
            yield Pair(claim, one_line(chance.choice(row["contexts"])), subject, "pubmedqa")


def _cnxml(folder: Path, chance: random.Random) -> Iterator[Pair]:
    """Headings -> paragraph, a sentence -> the rest of its paragraph, key term -> definition."""
    for file in sorted(folder.glob("*/*.cnxml")):
        root = ElementTree.parse(file).getroot()  # noqa: S314 - a file the person named
        title = _text(root.find(f"{CNXML}title"))
        content = root.find(f"{CNXML}content")
        if content is not None:
            yield from _paragraphs(content, title, f"{file.parent.name}", chance)
        for definition in root.iter(f"{CNXML}definition"):
            term = _text(definition.find(f"{CNXML}term"))
            meaning = " ".join(_text(part) for part in definition.iter(f"{CNXML}meaning"))
            asked = chance.choice((f"What is {term}?", term, f"Define {term}"))
            yield Pair(asked, one_line(meaning), f"term {term}", "cnxml")


def _paragraphs(
    part: ElementTree.Element, headings: str, module: str, chance: random.Random
) -> Iterator[Pair]:
    own = part.find(f"{CNXML}title") if part.tag == f"{CNXML}section" else None
    headings = one_line(f"{_text(own)} {headings}") if own is not None else headings
    for child in part:
        if child.tag == f"{CNXML}para":
            yield from _paragraph(_text(child), headings, f"{module} {child.get('id')}", chance)
        elif child.tag == f"{CNXML}section":
            yield from _paragraphs(child, headings, module, chance)


def _paragraph(text: str, headings: str, subject: str, chance: random.Random) -> Iterator[Pair]:
    if len(text.split()) < 25:
        return
    yield Pair(headings, passages(text)[0], subject, "cnxml")
    parts = sentences(text)
    if len(parts) >= 4 and chance.random() < 0.6:
        place = chance.randrange(len(parts))
        rest = " ".join(parts[:place] + parts[place + 1 :])
        yield Pair(parts[place], (passages(rest) or [rest])[0], subject, "cnxml")


def _dialogue(path: Path, _chance: random.Random) -> Iterator[Pair]:
    """What the patient says -> what the note says."""
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            spoken = " ".join(
                line.split(":", 1)[1]
                for line in row["dialogue"].splitlines()
                if line.lower().startswith("patient:") and len(line.split()) > 4
            )
            asked = " ".join(spoken.split()[:SPOKEN_WORDS])
            note = " ".join(row["section_text"].split()[:90])
            yield Pair(asked, note, f"dialogue {row['ID']}", "dialogue")


def _cards(folder: Path, chance: random.Random) -> Iterator[Pair]:
    """A name of the card, with or without the heading -> each line under it."""
    for file in sorted(folder.glob("*/*.md")):
        _, front, body = file.read_text(encoding="utf-8").split("+++", 2)
        table = tomllib.loads(front)
        names = [table["title"], *table.get("aliases", [])]
        heading = ""
        for line in body.splitlines():
            if line.startswith("## "):
                heading = line[3:].strip().lower()
            elif line.startswith("- "):
                name = chance.choice(names)
                asked = f"{name} {heading}" if chance.random() < 0.6 else name
                yield Pair(asked, _MARK.sub("", line[2:]).strip(), f"card {table['id']}", "cards")


READERS: Mapping[str, Reader] = {
    "medquad": _medquad,
    "pubmedqa": _pubmedqa,
    "cnxml": _cnxml,
    "dialogue": _dialogue,
    "cards": _cards,
}


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    for line in io.StringIO(raw.decode("utf-8")):
        if line.strip():
            yield json.loads(line)


def _text(element: ElementTree.Element | None) -> str:
    return one_line("".join(element.itertext())) if element is not None else ""
