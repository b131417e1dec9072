"""From the files of a whole pack to documents of the library and checked tables.

    cards/        topic cards, Markdown (kb/starter/README.md)
    documents/    PDF, Word, HTML, Markdown, plain text: whatever the library reads
    formulary/    medicines, TOML (kb/starter/formulary)
    interactions/ the four files of rules, TOML (kb/starter/interactions)

Tables are held against the rules of the program and kept with the pack; the dosing engine does
not read them yet. One file that is not fit for use refuses the whole pack.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from kb.cards import parse_card
from kb.errors import LibraryError
from kb.formulary import parse_formulary
from kb.incoming import identity
from kb.interactions_read import FILES, read_rules
from kb.library import Card
from kb.lint_formulary_rows import STATUS, medicine_faults
from kb.messages import Document, Extraction, Source
from kb.packs.errors import PackContentRefused
from kb.packs.manifest import Manifest, PackFile

Extract = Callable[[bytes, str], Extraction]

CARDS, DOCUMENTS, FORMULARY, INTERACTIONS = "cards/", "documents/", "formulary/", "interactions/"
_MOST_FAULTS = 5
_RULES = tuple(f"{INTERACTIONS}{name}" for name in FILES)


@dataclass(frozen=True, slots=True)
class Contents:
    """What a pack brings."""

    cards: tuple[Card, ...]
    """Documents ready for the library."""
    medicines: int
    """Medicines in its formulary."""
    rules: int
    """Interaction rules."""


def require_places(paths: tuple[str, ...]) -> None:
    """Raise `PackContentRefused` unless every file lies where its kind belongs."""
    for path in paths:
        card = path.startswith(CARDS) and path.endswith(".md")
        medicines = path.startswith(FORMULARY) and path.endswith(".toml")
        if not (card or medicines or path in _RULES or path.startswith(DOCUMENTS)):
            raise PackContentRefused(
                f"“{path}” has no use in a pack: cards (.md) go to cards/, files to documents/,"
                " medicines (.toml) to formulary/, the rules to interactions/."
            )


def read_contents(manifest: Manifest, folder: Path, extract: Extract) -> Contents:
    """Everything that a whole pack in a folder brings.

    Raises:
        PackContentRefused: a file that is not fit for use, named.
    """
    require_places(tuple(file.path for file in manifest.files))
    medicines = _medicines(manifest, folder)
    rules = _rules(manifest, folder)
    cards = tuple(_documents(manifest, folder, extract))
    ids = [document.id for document, _, _ in cards]
    twice = sorted({name for name in ids if ids.count(name) > 1})
    if twice:
        raise PackContentRefused(f"Two documents of the pack have the id {twice[0]}.")
    return Contents(cards, medicines, rules)


def _documents(manifest: Manifest, folder: Path, extract: Extract) -> Iterator[Card]:
    for file in manifest.files:
        if not file.path.startswith((CARDS, DOCUMENTS)):
            continue
        data = (folder / file.path).read_bytes()
        try:
            read = _card if file.path.startswith(CARDS) else _file
            document, extraction = read(manifest, file, data, extract)
        except LibraryError as error:
            raise PackContentRefused(f"The pack cannot be used. {file.path}: {error}") from error
        if document.status != "withdrawn":
            yield replace(document, precedence=manifest.precedence), extraction, data


def _card(
    manifest: Manifest, file: PackFile, data: bytes, _: Extract
) -> tuple[Document, Extraction]:
    card = parse_card(data, Path(file.path).name)
    own = card.document.id.partition("/")[2]
    return (
        replace(card.document, id=f"{manifest.id}/{own}", pack=manifest.id),
        card.extraction,
    )


def _file(
    manifest: Manifest, file: PackFile, data: bytes, extract: Extract
) -> tuple[Document, Extraction]:
    name = Path(file.path).name
    extraction = extract(data, name)
    title = file.title or extraction.title or name
    document = Document(
        id=identity(manifest.id, file.path.removeprefix(DOCUMENTS), data),
        pack=manifest.id,
        title=title,
        digest=file.sha256,
        media_type=extraction.media_type,
        status=manifest.status,
        aliases=(Path(name).stem,),
        language=manifest.language,
        sources=_sources(manifest, file),
        pages=extraction.pages,
        file_name=name,
        added=manifest.made.isoformat(),
        notes=extraction.notes,
    )
    return document, replace(extraction, title=title)


def _sources(manifest: Manifest, file: PackFile) -> tuple[Source, ...]:
    """The source that the file is; where the pack has only one, that one."""
    if file.source:
        return tuple(source for source in manifest.sources if source.id == file.source)
    return manifest.sources if len(manifest.sources) == 1 else ()


def _medicines(manifest: Manifest, folder: Path) -> int:
    try:
        paths = [file.path for file in manifest.files if file.path.startswith(FORMULARY)]
        texts = [(path, (folder / path).read_text(encoding="utf-8")) for path in paths]
        medicines = parse_formulary(texts).medicines
        # The linter asks for the review status of the program's own rows; a pack states its own.
        faults = [
            f"{medicine.id}, {table or 'medicine'} {number}: {message}"
            for medicine in medicines.values()
            for table, number, message in medicine_faults(
                medicine, replace(medicine.record, status=STATUS)
            )
        ]
    except UnicodeDecodeError as error:
        raise PackContentRefused("A table of medicines in the pack is not UTF-8 text.") from error
    except LibraryError as error:
        raise PackContentRefused(f"The medicines of the pack cannot be used. {error}.") from error
    if faults:
        shown = "; ".join(faults[:_MOST_FAULTS])
        raise PackContentRefused(f"The medicines of the pack cannot be used. {shown}.")
    return len(medicines)


def _rules(manifest: Manifest, folder: Path) -> int:
    if not any(file.path.startswith(INTERACTIONS) for file in manifest.files):
        return 0
    try:
        book = read_rules(folder / INTERACTIONS)
    except (OSError, UnicodeDecodeError) as error:
        message = f"The interactions of a pack are four UTF-8 files: {', '.join(FILES)}."
        raise PackContentRefused(message) from error
    except LibraryError as error:
        raise PackContentRefused(f"The interactions cannot be used. {error}.") from error
    return len(book.pairs) + len(book.duplicates) + len(book.patients)
