"""Sentences out of pieces of text."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.writing.sentences import SentenceSplitter


def split(text: str, cuts: tuple[int, ...] = ()) -> list[str]:
    splitter = SentenceSplitter()
    edges = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts)})
    found = []
    for start, end in pairwise(edges):
        found += splitter.feed(text[start:end])
    return found + splitter.flush()


def stripped(text: str) -> list[str]:
    return [sentence.strip() for sentence in split(text)]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Give ORS. Review in 4 hours.", ["Give ORS.", "Review in 4 hours."]),
        ("Give 0.5 mg now. Then wait.", ["Give 0.5 mg now.", "Then wait."]),
        ("Give 1,000 mL over 1.5 h. Stop.", ["Give 1,000 mL over 1.5 h.", "Stop."]),
        (
            "Use a beta-lactam, e.g. Amoxicillin. Refer.",
            ["Use a beta-lactam, e.g. Amoxicillin.", "Refer."],
        ),
        ("Use fluids, i.e. ORS or saline. Refer.", ["Use fluids, i.e. ORS or saline.", "Refer."]),
        ("Give 2 g i.v. Then refer.", ["Give 2 g i.v.", "Then refer."]),
        ("Give i.v. ceftriaxone. Refer.", ["Give i.v. ceftriaxone.", "Refer."]),
        ("Give 5 mg p.o. 2 times a day. Stop.", ["Give 5 mg p.o. 2 times a day.", "Stop."]),
        ("Give 5 mg. 2 times a day.", ["Give 5 mg. 2 times a day."]),
        ("Take max. 4 g a day. No more.", ["Take max. 4 g a day.", "No more."]),
        ("Is it safe? No. Do not give it.", ["Is it safe?", "No.", "Do not give it."]),
        ("See no. 5 of the list. Go.", ["See no. 5 of the list.", "Go."]),
        ("Refer to Dr. Mensah. Go now!", ["Refer to Dr. Mensah.", "Go now!"]),
        ("Give oral fluids (Plan B.) Review.", ["Give oral fluids (Plan B.)", "Review."]),
        ("Follow Plan C. Give fluids.", ["Follow Plan C.", "Give fluids."]),
        ("Give vitamin K. Observe.", ["Give vitamin K.", "Observe."]),
        (
            "Fever is over 38.5 °C. Give paracetamol.",
            ["Fever is over 38.5 °C.", "Give paracetamol."],
        ),
        ("It is S. Typhi. Treat.", ["It is S. Typhi.", "Treat."]),
        ("It is E. coli. Treat.", ["It is E. coli.", "Treat."]),
        ("Give zinc. [c1] Give ORS. [c2, c3]", ["Give zinc. [c1]", "Give ORS. [c2, c3]"]),
        ("Give zinc [c1]. Give ORS.[c2][c3] Go.", ["Give zinc [c1].", "Give ORS.[c2][c3]", "Go."]),
        ("Give zinc.\n[c1]\nGive ORS. [2]", ["Give zinc.\n[c1]", "Give ORS. [2]"]),
        ("1. Give ORS\n2. Give zinc\n", ["1. Give ORS", "2. Give zinc"]),
        ("Do this: 1. Wash hands. 2. Give ORS.", ["Do this: 1. Wash hands.", "2. Give ORS."]),
        ("- Give ORS [c1]\n- give zinc [c2]", ["- Give ORS [c1]", "- give zinc [c2]"]),
        ("• ORS\n• 20 mg zinc", ["• ORS", "• 20 mg zinc"]),
        ("a) Wash\nb) Dry", ["a) Wash", "b) Dry"]),
        (
            "Do not give\nibuprofen in dengue. Refer.",
            ["Do not give\nibuprofen in dengue.", "Refer."],
        ),
        ("Give zinc\n20 mg a day.", ["Give zinc\n20 mg a day."]),
        ("First part\n\nsecond part", ["First part", "second part"]),
        ("Danger signs:\nfever", ["Danger signs:", "fever"]),
        ("Wait... Then go.", ["Wait...", "Then go."]),
        ('He said "Stop." Then left.', ['He said "Stop."', "Then left."]),
        ("発熱があります。水を飲む。", ["発熱があります。", "水を飲む。"]),
        ("क्या बुखार है? हाँ। पानी दें।", ["क्या बुखार है?", "हाँ।", "पानी दें।"]),
        ("", []),
        ("   \n", [""]),
    ],
)
def test_sentences(text: str, sentences: list[str]) -> None:
    assert stripped(text) == sentences


def test_a_sentence_is_given_as_soon_as_the_next_one_begins() -> None:
    splitter = SentenceSplitter()
    assert splitter.feed("Give 0.") == []
    assert splitter.feed("5 mg. ") == []
    assert splitter.feed("[c") == []
    assert splitter.feed("1] ") == []
    assert splitter.feed("Then") == ["Give 0.5 mg. [c1] "]
    assert splitter.flush() == ["Then"]


def test_a_splitter_begins_anew_after_the_flush() -> None:
    splitter = SentenceSplitter()
    assert splitter.feed("One. Two.") == ["One. "]
    assert splitter.flush() == ["Two."]
    assert splitter.feed("Three. Four") == ["Three. "]
    assert splitter.flush() == ["Four"]


WORDS = st.sampled_from(
    [
        " ",
        "\n",
        ". ",
        ".",
        "!",
        "? ",
        "e.g. ",
        "i.v. ",
        "0.5 mg",
        "1,000",
        "1. ",
        "- ",
        "[c1]",
        "[c1",
        "]",
        "[2, c3] ",
        "(",
        ")",
        '"',
        "Give",
        "give",
        "Dr. ",
        "Plan C",
        "3",
        "a) ",
        "。",
        "।",
        "…",
        "é",
        "\r\n",
    ]
)
TEXTS = st.one_of(st.text(max_size=80), st.lists(WORDS, max_size=30).map("".join))


@given(TEXTS, st.lists(st.integers(0, 400), max_size=40))
def test_nothing_is_lost_and_the_cuts_change_nothing(text: str, cuts: list[int]) -> None:
    whole = split(text)
    assert "".join(whole) == text
    assert split(text, tuple(cuts)) == whole
    assert split(text, tuple(range(len(text)))) == whole


@given(TEXTS)
def test_no_number_and_no_citation_mark_is_cut(text: str) -> None:
    for left, right in pairwise(split(text)):
        assert not (re.search(r"\d[.,]\Z", left) and right[:1].isdigit())
        assert not re.match(r"\[c?\d{1,3}\]", right) or not re.search(r"[.!?]\s*\Z", left)


def test_a_long_text_without_an_end_stays_whole() -> None:
    splitter = SentenceSplitter()
    for _ in range(20_000):
        assert splitter.feed("0.5 ") == []
    assert splitter.flush() == ["0.5 " * 20_000]


@pytest.mark.parametrize(
    "text", ["Give zinc\n1. Give ORS", "Give zinc\na) give ORS", "ORS\n12) zinc"]
)
def test_a_list_mark_is_known_even_when_it_arrives_in_pieces(text: str) -> None:
    first, second = split(text, tuple(range(len(text))))
    assert (first + second, first[-1]) == (text, "\n")
