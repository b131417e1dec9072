"""Search: words, meaning, fusion, population and probability."""

import numpy as np
import pytest
from conftest import KEY, ORS_CARD, PRESSURE_CARD, card, plain_text

from kb.embed import HashingEmbedder, similarities, to_int8, unit
from kb.library import Library
from kb.messages import SearchFilter
from kb.rank import suits
from kb.store import Store


@pytest.fixture
def dense_library():
    store = Store(None, KEY)
    opened = Library(store, plain_text, HashingEmbedder())
    cards = [
        card("ors-plan-b", "ORS plan B", ORS_CARD),
        card("pressure", "Pressure", PRESSURE_CARD),
    ]
    opened.install_pack("starter", "v1", lambda: cards)
    yield opened
    opened.close()


def test_words_find_the_document(library):
    ranking = library.rank("zinc for diarrhoea")
    assert ranking.documents[0].document == "starter/ors-plan-b"
    assert ranking.documents[0].coverage == 1.0
    assert ranking.hits(1)[0].passage.section == ("Medicines",)


def test_aliases_find_the_document(library):
    assert library.search("runny tummy", 1)[0].passage.document == "starter/ors-plan-b"


def test_other_population_ranks_lower_and_says_so(library):
    adult = library.rank("dehydration", SearchFilter(population=("adult",))).documents[0]
    child = library.rank("dehydration", SearchFilter(population=("child_2_59m",))).documents[0]
    assert not adult.fits
    assert child.fits
    assert adult.score < child.score


def test_what_is_not_there_is_improbable(library):
    nothing = library.rank("zelmoraxin for karvath fever")
    something = library.rank("zinc for diarrhoea in a child")
    assert nothing.probability < 0.2 < something.probability
    assert library.rank("").documents == ()


def test_suits():
    assert suits((), ("adult",))
    assert suits(("adult",), ())
    assert not suits(("adult",), ("child_2_59m",))


def test_int8_keeps_the_cosine():
    vectors = unit(np.random.default_rng(1).normal(size=(50, 384)).astype(np.float32))
    codes, scales = to_int8(vectors)
    exact = vectors @ vectors[0]
    assert codes.dtype == np.int8
    assert np.abs(similarities(vectors[0], codes, scales) - exact).max() < 0.01


def test_hashing_embedder_is_deterministic_and_of_length_one():
    embedder = HashingEmbedder()
    first, second = embedder.embed_batch(["zinc tablets"]), embedder.embed_batch(["zinc tablets"])
    assert np.array_equal(first, second)
    assert np.isclose(np.linalg.norm(first[0]), 1.0)
    assert not embedder.embed_batch([""]).any()


def test_meaning_finds_what_words_miss(dense_library, library):
    assert library.search("diarrhoeal", 5) == library.search("diarrhoeal", 5)
    found = dense_library.search("loperamides", 3)
    assert any("loperamide" in hit.passage.text for hit in found)


def test_vectors_follow_the_documents(dense_library):
    before = dense_library._store.query("SELECT count(*) AS n FROM vectors")[0]["n"]
    document = dense_library.add_bytes(b"# Karvath\n\nKarvath fever needs rest.", "note.txt")
    after = dense_library._store.query("SELECT count(*) AS n FROM vectors")[0]["n"]
    assert after == before + len(dense_library.passages(document.id))
    dense_library.remove(document.id)
    assert dense_library._store.query("SELECT count(*) AS n FROM vectors")[0]["n"] == before
    assert dense_library.reindex() == before
