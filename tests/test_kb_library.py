"""Adding, reading, quoting and removing documents."""

import pytest

from kb.errors import LibraryDamaged, LibraryError, UnknownDocument

NOTE = b"# Fever\n\nKarvath fever is treated with rest. It lasts three days.\n\n# Cough\n\nDrink water."


def test_starter_pack_is_indexed_once(library):
    calls = []
    assert library.install_pack("starter", "v1", lambda: calls.append(1) or []) is False
    assert calls == []
    assert library.versions() == {"starter": "v1"}
    assert library.install_pack("starter", "v2", list) is True
    assert library.documents() == []


def test_added_file_is_found_and_cites_its_place(library, tmp_path):
    path = tmp_path / "karvath note.txt"
    path.write_bytes(NOTE)
    document = library.add(path)
    assert document.pack == "local"
    assert document.file_name == "karvath note.txt"
    hit = library.search("karvath fever", 1)[0]
    assert hit.passage.document == document.id
    assert hit.passage.section == ("Fever",)
    text = library.text(document.id)
    assert text[hit.passage.start : hit.passage.end] == hit.passage.text
    assert library.original(document.id) == NOTE


def test_same_file_twice_is_one_document(library):
    first = library.add_bytes(NOTE, "note.txt")
    assert library.add_bytes(NOTE, "note.txt").id == first.id
    assert library.add_bytes(NOTE + b" More.", "note.txt").id != first.id


def test_path_in_a_name_is_no_path(library):
    document = library.add_bytes(NOTE, "../../etc/../note.txt")
    assert document.file_name == "note.txt"
    assert library.add_bytes(NOTE + b"!", "C:\\temp\\other.txt").file_name == "other.txt"


def test_built_in_cards_stay(library):
    with pytest.raises(LibraryError, match="built-in"):
        library.remove("starter/ors-plan-b")
    document = library.add_bytes(NOTE, "note.txt")
    library.remove(document.id)
    assert not [hit for hit in library.search("karvath", 5) if hit.passage.pack == "local"]
    with pytest.raises(UnknownDocument, match="nothing called"):
        library.document(document.id)


def test_changed_passage_is_never_quoted(library, store):
    passage = library.passages("starter/hypertension")[0]
    with store.writing() as db:
        db.execute("UPDATE passages SET text = 'Give 50 mg' WHERE id = ?", [passage.id])
    with pytest.raises(LibraryDamaged, match="not quoted"):
        library.passage(passage.id)
    with pytest.raises(LibraryDamaged):
        library.passages("starter/hypertension")
    assert [problem.where for problem in library.verify()] == ["starter/hypertension"]


def test_changed_original_is_noticed(library, store):
    document = library.add_bytes(NOTE, "note.txt")
    assert library.verify() == []
    with store.writing() as db:
        db.execute("UPDATE documents SET original = x'00' WHERE id = ?", [document.id])
    with pytest.raises(LibraryDamaged):
        library.original(document.id)
    assert [problem.where for problem in library.verify()] == [document.id]


def test_missing_and_oversized_files(library, tmp_path):
    with pytest.raises(UnknownDocument, match=r"no file gone\.txt"):
        library.add(tmp_path / "gone.txt")
    big = tmp_path / "big.txt"
    with big.open("wb") as file:
        file.truncate(51 * 1024 * 1024)
    with pytest.raises(LibraryError, match="larger than 50 MB"):
        library.add(big)


def test_card_keeps_its_front_matter(library):
    document = library.document("starter/ors-plan-b")
    assert document.aliases == ("runny tummy", "gastro")
    assert document.sources[0].publisher == "Publisher"
    assert document.population == ("child_2_59m", "child_5_9y")
