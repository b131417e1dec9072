"""The atlas: consent first, similar pictures found, removed ones gone for good."""

import time
from dataclasses import replace

import numpy as np
import pytest

from assistant.vision.atlas import Atlas, Entry, Picture, identity_of
from assistant.vision.encoder_errors import ConsentMissing, UnknownPicture
from kb.embed import to_int8
from kb.store import Store
from kb.vector_file import Part
from kb.vector_index import together

ENTRY = Entry("", "ringworm", "this clinic", "agreed on paper, folder 3")


def vectors(count: int, wide: int = 64, seed: int = 0) -> np.ndarray:
    found = np.random.default_rng(seed).normal(size=(count, wide)).astype(np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def picture(number: int, vector: np.ndarray, **more: str) -> Picture:
    return Picture(replace(ENTRY, id=identity_of(bytes([number])), **more), b"png", vector)


@pytest.mark.parametrize("name", ["label", "source", "consent"])
@pytest.mark.parametrize("value", ["", "   ", "x" * 301])
def test_nothing_goes_in_without_consent_source_and_label(store, name: str, value: str):
    atlas, rows = Atlas(store, "e"), vectors(2)
    with pytest.raises(ConsentMissing, match=name):
        atlas.add([picture(1, rows[0]), picture(2, rows[1], **{name: value})])
    assert atlas.entries() == []


def test_the_nearest_come_first_with_their_labels(store):
    atlas, rows = Atlas(store, "e"), vectors(20)
    atlas.add([picture(n, row, label=f"label {n}") for n, row in enumerate(rows)])
    asked = rows[7] + 0.1 * rows[3]
    found = atlas.search(asked / np.linalg.norm(asked), 3)
    assert [one.entry.label for one in found][:1] == ["label 7"]
    assert found[0].cosine == pytest.approx(0.99, abs=0.02)
    assert [one.cosine for one in found] == sorted((one.cosine for one in found), reverse=True)


def test_what_is_removed_is_not_found_again(store):
    atlas, rows = Atlas(store, "e"), vectors(3)
    atlas.add([picture(n, row) for n, row in enumerate(rows)])
    gone = atlas.remove(identity_of(b"\1")[:10])
    assert gone.id == identity_of(b"\1")
    assert len(atlas) == 2
    assert gone.id not in {one.entry.id for one in atlas.search(rows[1], 3)}
    with pytest.raises(UnknownPicture):
        atlas.small(gone.id)


def test_an_unknown_or_doubtful_id_is_a_plain_message(store):
    atlas = Atlas(store, "e")
    atlas.add([picture(n, row) for n, row in enumerate(vectors(40))])
    with pytest.raises(UnknownPicture, match="no picture"):
        atlas.remove("zz")
    with pytest.raises(UnknownPicture, match="no picture"):
        atlas.remove("")
    first = sorted(one.id[0] for one in atlas.entries())
    twice = next(letter for letter in first if first.count(letter) > 1)
    with pytest.raises(UnknownPicture, match="Several"):
        atlas.remove(twice)


def test_vectors_of_two_encoders_never_meet(store):
    rows = vectors(4)
    Atlas(store, "one").add([picture(1, rows[0])])
    other = Atlas(store, "two")
    assert other.search(rows[0], 5) == []
    other.add([picture(2, rows[1])])
    assert len(other.search(rows[0], 5)) == 1


def test_the_same_file_twice_is_one_picture_with_the_new_label(store):
    atlas, rows = Atlas(store, "e"), vectors(2)
    atlas.add([picture(1, rows[0], label="first")])
    atlas.add([picture(1, rows[1], label="second")])
    assert [one.label for one in atlas.entries()] == ["second"]
    assert atlas.search(rows[1], 1)[0].cosine == pytest.approx(1.0, abs=0.01)


def test_the_file_on_disk_tells_nothing(tmp_path):
    path = tmp_path / "atlas.db"
    store = Store(path, bytes(range(32)))
    Atlas(store, "e").add([picture(n, row, label="LEPROSY") for n, row in enumerate(vectors(5))])
    store.close()
    files = b"".join(one.read_bytes() for one in tmp_path.iterdir())
    assert b"LEPROSY" not in files
    assert b"folder 3" not in files
    assert [one for one in tmp_path.iterdir() if one.suffix == ".vectors"] == []


def test_a_hundred_thousand_pictures_are_searched_by_the_same_index():
    """Exact answers at this size; how long it takes is told by `docs/images.md`."""
    rows = vectors(100_000, 512)
    codes, scales = to_int8(rows)
    held = together([Part(np.arange(1, 100_001), codes, scales)])
    held.meaning(rows[0]).nearest(5)
    begun = time.perf_counter()
    found = [held.meaning(rows[place]).nearest(5)[0] for place in (5, 777, 99_999)]
    assert found == [6, 778, 100_000]
    assert time.perf_counter() - begun < 30
