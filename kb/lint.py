"""Check topic cards and the formulary: `python -m kb.lint [PATH...]`, by default all that ships.

Prints one fault a line as `path:line: message`; ends with status 1 when there is any.
"""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from kb.cards import Card, parse_card, split_card
from kb.errors import UnreadableDocument
from kb.lint_body import body_faults
from kb.lint_doses import dose_faults
from kb.lint_formulary import FORMULARY, formulary_files, lint_formulary
from kb.lint_front import front_faults, located, shape_faults
from kb.lint_interactions import INTERACTIONS, interaction_folders, lint_interactions
from kb.lint_library import Known, know, library_faults, unlisted
from kb.lint_numbers import number_faults
from kb.lint_rules import Fault
from kb.lint_words import raw_faults, word_faults

TOPICS = Path(__file__).parent / "starter" / "topics"


def lint_card(data: bytes, name: str, known: Known, today: date) -> list[Fault]:
    """Faults of one card, in the order of its lines.

    Args:
        data: the file.
        name: file name without its suffix; must equal the card's id.
        known: what the card may name.
        today: date against which the review interval runs.
    """
    raw = data.decode("utf-8", "replace").removeprefix("\ufeff").split("\n")
    try:
        front, _, _ = split_card(data, name)
        faults = [*raw_faults(raw), *located(raw, shape_faults(front))]
        if any(shape_faults(front)):
            return sorted(set(faults))
        card = parse_card(data, name)
    except UnreadableDocument as error:
        return [Fault(1, str(error))]
    faults += located(raw, front_faults(front, name, today))
    faults += located(raw, library_faults(card, known))
    if card.document.status != "withdrawn":
        faults += _body(card, known)
    return sorted(set(faults))


def _body(card: Card, known: Known) -> Iterator[Fault]:
    for rule in (body_faults, number_faults, word_faults, dose_faults):
        yield from rule(card)
    yield from unlisted(card, known)


def lint_paths(paths: Sequence[Path], library: Path, today: date) -> Iterator[str]:
    """Faults of the cards at `paths` (files or folders), each as `path:line: message`.

    `library` is the folder of all cards: their ids and titles are what a card may name.
    """
    chosen = [file for path in paths for file in card_files(path)]
    everything = sorted({*card_files(library), *chosen})
    known = know(card for file in everything if (card := _read(file)))
    names = Counter(file.stem for file in everything)
    for file in chosen:
        if names[file.stem] > 1:
            yield f"{file}:1: another card has the id {file.stem!r}"
        for fault in lint_card(file.read_bytes(), file.stem, known, today):
            yield f"{file}:{fault.line}: {fault.message}"


def card_files(path: Path) -> list[Path]:
    """The cards at a path: itself, or all Markdown files below a folder."""
    path = path.resolve()
    if path.is_dir():
        return sorted(path.rglob("*.md"))
    return [] if formulary_files(path) or interaction_folders(path) else [path]


def _read(file: Path) -> Card | None:
    try:
        return parse_card(file.read_bytes(), file.stem)
    except UnreadableDocument:
        return None


def main(arguments: Sequence[str]) -> int:
    """Check cards and medicines and print what is wrong; 1 when anything is."""
    paths = [Path(argument) for argument in arguments] or [TOPICS, FORMULARY, INTERACTIONS]
    missing = [path for path in paths if not path.exists()]
    for path in missing:
        sys.stdout.write(f"{path}:1: no such file or folder\n")
    there = [path for path in paths if path.exists()]
    medicines = [file for path in there for file in formulary_files(path)]
    rules = [folder for path in there for folder in interaction_folders(path)]
    faults = [
        *lint_paths(there, TOPICS, datetime.now(UTC).date()),
        *lint_formulary(medicines),
        *lint_interactions(rules),
    ]
    sys.stdout.writelines(f"{fault}\n" for fault in faults)
    return 1 if faults or missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
