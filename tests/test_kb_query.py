"""Query clean-up: abbreviations, lay words, brands, spelling against the library's own words."""

from dataclasses import dataclass

import pytest

from kb.query import MAX_TERMS, QueryReader, load_words
from kb.text import Stemmer, clean

STEMMER = Stemmer()
TEXT = (
    "diarrhoea dehydration paracetamol artemether lumefantrine haemoglobin pneumonia amoxicillin"
    " convulsions seizure blood pressure plan b treatment pregnancy postpartum haemorrhage"
    " oral rehydration salts magnesium adrenaline salbutamol breathless fever"
)


@dataclass(frozen=True)
class Words:
    """A vocabulary of stems that each stand in a name and in two passages of a hundred."""

    stems: frozenset
    total: int = 100

    def passages(self, stem):
        return 2 if stem in self.stems else 0

    def names(self, stem):
        return stem in self.stems

    def spelled(self, first):
        return sorted(stem for stem in self.stems if stem.startswith(first))


@pytest.fixture(scope="module")
def reader():
    return QueryReader(load_words(), Words(frozenset(STEMMER.stems(TEXT))), STEMMER)


def typed(query):
    return [term.typed for term in query.terms]


@pytest.mark.parametrize(
    ("text", "stem"),
    [
        ("BP", "pressur"),
        ("PPH", "postpartum"),
        ("runny tummy", "diarrhoea"),
        ("coartem", "artemeth"),
        ("panadol", "paracetamol"),
        ("epinephrine", "adrenalin"),
        ("diarrhea", "diarrhoea"),
        ("fits", "convuls"),
        ("SOB", "breathless"),
    ],
)
def test_other_names_find_the_library_s_word(reader, text, stem):
    assert any(stem in way for term in reader.read(text).terms for way in term.alternatives)


@pytest.mark.parametrize(
    ("text", "stem"),
    [("diarhoea", "diarrhoea"), ("amoxicilin", "amoxicillin"), ("pnuemonia", "pneumonia")],
)
def test_slips_of_the_hand_are_mended_and_said(reader, text, stem):
    term = reader.read(text).terms[0]
    assert term.alternatives == ((stem,),)
    assert term.corrected == stem


@pytest.mark.parametrize("text", ["zelmoraxin", "karvath", "glivoxamide", "mbanji"])
def test_names_nobody_knows_stay_unknown(reader, text):
    assert reader.read(text).unknown == (text,)


def test_first_letter_holds(reader):
    assert reader.read("moxicillin").unknown == ("moxicillin",)


def test_numbers_and_glue_are_no_terms(reader):
    assert typed(reader.read("what is the fever of a 10 kg child at 38.5 C")) == ["fever"]


def test_letter_after_plan_counts(reader):
    assert '"plan b"' in reader.read("plan B for dehydration").expression()


def test_everyday_words_unknown_to_the_library_say_nothing(reader):
    assert reader.read("please tell me something interesting today").terms == ()


def test_expression_holds_only_quoted_words(reader):
    expression = reader.read('fever" OR 1) NEAR(x) * -- ; DROP').expression()
    assert expression == '"fever"'


def test_invisible_characters_split_no_word(reader):
    assert typed(reader.read("amoxi\u200bcillin")) == ["amoxicillin"]
    assert clean("a\u202eb\U000e0041c\x00d\ud800") == "abc d"


def test_long_text_is_cut_to_its_first_terms(reader):
    letters = "abcdefghij"
    names = [f"name{one}{two}x" for one in letters for two in letters]
    assert len(reader.read(" ".join(names)).terms) == MAX_TERMS
