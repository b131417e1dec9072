"""The vectors of a library follow it, whatever happens to it and to the file beside it."""

import shutil

import numpy as np
import pytest
from conftest import KEY
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from kb import vector_file, vector_rows
from kb.embed import to_int8, unit
from kb.messages import OWN_PACK
from kb.store import Store
from kb.vector_file import NotTheseVectors, VectorFile
from kb.vector_index import Source, VectorIndex

ENCODER, PACK = "e", "protocols"
DIMENSIONS = 48
MAPPED_FROM = 40
QUERY = unit(np.random.default_rng(0).normal(size=(1, DIMENSIONS)).astype(np.float32))[0]


def add(store, pack, name, count, seed=0):
    """Put a document of `count` passages with vectors into a library."""
    document = {
        "id": f"{pack}/{name}", "pack": pack, "title": name, "digest": "d", "media_type": "m",
        "status": "s", "kind": "k", "language": "en", "details": "{}", "text": "t",
        "original": b"x", "added": "",
    }  # fmt: skip
    passages = [
        {
            "id": f"{pack}/{name}#{at}", "document": f"{pack}/{name}", "title": name,
            "aliases": "", "heading": "", "section": "[]", "page": None, "start": 0, "end": 1,
            "text": "t", "population": "[]", "setting": "[]", "digest": "",
        }
        for at in range(count)
    ]  # fmt: skip
    store.put_document(document, passages)
    rows = store.query("SELECT rowid AS n FROM passages WHERE document = ?", [f"{pack}/{name}"])
    rng = np.random.default_rng([seed, *name.encode()])
    codes, scales = to_int8(unit(rng.normal(size=(count, DIMENSIONS)).astype(np.float32)))
    numbers = [int(row["n"]) for row in rows]
    store.put_vectors(
        ENCODER,
        [(n, float(s), c.tobytes()) for n, s, c in zip(numbers, scales, codes, strict=True)],
    )
    return numbers


def index(store, mapped_from=MAPPED_FROM):
    return VectorIndex(Source(store, ENCODER, OWN_PACK, mapped_from))


def compared(store, k):
    """The nearest by comparing all that the library holds."""
    rows = store.query("SELECT passage, scale, vector FROM vectors WHERE encoder = ?", [ENCODER])
    scores = {
        row["passage"]: float(np.frombuffer(row["vector"], np.int8) @ QUERY) * row["scale"]
        for row in rows
    }
    return sorted(scores, key=lambda number: -scores[number])[:k]


def files(folder):
    return sorted(folder.glob(f"*{vector_file.SUFFIX}"))


@pytest.fixture
def library(tmp_path):
    store = Store(tmp_path / "library.db", KEY)
    yield store
    store.close()


def test_a_small_library_has_no_file(library, tmp_path):
    add(library, PACK, "a", MAPPED_FROM - 1)
    assert index(library).now().meaning(QUERY).nearest(5) == compared(library, 5)
    assert files(tmp_path) == []


