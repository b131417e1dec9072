"""The vectors of a library as they are now: in memory while few, mapped when many.

The truth is the encrypted library. A mapped file lies in the open, and from a vector the words it
was made of can be guessed back in part (Morris et al., Text Embeddings Reveal (Almost) As Much As
Text, EMNLP 2023). So the file holds the vectors of packs alone, whose text is published; those of
the clinic's own documents leave the library only into memory. What changed since the file was
written is read from the library: adding or removing a document rewrites nothing.
"""

import threading
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kb import vector_rows
from kb.errors import LibraryError
from kb.signs import Places
from kb.store_interface import LibraryStore
from kb.vector_file import (
    Change,
    Header,
    NotTheseVectors,
    Part,
    VectorFile,
    newest,
    remove_others,
    write,
)
from kb.vectors import Layers, Valid, Vectors

MAPPED_FROM = 50_000
"""So many vectors of packs that are not in the file, and it is written anew."""
Numbers = NDArray[np.int64]
NO_NUMBERS: Numbers = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Source:
    """Where vectors come from."""

    store: LibraryStore
    encoder: str
    own_pack: str
    """The pack whose vectors must not lie in the open."""
    mapped_from: int = MAPPED_FROM


@dataclass(frozen=True)
class State:
    """The vectors after a change of the library."""

    held: Vectors
    file: VectorFile | None = None
    gone: Places = field(default_factory=lambda: NO_NUMBERS)
    """Places in the file that hold no longer."""

    @property
    def layers(self) -> Layers:
        """What is searched."""
        file = () if self.file is None else (Valid(self.file, self.gone),)
        return Layers(tuple(layer for layer in (Valid(self.held), *file) if len(layer)))

    def sound(self) -> bool:
        """Whether all of it can be read."""
        return self.file is None or self.file.whole()

    def after(self, changed: Numbers, fresh: Iterable[Part]) -> "State":
        """The vectors once some passages changed, of which `fresh` still have one."""
        stay = ~np.isin(self.held.numbers, changed)
        held = Part(self.held.numbers[stay], self.held.codes[stay], self.held.scales[stay])
        places = Valid(self.file).find(changed)[1] if self.file else NO_NUMBERS
        return State(together((held, *fresh)), self.file, np.union1d(self.gone, places))


class VectorIndex:
    """Follows the vectors of one library and encoder; safe to share between threads."""

    def __init__(self, source: Source) -> None:
        """Take where they come from; nothing is read yet."""
        self._source = source
        self._lock = threading.Lock()
        self._seen: Change | None = None
        self._state = State(together(()))
        self._layers = self._state.layers

    def now(self) -> Layers:
        """The vectors after all changes, whoever made them; what was read before is kept."""
        with self._lock:
            last = vector_rows.last_change(self._source.store)
            if last != self._seen or not self._state.sound():
                self._state = self._followed()
                self._layers = self._state.layers
                self._seen = last
            return self._layers

    def mended(self) -> bool:
        """Whether the file did not match its digest; it is removed and made anew when needed."""
        with self._lock:
            self._state = opened(self._source)
            self._layers, self._seen = self._state.layers, None
            file = self._state.file
            if file is None or file.sound():
                return False
            self._state = State(together(()))
            file.path.unlink(missing_ok=True)
            return True

    def _followed(self) -> State:
        source, seen = self._source, self._seen
        if seen is None or not self._state.sound():
            return opened(source)
        changed = vector_rows.changed(source.store, seen)
        if changed is None or len(changed) >= source.mapped_from:
            return opened(source)
        fresh = vector_rows.changed_vectors(source.store, source.encoder, seen)
        state = self._state.after(changed, fresh)
        return opened(source) if outgrown(source, state) else state


def opened(source: Source) -> State:
    """The vectors of a library that was just opened; a large one gets its file here."""
    home = source.store.path
    if home is not None:
        file = newest(home, source.encoder)
        state = with_file(source, file) if file else None
        if state is not None and not outgrown(source, state):
            return state
        if many(source):
            file = written(source, home)
            state = with_file(source, file) if file else None
            if state is not None:
                return state
    return State(together(vector_rows.all_vectors(source.store, source.encoder)))


def with_file(source: Source, file: VectorFile) -> State | None:
    """The vectors by a file and what changed since; None where that is not known any more."""
    changed = vector_rows.changed(source.store, file.change)
    if changed is None:
        return None
    loose = vector_rows.of_pack_or_changed(
        source.store, source.encoder, source.own_pack, file.change
    )
    places = Valid(file).find(changed)[1]
    return State(together(loose), file, places)


def outgrown(source: Source, state: State) -> bool:
    """Whether so much changed since the file was written that it is better written anew."""
    if state.file is not None and len(state.gone) >= max(source.mapped_from, len(state.file) // 2):
        return True
    if source.store.path is None or len(state.held) < source.mapped_from:
        return False
    own = vector_rows.count_of(source.store, source.own_pack)
    return len(state.held) - own >= source.mapped_from


def many(source: Source) -> bool:
    """Whether the packs hold so many vectors that they are better mapped."""
    total = vector_rows.count(source.store, source.encoder)
    if total < source.mapped_from:
        return False
    return total - vector_rows.count_of(source.store, source.own_pack) >= source.mapped_from


def written(source: Source, library: Path) -> VectorFile | None:
    """The vectors of all packs in a new file; None where the disk is full or write-protected."""
    store, encoder = source.store, source.encoder
    change = vector_rows.last_change(store)
    wide = vector_rows.dimensions(store, encoder)
    parts = vector_rows.outside(store, encoder, source.own_pack)
    try:
        path = write(library, Header(encoder, wide, 0, change.number, change.mark, ""), parts)
        file = VectorFile(path)
    except (OSError, NotTheseVectors):
        return None
    remove_others(library, path)
    with suppress(LibraryError):  # a log that is longer than it must be does no harm
        vector_rows.trim(store, change)
    return file


def together(parts: Iterable[Part]) -> Vectors:
    """Vectors of several parts in memory, by ascending number."""
    some = [part for part in parts if len(part.numbers)]
    if not some:
        nothing = np.zeros(0, dtype=np.float32)
        return Vectors(NO_NUMBERS, np.zeros((0, 0), dtype=np.int8), nothing)
    numbers = np.concatenate([part.numbers for part in some])
    codes = np.concatenate([part.codes for part in some])
    scales = np.concatenate([part.scales for part in some])
    order = np.argsort(numbers, kind="stable")
    if np.array_equal(order, np.arange(len(order))):
        return Vectors(numbers, codes, scales)
    return Vectors(numbers[order], codes[order], scales[order])
