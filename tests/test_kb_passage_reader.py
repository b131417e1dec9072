"""Passages that are remembered: always those that the library holds now, and never too many."""

import pytest
from conftest import KEY

from kb import name_stems
from kb.name_stems import NameStems
from kb.passage_reader import PassageReader
from kb.store import Store
from kb.text import Stemmer


def contents(document, texts, aliases=""):
    """Rows of a document with one passage for each text."""
    columns = "digest media_type status kind language added".split()
    row = {"id": document, "pack": "local", "title": document, "details": "{}", "text": "all"}
    row |= dict.fromkeys(columns, "x") | {"original": b"x"}
    passages = [
        {
            "id": f"{document}#{place}",
            "document": document,
            "title": document,
            "aliases": aliases,
            "heading": "",
            "section": '["Signs"]',
            "page": None,
            "start": 0,
            "end": len(text),
            "text": text,
            "population": "[]",
            "setting": "[]",
            "digest": "",
        }
        for place, text in enumerate(texts)
    ]
    return row, passages


class Counting(Store):
    """A library that counts the passages that were read from it."""

    def __init__(self, path=None):
        super().__init__(path, KEY)
        self.rows = 0

    def query(self, sql, parameters=()):
        found = super().query(sql, parameters)
        self.rows += len(found) if "p.aliases" in sql else 0
        return found


class Silent(Counting):
    """A library that does not tell whether it changed."""

    def version(self):
        return None


def texts(reader, *numbers):
    return {number: one.passage.text for number, one in reader.of(numbers).items()}


@pytest.fixture
def counting():
    store = Counting()
    yield store
    store.close()


def test_passages_come_by_ascending_number_and_are_read_once(counting):
    counting.put_document(*contents("local/a", ["zinc", "copper", "iron"], "tin\nlead"))
    reader = PassageReader(counting)
    found = reader.of([3, 99, 1])
    assert list(found) == [1, 3]
    assert [one.passage.text for one in found.values()] == ["zinc", "iron"]
    assert found[1].passage.section == ("Signs",)
    assert found[1].aliases == "tin\nlead"
    assert list(reader.of([2, 3, 1])) == [1, 2, 3]
    assert counting.rows == 3


def test_what_this_program_writes_is_seen_at_once(counting):
    counting.put_document(*contents("local/a", ["zinc"]))
    reader = PassageReader(counting)
    assert texts(reader, 1) == {1: "zinc"}
    counting.put_document(*contents("local/a", ["copper"]))
    assert texts(reader, 1) == {1: "copper"}
    counting.delete_document("local/a")
    assert texts(reader, 1) == {}


def test_what_another_program_writes_is_seen_at_once(tmp_path):
    here, there = Counting(tmp_path / "library.db"), Store(tmp_path / "library.db", KEY)
    there.put_document(*contents("local/a", ["zinc"]))
    reader = PassageReader(here)
    assert texts(reader, 1) == texts(reader, 1) == {1: "zinc"}
    assert here.rows == 1
    there.put_document(*contents("local/a", ["copper"], "brass"))
    assert texts(reader, 1) == {1: "copper"}
    assert reader.of([1])[1].aliases == "brass"
    there.delete_document("local/a")
    assert texts(reader, 1) == {}
    here.close()
    there.close()


def test_a_write_that_is_taken_back_changes_nothing(counting):
    counting.put_document(*contents("local/a", ["zinc"]))
    reader = PassageReader(counting)
    with pytest.raises(ZeroDivisionError), counting.writing() as db:
        db.execute("UPDATE passages SET text = 'copper'")
        raise ZeroDivisionError
    assert texts(reader, 1) == {1: "zinc"}


def test_no_more_is_remembered_than_allowed(counting):
    counting.put_document(*contents("local/a", [f"text {n}" for n in range(40)]))
    reader = PassageReader(counting, kept=10)
    assert len(reader.of(range(1, 41))) == 40
    counting.rows = 0
    assert len(reader.of(range(31, 41))) == 10
    assert counting.rows == 0
    assert len(reader.of(range(1, 31))) == 30
    assert counting.rows == 30


def test_a_library_that_does_not_tell_of_changes_is_read_each_time():
    store = Silent()
    store.put_document(*contents("local/a", ["zinc"]))
    reader = PassageReader(store)
    assert texts(reader, 1) == texts(reader, 1) == {1: "zinc"}
    assert store.rows == 2
    store.close()


def test_names_are_cut_each_for_itself_without_glue():
    names = NameStems(Stemmer())
    cut = names.of("Burns of the hand", "scalds\nhot water on a child")
    assert cut == (
        frozenset({"burn", "hand"}),
        frozenset({"scald"}),
        frozenset({"hot", "water", "on", "child"}),
    )
    assert names.of("Burns of the hand", "scalds\nhot water on a child") is cut


def test_names_of_few_documents_are_remembered(monkeypatch):
    monkeypatch.setattr(name_stems, "KEPT", 2)
    names = NameStems(Stemmer())
    first = names.of("Fever", "")
    names.of("Cough", "")
    assert names.of("Fever", "") is first
    names.of("Rash", "")
    assert names.of("Fever", "") == first
    assert names.of("Fever", "") is not first
