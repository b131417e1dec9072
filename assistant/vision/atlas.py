"""The atlas: pictures with a known label, kept with consent, among which similar ones are found.

It lies in an encrypted file of its own, beside the library, and uses the library's way to keep and
search vectors. Vectors are kept apart by encoder. Each entry holds a small copy of the picture
without anything that the camera wrote into it.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.vision.encoder_errors import ConsentMissing, UnknownPicture
from kb.embed import to_int8
from kb.rows import Row
from kb.store import Store, document_time
from kb.vector_index import Source, VectorIndex

PACK = "atlas"
NEVER_MAPPED = 1 << 62
"""Vectors of pictures of patients never lie in the open, however many there are."""
LONGEST = 300
"""Characters of a label, a source or a note on consent."""
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of a picture of the atlas."""

    id: str
    """SHA-256 of the picture file, hexadecimal."""
    label: str
    source: str
    """Where the picture comes from, such as a clinic or a published set with its licence."""
    consent: str
    """How consent was given and where that is recorded, or the licence that allows the use."""
    added: str = ""
    """Time of adding, UTC."""


@dataclass(frozen=True, slots=True)
class Near:
    """A picture of the atlas that is similar."""

    entry: Entry
    cosine: float


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture to be added."""

    entry: Entry
    small: bytes
    """A small PNG copy, to show."""
    vector: Floats


class Atlas:
    """The pictures of one encrypted file, for one encoder. Safe to share between threads."""

    def __init__(self, store: Store, encoder: str) -> None:
        """Take the file and the name of the encoder."""
        self._store, self._encoder = store, encoder
        self._index = VectorIndex(Source(store, encoder, PACK, NEVER_MAPPED))

    def add(self, pictures: Sequence[Picture]) -> None:
        """Keep pictures; one that is there already gets its new label, source and vector.

        Raises:
            ConsentMissing: consent, source or label of one is not recorded; then none is added.
        """
        for picture in pictures:
            check(picture.entry)
        for picture in pictures:
            self._put(picture)

    def remove(self, identity: str) -> Entry:
        """Take a picture out, by its id or the beginning of it.

        Raises:
            UnknownPicture: there is none, or there are several.
        """
        entry = self.find(identity)
        self._store.delete_document(entry.id)
        return entry

    def entries(self) -> list[Entry]:
        """All pictures, by label and then by time."""
        rows = self._store.query(
            "SELECT id, title, details, added FROM documents ORDER BY title, added, id"
        )
        return [_entry(row) for row in rows]

    def find(self, identity: str) -> Entry:
        """The picture of an id or of its beginning.

        Raises:
            UnknownPicture: there is none, or there are several.
        """
        near = [one for one in self.entries() if one.id.startswith(identity.casefold())]
        if len(near) == 1 and identity:
            return near[0]
        several = "Several pictures begin so. Give more of the id." if near and identity else ""
        raise UnknownPicture(
            several
            or f"The atlas has no picture “{identity}”. `aidpost image atlas list` shows all."
        )

    def small(self, identity: str) -> bytes:
        """The small PNG copy of a picture.

        Raises:
            UnknownPicture: there is none.
        """
        entry = self.find(identity)
        rows = self._store.query("SELECT original FROM documents WHERE id = ?", [entry.id])
        return bytes(rows[0]["original"])

    def search(self, vector: Floats, k: int = 5) -> list[Near]:
        """The pictures most similar to one, by its vector, best first."""
        meaning = self._index.now().meaning(vector.astype(np.float32))
        numbers = meaning.nearest(k)
        if not numbers:
            return []
        cosines = meaning.cosines(numbers)
        marks = ", ".join("?" * len(numbers))
        rows = self._store.query(
            "SELECT p.rowid AS number, d.id, d.title, d.details, d.added FROM passages p"  # noqa: S608 - marks only
            f" JOIN documents d ON d.id = p.document WHERE p.rowid IN ({marks})",
            numbers,
        )
        known = {int(row["number"]): _entry(row) for row in rows}
        pairs = zip(numbers, cosines, strict=True)
        return [Near(known[number], float(cosine)) for number, cosine in pairs if number in known]

    def __len__(self) -> int:
        """Pictures that can be found with this encoder."""
        return len(self._index.now())

    def _put(self, picture: Picture) -> None:
        entry = picture.entry
        with self._store.writing() as db:
            time = document_time(db)
        kept = json.dumps({"source": entry.source, "consent": entry.consent}, ensure_ascii=False)
        document: Row = {
            "id": entry.id, "pack": PACK, "title": entry.label, "digest": entry.id,
            "media_type": "image/png", "status": "consented", "kind": "picture", "language": "",
            "details": kept, "text": entry.label, "original": picture.small, "added": time,
        }  # fmt: skip
        passage: Row = {
            "id": f"{PACK}:{entry.id}", "document": entry.id, "title": entry.label,
            "aliases": "", "heading": "", "section": "", "page": 1, "start": 0,
            "end": len(entry.label), "text": entry.label, "population": "", "setting": "",
            "digest": entry.id,
        }  # fmt: skip
        self._store.put_document(document, [passage])
        found = self._store.query("SELECT rowid AS n FROM passages WHERE document = ?", [entry.id])
        codes, scales = to_int8(picture.vector[None])
        row = (int(found[0]["n"]), float(scales[0]), codes[0].tobytes())
        self._store.put_vectors(self._encoder, [row])


def check(entry: Entry) -> None:
    """Refuse an entry without consent, source or label.

    Raises:
        ConsentMissing: one of them is empty or too long.
    """
    for name, value in asdict(entry).items():
        if name in {"label", "source", "consent"} and not 0 < len(value.strip()) <= LONGEST:
            raise ConsentMissing(
                f"A picture goes into the atlas only with its {name} (1 to {LONGEST} characters)."
                " Record how the patient, or who speaks for the patient, agreed, and where that is"
                " written down; for a published picture, its licence."
            )


def identity_of(data: bytes) -> str:
    """The id of a picture file."""
    return hashlib.sha256(data).hexdigest()


def _entry(row: Row) -> Entry:
    details = json.loads(str(row["details"]))
    return Entry(
        str(row["id"]), str(row["title"]), str(details["source"]), str(details["consent"]),
        str(row["added"]),
    )  # fmt: skip
