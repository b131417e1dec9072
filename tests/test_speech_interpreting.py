"""The door to translation over a real model, and what is doubtful about a translation."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from makers_marian import BLANK, make_translator, sentence_pieces

from speech.errors import TranslatorDamaged
from speech.interpreting.marian import NEEDED, Marian, _tokenizer, languages_of
from speech.interpreting.sentence_pieces import BadPieces, read_pieces
from speech.interpreting.turn import EMPTY, MACHINE, interpret


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return make_translator(tmp_path_factory.mktemp("m") / "opus-mt-en-fr", "donnez 5 mg maintenant")


def test_a_sentence_goes_through_the_model_and_both_texts_stay(model):
    turn = interpret("give the child 5 mg", Marian(model))
    assert turn.said == "give the child 5 mg"
    assert turn.translated == "donnez 5 mg maintenant"
    assert (turn.source, turn.target) == ("en", "fr")
    assert turn.warnings == (MACHINE,)


def test_figures_that_differ_are_told(model):
    warnings = interpret("give 15 mg", Marian(model)).warnings
    assert any("15" in text and "5" in text for text in warnings)
    assert len(interpret("give the child water", Marian(model)).warnings) == 2


class Echo:
    source, target = "en", "ar"

    def __init__(self, says):
        self.says = says

    def translate(self, _):
        return self.says


@pytest.mark.parametrize(
    ("said", "told", "same"),
    [("1.5 mg", "1,5 mg", True), ("5 mg", "٥ ملغ", True), ("5 mg", "५ मिलीग्राम", True),
     ("5 mg", "50 mg", False), ("5 mg", "mg", False), ("no", "5", False)],
)  # fmt: skip
def test_figures_are_compared_in_every_script(said, told, same):
    assert (len(interpret(said, Echo(told)).warnings) == 1) == same


def test_no_translation_is_told(model):
    assert interpret("give", Echo("  ")).warnings == (EMPTY,)
    assert Marian(model).translate("   ") == ""


def test_a_sentence_is_cut_into_the_pieces_of_the_file(model):
    tokens = _tokenizer(model / "source.spm").encode("give  water", add_special_tokens=False).tokens
    assert tokens == [f"{BLANK}give", f"{BLANK}water"]


@pytest.mark.parametrize("name", NEEDED)
def test_a_file_that_is_missing_or_damaged_is_named(tmp_path, name):
    folder = make_translator(tmp_path / "opus-mt-en-sw", "leo")
    (folder / name).write_bytes(b"\xff\xff\xff")
    if name != "target.spm":  # what comes out is put together without it
        with pytest.raises(TranslatorDamaged, match="damaged"):
            Marian(folder)
    (folder / name).unlink()
    with pytest.raises(TranslatorDamaged, match=name):
        Marian(folder)


@pytest.mark.parametrize(
    ("name", "languages"), [("opus-mt-en-fr", ("en", "fr")), ("sw_en", ("sw", "en"))]
)
def test_the_name_of_the_folder_tells_the_languages(tmp_path, name, languages):
    assert languages_of(tmp_path / name) == languages


@pytest.mark.parametrize("name", ["model", "opus-en", "en-fra"])
def test_a_name_without_languages_is_told(tmp_path, name):
    with pytest.raises(TranslatorDamaged, match="both languages"):
        languages_of(tmp_path / name)


@given(st.binary(max_size=200))
def test_any_bytes_are_pieces_or_are_refused(data):
    try:
        found = read_pieces(data)
    except BadPieces:
        return
    assert found.scored


@given(st.integers(0, 60))
def test_a_file_that_is_cut_off_is_refused_or_shorter(size):
    whole = sentence_pieces([f"{BLANK}a", f"{BLANK}b"])
    try:
        found = read_pieces(whole[:size])
    except BadPieces:
        return
    assert len(found.scored) <= len(read_pieces(whole).scored)
