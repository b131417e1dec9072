"""The parts of triage: tokens, spelled numbers, stems, phrases, spelling and sound."""

import pytest

from assistant.clinical.tokens import join, tokenise
from assistant.triage.lexicon import Words, compile_classes, compile_phrases
from assistant.triage.numbers import Scales
from assistant.triage.stems import sound, stem
from assistant.triage.wording import Vocabulary


def texts(text: str) -> list[str]:
    return [token.text for token in tokenise(text)]


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("one seventy over one twelve", ["170", "over", "112"]),
        ("two hundred ninety ate", ["298"]),
        ("thirty five weeks", ["35", "weeks"]),
        ("nine point six", ["9.6"]),
        ("zero point one five", ["0.15"]),
        ("one oh two", ["102"]),
        ("one hundred and five", ["105"]),
        ("one leg", ["one", "leg"]),
        ("T38.9 P130", ["t", "38.9", "p", "130"]),
        ("can't won't don't", ["cannot", "wont", "not"]),
        ("n'arrive pas", ["n", "arrive", "pas"]),
        ("38,5", ["38.5"]),
        ("1,000 ml", ["1000", "ml"]),
        ("62M", ["62", "m"]),
        ("siku tano", ["siku", "5"]),
    ],
)
def test_tokens(said: str, read: list[str]) -> None:
    assert texts(said) == read


def test_spans_lead_back_to_the_text() -> None:
    text = "BP one seventy over 112, fièvre"
    line = join(tokenise(text))
    at = line.text.index("170")
    start, end = line.span(at, at + 3)
    assert text[start:end] == "one seventy"
    assert text[tokenise(text)[-1].start :] == "fièvre"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("breathing", "breathes"),
        ("haemorrhage", "hemorrhage"),
        ("fitting", "fits"),
        ("convulsions", "convulsion"),
        ("الشفاه", "شفاه"),
    ],
)
def test_stems_agree(one: str, other: str) -> None:
    assert stem(one) == stem(other)


@pytest.mark.parametrize(
    ("one", "other"), [("hiv", "hives"), ("not", "note"), ("rat", "rate"), ("severed", "severe")]
)
def test_stems_differ(one: str, other: str) -> None:
    assert stem(one) != stem(other)


def test_sound_hears_a_word_in_pieces() -> None:
    assert sound("warfairin") == sound("warfarin")
    assert sound("epicgastric") == sound("epigastric")


@pytest.fixture
def vocabulary() -> Vocabulary:
    stems = frozenset(
        stem(word) for word in "fever neck convulsion warfarin breathe cannot".split()
    )
    return Vocabulary(stems, frozenset({"never", "check"}), {"favour": frozenset({"fever"})})


def test_misspelling_is_understood(vocabulary: Vocabulary) -> None:
    assert "fever" in vocabulary.meanings("feber")
    assert "neck" in vocabulary.meanings("nek")
    assert stem("convulsion") in vocabulary.meanings("convlsion")


def test_everyday_word_is_never_corrected(vocabulary: Vocabulary) -> None:
    assert "fever" not in vocabulary.meanings("never")
    assert "neck" not in vocabulary.meanings("check")


def test_homophone_is_only_heard(vocabulary: Vocabulary) -> None:
    assert "fever" in vocabulary.heard("favour")
    assert "fever" not in vocabulary.meanings("favour")


def test_pieces_are_joined_and_glued_words_split(vocabulary: Vocabulary) -> None:
    assert vocabulary.joined(["war", "fair", "in"]) == ["warfarin"]
    assert vocabulary.split("cannotbreathe") == ("cannot", "breathe")


def test_phrase_of_small_words_is_refused() -> None:
    with pytest.raises(ValueError, match="small words"):
        list(compile_phrases("sign", "the of", Words({}, frozenset({"the", "of"}))))


def test_class_may_name_an_earlier_class() -> None:
    classes = compile_classes({"limb": "arm leg", "part": "@limb head"})
    assert classes["part"] == {"arm", "leg", "head"}


def test_news2_counts_points() -> None:
    from decimal import Decimal

    from assistant.triage.loader import load_book

    scales = Scales((), load_book().news2)
    values = {"rr": Decimal(25), "spo2": Decimal(91), "sbp": Decimal(90), "hr": Decimal(131)}
    assert scales.score(values, altered=False) == (12, 3)
    assert scales.score({"rr": Decimal(20), "hr": Decimal(90)}, altered=True) == (3, 3)
    assert scales.score({"rr": Decimal(16), "temp_c": Decimal("38.0")}, altered=False) == (0, 0)
