"""The kiosk in the language of its screen: what is read back, asked and drafted; answers stay English."""

import pytest
from fakes_kiosk import Table, Voice

from speech.talk.order_words import load_order_words
from speech.talk.says import load_says
from speech.voice.speaker import Spoken
from ui.kiosk.options import Options
from ui.kiosk.parts import Orders
from ui.kiosk.texts import LANGUAGES
from ui.kiosk.voicing import joined
from ui.speech_names import SpokenMedicines
from ui.speech_wiring import open_orders

OTHERS = LANGUAGES[1:]
YES = {"en": "yes", "fr": "oui", "es": "sí", "sw": "ndiyo", "hi": "हाँ", "ar": "نعم"}
NO = {"en": "no", "fr": "non", "es": "no", "sw": "hapana", "hi": "नहीं", "ar": "لا"}


@pytest.fixture(scope="module")
def orders():
    words, medicines = load_order_words(), SpokenMedicines()
    opened = Orders(open_orders(), lambda text, asked: words.read(text, medicines.book, asked))
    return lambda: opened


@pytest.fixture
def seated(home, orders):
    """A table in a language, with what its ears will hear."""
    made = []

    def sit(language, script=None, voice=None):
        spoken = voice or Voice()
        options = Options(language=language, hands_free=script is not None)
        table = Table(home, options=options, script=script, voice=spoken, orders=orders)
        made.append(table)
        return table, spoken

    yield sit
    for table in made:
        table.close()


def said_by(table, voice, count):
    """The first sentences that the voice was given, with their languages."""
    table.until(lambda: table.current_sound() and len(voice.said) >= count)
    return [(text, manner.language) for text, manner in voice.said[:count]]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_read_back_is_spoken_and_confirmed_in_the_language_of_the_screen(seated, language):
    table, voice = seated(language, ["give 15 mg", YES[language]])
    table.hear()
    ((text, spoken_in),) = said_by(table, voice, 1)
    says = load_says(language)
    assert spoken_in == language
    assert text.startswith(says.begin)
    assert text.endswith(says.end)
    assert ("15 mg, 1 5" in text) == (language != "en")
    assert table.view["items"] == (("dose", "15 mg"),)
    assert table.parts.answers.asked == []
    table.hear()
    table.until(lambda: table.parts.answers.asked)
    assert table.parts.answers.asked == [("give 15 mg", None)]
    table.until(lambda: len(voice.said) > 1)
    assert voice.said[1][1].language == "en"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_no_in_the_language_uses_nothing(seated, language):
    table, voice = seated(language, ["give 15 mg", NO[language]])
    table.hear()
    said_by(table, voice, 1)
    table.hear()
    assert table.until(lambda: table.view["notice"]) == load_says(language).say_again
    assert table.parts.answers.asked == []


@pytest.mark.parametrize("language", OTHERS)
def test_a_doubtful_name_is_asked_in_the_language(seated, language):
    table, voice = seated(language, ["give cefalexin"])
    table.hear()
    ((text, spoken_in),) = said_by(table, voice, 1)
    assert spoken_in == language
    assert "cefazolin" in text
    assert table.view["ask"] == text != "Which?"
    assert table.view["choices"] == ("cefalexin", "cefazolin")


@pytest.mark.parametrize("language", OTHERS)
def test_the_language_can_change_while_something_waits_for_a_yes(seated, language):
    table, voice = seated("en", ["give 15 mg", "repeat"])
    table.hear()
    said_by(table, voice, 1)
    table.do("language", language=language)
    table.do("command", command="repeat")
    table.until(lambda: len(voice.said) > 1)
    text, manner = voice.said[1]
    assert manner.language == language
    assert text.startswith(load_says(language).begin)
    assert "15 mg" in text


@pytest.mark.parametrize("language", OTHERS)
def test_an_order_is_led_in_the_language_and_checked_in_english(seated, language):
    table, voice = seated(language)
    own = load_order_words(language)
    table.do("order")
    assert said_by(table, voice, 1) == [(own.slot("drug").ask, language)]
    table.do("ask", text="paracetamol 500 mg by mouth 3 times daily for 30 days weight 60 kg")
    table.do("ask", text="no known allergies")
    order = table.until(lambda: table.view["order"])
    for slot, value in (("age", "30 years"), ("indication", "pain"), ("pregnant", "no")):
        if order["asked"] == slot:
            assert order["say"].endswith(own.slot(slot).ask)
            table.do("ask", text=value)
            order = table.view["order"]
    assert order["ready"], order
    headings = [heading for heading, _ in order["items"]]
    assert own.slot("weight").shown in headings
    shown = dict(order["items"])
    assert shown[own.slot("dose").shown] == "500 mg"
    assert shown[own.slot("weight").shown] == "60 kg"
    assert "30" in shown[own.slot("duration").shown]
    assert shown[own.slot("route").shown] != "by mouth"
    assert order["told"], "30 days are longer than the formulary says"
    assert order["say"].startswith(order["told"])
    table.until(lambda: len(voice.said) >= 2 and voice.said[-1][0].endswith(own.says("end")))
    (told, told_in), (asked, asked_in) = ((text, one.language) for text, one in voice.said[-2:])
    assert (told, told_in) == (order["told"], "en")
    assert asked_in == language
    assert asked.startswith(own.says("begin"))
    table.do("command", command="yes")
    draft = table.view["order"]["draft"]
    assert "500 mg" in draft
    assert own.slot("route").shown in draft


