"""The manifest: everything a pack says of itself, and the only thing that is signed."""

import hashlib
import re
from dataclasses import asdict, dataclass, replace
from datetime import date

from kb.formulary_table import Table
from kb.messages import PRECEDENCE, Source
from kb.packs.errors import EndlessData, PackUnreadable
from kb.packs.names import OWN, check_name, checked_names, folded
from kb.packs.strict_json import FORMAT, day, dump, from_table, hexadecimal, line, read, whole

MAX_MANIFEST = 8_000_000
"""Most bytes of a manifest."""
MAX_FILES = 20_000
MAX_FILE = 50_000_000
"""Most bytes of one file; the library takes no larger ones."""
MAX_TOTAL = 2_000_000_000
"""Most bytes of all files."""
RESERVED = ("starter", "local", "trust")
"""Names that the program itself uses."""
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_APP = re.compile(r"\d{1,4}(?:\.\d{1,4}){0,3}")


@dataclass(frozen=True, slots=True)
class PackFile:
    """One file of a pack."""

    path: str
    size: int
    """Bytes."""
    sha256: str
    title: str = ""
    """Title of the document, where the file does not say it well itself."""
    source: str = ""
    """Id of the source of the manifest that the document is."""


@dataclass(frozen=True, slots=True)
class Base:
    """An earlier version, of which a delta leaves out the files that did not change."""

    version: int
    digest: str
    """SHA-256 of its manifest."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a pack is."""

    id: str
    version: int
    """Rises with every edition."""
    label: str
    """The edition as people name it."""
    title: str
    publisher: str
    domain: str
    """Trust domain whose keys sign it."""
    language: str
    precedence: str
    """national, regional, who or textbook."""
    licence: str
    status: str
    """Review status, shown with every quote."""
    made: date
    expires: date
    """Last day on which it may be installed."""
    min_app: str
    """Lowest version of the program that can use it."""
    sources: tuple[Source, ...]
    files: tuple[PackFile, ...]
    previous: Base | None = None

    @property
    def total(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)

    def by_path(self) -> dict[str, PackFile]:
        """The files by their paths."""
        return {file.path: file for file in self.files}


def digest_of(data: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def write_manifest(manifest: Manifest) -> bytes:
    """The manifest as it is signed."""
    values = asdict(manifest)
    values |= {"made": manifest.made.isoformat(), "expires": manifest.expires.isoformat()}
    return dump({"format": FORMAT, **values})


def read_manifest(data: bytes) -> Manifest:
    """The manifest in a file.

    Raises:
        PackUnreadable: it is not one, or a value is not what it must be.
        ZipSlip, DuplicateEntry: names of files that are not safe.
        EndlessData: it lists more than a pack may hold.
    """
    manifest = read(data, "The list of contents of the pack", _manifest)
    check_files(manifest.files)
    return manifest


def check_files(files: tuple[PackFile, ...]) -> None:
    """Raise unless the names are safe and the sizes within the limits."""
    checked_names((*OWN, *(file.path for file in files)))
    large = [file for file in files if file.size > MAX_FILE]
    if large or len(files) > MAX_FILES or sum(file.size for file in files) > MAX_TOTAL:
        raise EndlessData(
            f"it wants more than {MAX_FILES} files, {MAX_FILE // 10**6} MB in one file"
            f" or {MAX_TOTAL // 10**6} MB in all."
        )


def _manifest(table: Table) -> Manifest:
    previous = table.table("previous")
    manifest = about(
        table,
        day(table, "made"),
        tuple(from_table(r, _file) for r in table.tables("files", "file")),
    )
    return replace(manifest, previous=from_table(previous, read_base) if previous else None)


def about(table: Table, made: date, files: tuple[PackFile, ...]) -> Manifest:
    """A manifest from a table, which may be that of a `pack.toml`, and what it does not hold."""
    precedence, min_app = table.word("precedence", PRECEDENCE), table.text("min_app")
    if not _APP.fullmatch(min_app):
        raise table.fault("min_app", "must be a version such as 0.1.0")
    manifest = Manifest(
        id=slug(table, "id"),
        version=whole(table, "version", 1),
        label=line(table, "label"),
        title=line(table, "title"),
        publisher=line(table, "publisher"),
        domain=slug(table, "domain"),
        language=line(table, "language"),
        precedence=precedence,
        licence=line(table, "licence"),
        status=line(table, "status"),
        made=made,
        expires=day(table, "expires"),
        min_app=min_app,
        sources=_sources(table),
        files=files,
    )
    if manifest.expires < made:
        raise table.fault("expires", "must not be before the day on which the pack was made")
    known = {source.id for source in manifest.sources}
    unknown = sorted({file.source for file in files} - known - {""})
    if unknown:
        raise PackUnreadable(f"The pack names a source that it does not list: {unknown[0]}.")
    return manifest


def _sources(table: Table) -> tuple[Source, ...]:
    found = tuple(from_table(row, _source) for row in table.tables("sources", "source"))
    if len({source.id for source in found}) != len(found):
        raise table.fault("sources", "has an id twice")
    return found


def slug(table: Table, key: str) -> str:
    """A name of small letters, figures and hyphens that no pack of the program has."""
    value = table.text(key)
    check_name(value)
    if not _SLUG.fullmatch(value) or len(value) > 64 or folded(value) in RESERVED:
        raise table.fault(key, "must be a new name of small letters, figures and hyphens")
    return value


def _source(table: Table) -> Source:
    return Source(
        id=line(table, "id"),
        title=line(table, "title"),
        publisher=line(table, "publisher"),
        year=whole(table, "year", 1500),
        section=line(table, "section", ""),
        url=line(table, "url", ""),
        edition=line(table, "edition", ""),
        licence=line(table, "licence", ""),
    )


def _file(table: Table) -> PackFile:
    return PackFile(
        path=table.text("path"),
        size=whole(table, "size"),
        sha256=hexadecimal(table, "sha256", 32),
        title=line(table, "title", ""),
        source=line(table, "source", ""),
    )


def read_base(table: Table) -> Base:
    """A version from a table."""
    return Base(whole(table, "version", 1), hexadecimal(table, "digest", 32))
