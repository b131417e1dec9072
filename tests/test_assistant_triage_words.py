"""The parts of triage: tokens, spelled numbers, stems, phrases, spelling and sound."""

from importlib.resources import files

import pytest

from assistant.clinical.tokens import join, tokenise
from assistant.triage.lexicon import Words, compile_classes, compile_phrases
from assistant.triage.loader import load_book
from assistant.triage.numbers import Scales
from assistant.triage.stems import sound, stem
from assistant.triage.text import prepare
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
    assert set(vocabulary.joined(["war", "fair", "in"])) == {"warfarin"}
    assert vocabulary.split("cannotbreathe") == ("cannot", "breathe")


def test_a_word_spelled_well_is_only_heard_as_another() -> None:
    known = Vocabulary(frozenset({"pain"}), frozenset(), {}, {}, frozenset({"paint"}))
    assert "pain" not in known.meanings("paint")
    assert "pain" in known.heard("paint")


def test_two_words_of_the_lexicon_are_not_joined_by_sound() -> None:
    both = Vocabulary(frozenset({"hana", "homa", "anahema"}), frozenset(), {})
    assert both.joined(["hana", "homa"]) == {}


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("cough 9/7", ["cough", "9", "days"]),
        ("fever 2/52", ["fever", "2", "weeks"]),
        ("GCS 8/15", ["gcs", "8", "/", "15"]),
        ("pre-eclampsia", ["pre", "-", "eclampsia"]),
        ("No, she sleeps", ["no", ",", "sleeps"]),
        ("no she sleeps", ["sleeps"]),
        ("week", ["week"]),
    ],
)
def test_a_text_is_cut_into_items(said: str, words: list[str]) -> None:
    book = load_book()
    text = prepare(said, book.vocabulary, book.words.fillers, {})
    assert [item.word for item in text.items] == [word for word in words if word != "-"]


def test_a_week_after_a_number_is_never_weak() -> None:
    book = load_book()
    after = prepare("arms 3 weeks", book.vocabulary, book.words.fillers, {}).items[-1]
    alone = prepare("arms week", book.vocabulary, book.words.fillers, {}).items[-1]
    assert "weak" not in after.heard
    assert "weak" in alone.heard


def test_an_exact_word_does_not_stand_for_its_stem() -> None:
    words = Words({}, frozenset())
    (exact,) = compile_phrases("sign", "=killing me", words)
    (stemmed,) = compile_phrases("sign", "killing me", words)
    assert exact.parts[0][0] == {"=killing"}
    assert stemmed.parts[0][0] == {"kill"}


def test_hyphens_and_pluses_make_one_meaning() -> None:
    (phrase,) = compile_phrases("sign", "c-spine|head+injury pain", Words({}, frozenset()))
    assert {"c+spin", "head+injury"} <= phrase.parts[0][0]


def test_the_english_words_are_sorted_and_plain() -> None:
    lines = (files("assistant.triage") / "english.txt").read_text(encoding="utf-8").split("\n")[:-1]
    assert lines == sorted(set(lines))
    assert all(line.isascii() and line.isalpha() and line == line.lower() for line in lines)


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