def test_a_draft_is_read_aloud_row_by_row_in_its_languages(seated):
    table, voice = seated("fr")
    table.do("order")
    table.do("ask", text="paracetamol 500 mg by mouth 3 times daily for 30 days weight 60 kg")
    table.do("ask", text="none known")
    for value in ("30 years", "pain"):
        if not table.view["order"]["ready"]:
            table.do("ask", text=value)
    table.do("command", command="yes")
    before = len(voice.said)
    table.do("read_draft")
    rows = table.view["order"]["draft"].splitlines()
    table.until(lambda: len(voice.said) >= before + len(rows))
    told = [(text, manner.language) for text, manner in voice.said[-len(rows) :]]
    assert told == [(row, "en" if row.startswith("! ") else "fr") for row in rows]
    assert {"en", "fr"} == {language for _, language in told}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_spoken_no_answers_the_question_for_allergies(seated, language):
    table, _ = seated(language, [NO[language]])
    table.do("order")
    table.do("ask", text="paracetamol 500 mg by mouth 3 times daily for 3 days weight 60 kg")
    assert table.view["order"]["asked"] == "allergy"
    table.hear()
    table.until(lambda: table.view["order"]["asked"] != "allergy")
    conversation = table.seat.conversation
    assert conversation.ordering._talk.values["allergy"] == "none known"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_spoken_yes_to_a_question_confirms_no_order(seated, language):
    table, _ = seated(language, [YES[language]])
    table.do("order")
    table.do("ask", text="paracetamol 500 mg by mouth 3 times daily for 3 days weight 60 kg")
    table.hear()
    assert table.view["order"]["asked"] == "allergy"
    assert not table.view["order"]["draft"]


def test_answers_in_the_language_fill_the_slots(seated):
    table, _ = seated("fr")
    table.do("order")
    for text in ("paracetamol", "500 mg", "par la bouche", "toutes les 6 heures", "3 jours",
                 "60 kg", "aucune connue"):  # fmt: skip
        table.do("ask", text=text)
    values = table.seat.conversation.ordering._talk.values
    assert values["route"] == "by mouth"
    assert values["frequency"] == "every 6 hours"
    assert values["duration"] == "3 days"
    assert values["allergy"] == "none known"


class OnlyFrench(Voice):
    """A voice of one language, as Piper is."""

    def __call__(self, text, manner):
        made = super().__call__(text, manner)
        return made if manner.language == "fr" else Spoken(text, text, failed="There is no voice.")


def test_where_one_language_has_no_voice_all_is_shown_and_nothing_half_spoken(seated):
    table, voice = seated("fr", voice=OnlyFrench())
    table.do("order")
    table.sound()
    table.do("ask", text="paracetamol 500 mg by mouth 3 times daily for 30 days weight 60 kg")
    table.do("ask", text="none known")
    for value in ("30 years", "pain"):
        if not table.view["order"]["ready"]:
            table.do("ask", text=value)
    assert table.view["order"]["told"]
    table.until(lambda: table.view["notice"] == "There is no voice.")
    assert table.current_sound() is None
    assert voice.said[-1][1].language == "fr"


def test_sounds_of_two_rates_become_one():
    first, second = Voice()("one", _manner("en")), Voice()("two", _manner("fr"))
    low = type(second.sound)(second.sound.samples[::2], second.sound.rate // 2)
    both = joined([first, Spoken("two", "two", low)])
    assert both.sentence == "one two"
    assert both.sound.rate == first.sound.rate
    assert both.sound.seconds == pytest.approx(first.sound.seconds * 2, rel=0.01)
    assert joined([Spoken("…", "…"), Spoken("…", "…")]).sound is None


def _manner(language):
    from speech.voice.manner import Manner

    return Manner(language)