def test_a_large_one_is_mapped_and_used_again(library, tmp_path):
    add(library, PACK, "a", MAPPED_FROM)
    first = index(library).now()
    assert first.meaning(QUERY).nearest(5) == compared(library, 5)
    [file] = files(tmp_path)
    before = file.stat()
    again = index(library).now()
    assert again.meaning(QUERY).nearest(5) == compared(library, 5)
    assert [type(layer.kept) for layer in again.layers] == [VectorFile]
    assert (file.stat().st_ino, file.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_the_file_holds_no_vector_of_the_clinics_own_documents(library, tmp_path):
    own = add(library, OWN_PACK, "patients", 2 * MAPPED_FROM)
    add(library, PACK, "a", MAPPED_FROM)
    now = index(library).now()
    assert now.meaning(QUERY).nearest(9) == compared(library, 9)
    [file] = files(tmp_path)
    assert file.stat().st_mode & 0o077 == 0
    assert not set(VectorFile(file).numbers.tolist()) & set(own)
    written = file.read_bytes()
    for part in vector_rows.all_vectors(library, ENCODER):
        for number, code in zip(part.numbers.tolist(), part.codes, strict=True):
            assert (code.tobytes() in written) is (number not in own)


def test_own_documents_alone_never_get_a_file(library, tmp_path):
    add(library, OWN_PACK, "patients", 3 * MAPPED_FROM)
    assert index(library).now().meaning(QUERY).nearest(9) == compared(library, 9)
    assert files(tmp_path) == []


def test_adding_and_removing_rewrites_nothing(library, tmp_path):
    add(library, PACK, "a", MAPPED_FROM)
    add(library, PACK, "b", 10)
    here = index(library)
    here.now()
    [file] = files(tmp_path)
    before = file.stat().st_mtime_ns
    add(library, OWN_PACK, "mine", 30)
    assert here.now().meaning(QUERY).nearest(9) == compared(library, 9)
    library.delete_document(f"{PACK}/b")
    assert here.now().meaning(QUERY).nearest(9) == compared(library, 9)
    add(library, PACK, "c", 12)  # takes the numbers that b had
    assert here.now().meaning(QUERY).nearest(9) == compared(library, 9)
    assert len(here.now()) == MAPPED_FROM + 30 + 12
    assert file.stat().st_mtime_ns == before
    assert index(library).now().meaning(QUERY).nearest(9) == compared(library, 9)


def test_another_program_is_followed(library, tmp_path):
    add(library, PACK, "a", MAPPED_FROM)
    here = index(library)
    here.now()
    other = Store(tmp_path / "library.db", KEY)
    add(other, PACK, "b", 2 * MAPPED_FROM)
    index(other).now()
    other.delete_document(f"{PACK}/a")
    other.close()
    assert here.now().meaning(QUERY).nearest(9) == compared(library, 9)
    assert len(files(tmp_path)) == 1


def test_an_older_copy_put_back_is_noticed(library, tmp_path):
    """The file tells of changes that the restored library never saw, under the same numbers."""
    add(library, PACK, "a", MAPPED_FROM)
    index(library).now()
    library.query("PRAGMA wal_checkpoint(TRUNCATE)")
    backup = tmp_path / "backup.db"
    shutil.copy(tmp_path / "library.db", backup)
    add(library, PACK, "b", 2 * MAPPED_FROM, seed=1)
    index(library).now()
    library.close()
    (tmp_path / "library.db-wal").unlink(missing_ok=True)
    shutil.move(backup, tmp_path / "library.db")
    restored = Store(tmp_path / "library.db", KEY)
    add(restored, PACK, "b", 2 * MAPPED_FROM, seed=2)
    assert index(restored).now().meaning(QUERY).nearest(9) == compared(restored, 9)
    restored.close()


@pytest.mark.parametrize("length", [0, 100, vector_file.HEADER, vector_file.HEADER + 500, -1])
def test_a_file_that_is_cut_off_is_made_anew(library, tmp_path, length):
    add(library, PACK, "a", MAPPED_FROM)
    here = index(library)
    here.now()
    [file] = files(tmp_path)
    whole = file.stat().st_size
    with file.open("r+b") as opened:
        opened.truncate(length % whole)
    with pytest.raises(NotTheseVectors):
        VectorFile(file)
    assert here.now().meaning(QUERY).nearest(9) == compared(library, 9)
    [file] = files(tmp_path)
    assert file.stat().st_size == whole
    assert index(library).now().meaning(QUERY).nearest(9) == compared(library, 9)


def test_a_changed_byte_is_found_and_mended(library, tmp_path):
    add(library, PACK, "a", MAPPED_FROM)
    here = index(library)
    here.now()
    assert not here.mended()
    [file] = files(tmp_path)
    with file.open("r+b") as opened:
        opened.seek(vector_file.HEADER + 7)
        byte = opened.read(1)
        opened.seek(vector_file.HEADER + 7)
        opened.write(bytes([byte[0] ^ 1]))
    assert here.mended()
    assert here.now().meaning(QUERY).nearest(9) == compared(library, 9)
    assert not here.mended()


def test_a_changed_header_is_refused(library, tmp_path):
    add(library, PACK, "a", MAPPED_FROM)
    index(library).now()
    [file] = files(tmp_path)
    data = file.read_bytes()
    file.write_bytes(data.replace(b'"rows": 40', b'"rows": 39', 1))
    with pytest.raises(NotTheseVectors, match="header"):
        VectorFile(file)
    file.write_bytes(b"something else" + data)
    with pytest.raises(NotTheseVectors, match="no file of vectors"):
        VectorFile(file)


def test_power_that_goes_while_the_file_is_written(library, tmp_path):
    """What was begun is passed over; another encoder's file and an old one are not taken."""
    add(library, PACK, "a", MAPPED_FROM)
    index(library).now()
    [file] = files(tmp_path)
    begun = tmp_path / f"library-x{vector_file.UNFINISHED}"
    begun.write_bytes(file.read_bytes()[:5000])
    assert index(library).now().meaning(QUERY).nearest(9) == compared(library, 9)
    other = VectorIndex(Source(library, "other", OWN_PACK, MAPPED_FROM))
    assert len(other.now()) == 0


def test_a_full_disk_leaves_the_vectors_in_memory(library, tmp_path, monkeypatch):
    add(library, PACK, "a", MAPPED_FROM)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(vector_file.os, "fsync", full)
    now = index(library).now()
    assert now.meaning(QUERY).nearest(9) == compared(library, 9)
    assert list(tmp_path.glob("library-*")) == []


def test_a_library_in_memory_has_no_file():
    store = Store(None, KEY)
    add(store, PACK, "a", MAPPED_FROM)
    assert index(store).now().meaning(QUERY).nearest(9) == compared(store, 9)
    store.close()


class Following(RuleBasedStateMachine):
    """Documents come and go, files are lost, programs start anew; search is always right."""

    names = st.sampled_from("abcdef")
    packs = st.sampled_from([OWN_PACK, PACK])

    @initialize()
    def open(self):
        import tempfile
        from pathlib import Path

        self.folder = tempfile.TemporaryDirectory()
        self.home = Path(self.folder.name)
        self.store = Store(self.home / "library.db", KEY)
        self.index = index(self.store)
        self.seed = 0

    @rule(pack=packs, name=names, count=st.integers(1, 60))
    def add(self, pack, name, count):
        self.seed += 1
        add(self.store, pack, name, count, self.seed)

    @rule(pack=packs, name=names)
    def remove(self, pack, name):
        self.store.delete_document(f"{pack}/{name}")

    @rule()
    def start_anew(self):
        self.index = index(self.store)

    @rule()
    def lose_the_file(self):
        for file in files(self.home):
            file.unlink()

    @rule()
    def cut_the_file(self):
        for file in files(self.home):
            with file.open("r+b") as opened:
                opened.truncate(5000)

    @invariant()
    def search_is_right(self):
        now = self.index.now()
        held = vector_rows.count(self.store, ENCODER)
        assert len(now) == held
        assert now.meaning(QUERY).nearest(7) == compared(self.store, 7)
        own = vector_rows.outside(self.store, ENCODER, PACK)
        codes = [code.tobytes() for part in own for code in part.codes]
        for file in files(self.home):
            written = file.read_bytes()
            assert not any(code in written for code in codes)

    def teardown(self):
        self.store.close()
        self.folder.cleanup()


TestFollowing = Following.TestCase
TestFollowing.settings = settings(max_examples=15, stateful_step_count=15, deadline=None)
