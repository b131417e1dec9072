"""Whatever stands on a paper, its fields are read without an error, and nothing is made up."""

import json
import math
from datetime import date
from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from assistant.vision.barcodes import Barcode, parse_gs1, right_check_digit
from assistant.vision.reading.facts import facts_of
from assistant.vision.reading.lab import lab_fields
from assistant.vision.reading.label import label_fields
from assistant.vision.reading.label_dates import Pack
from assistant.vision.reading.letter import letter_fields
from assistant.vision.reading.messages import Quality
from assistant.vision.reading.numbers import date_of, number_of
from assistant.vision.reading.ranges import behind, bounds_of, dashed
from assistant.vision.reading.reader import PaperReader, Seen
from assistant.vision.reading.rows import Row, Span
from assistant.vision.reading.wording import load_analytes
from ui.web.reading import calculator_inputs, confirmed, fields_as_lines, lines_of, patient_fields
from ui.web.reading_medicines import confirmed_medicines, listed, remembered, together
from ui.wiring import MedicineShelf

TODAY = date(2026, 11, 21)
ODD = st.sampled_from(
    ("<0.5", ">1000", "1,234.5", "1.234,5", "1.2.2020", "31.2.2049", "\u0661\u0662", "\u00b2", "9" * 40, "0" * 400,
     "9" * 400, "1e400", "-5", "--", "0.0.0", "1/0", "2-1", "5-5", "<", "1 - ", "nan", "inf", "\uff11\uff12",
     "10^9/L", "mg/dL", "/", "%", "12.5 mg", "mg", "2-5-7", "1,5,0", ".5", "5.", "4O", "l2")
)  # fmt: skip
NUMBERS = st.one_of(
    st.floats().map(str), st.integers().map(str), st.decimals().map(str), st.from_regex(r"[<>]?[\d.,]{1,30}", fullmatch=True)
)  # fmt: skip
WORDS = st.sampled_from(
    ("Haemoglobin", "Creatinine", "Sodium", "Glucose", "INR", "pH", "Platelets", "Malaria RDT", "Positive", "Age",
     "Age/Sex:", "Weight:", "Date:", "BP", "Exp", "EXP:", "Batch No:", "Mfg", "Amoxicillin", "Warfarin 5 mg", "Rx",
     "Tablets", "each 5 mL", "Test", "Result", "Reference Range", "Flag", "L", "H", "  ", "-", "to", "Allergies:")
)  # fmt: skip
TEXTS = st.one_of(
    st.text(max_size=60),
    st.lists(st.one_of(ODD, NUMBERS, WORDS, st.text(max_size=8)), max_size=8).map("  ".join),
)


@cache
def names():
    return MedicineShelf().names


@st.composite
def rows(draw):
    text = draw(TEXTS)
    sure = draw(st.floats(0, 1))
    spans = (Span(0, len(text), sure, (0.1, 0.1, 0.5, 0.02)),) if text else ()
    return Row(text, spans, draw(st.floats(0, 100)), draw(st.booleans()))


def sound(fields):
    """Fields of which each is sure from 0 to 1 and can be told in JSON."""
    for field in fields:
        assert 0.0 <= field.confidence <= 1.0
        assert isinstance(field.value, str)
        assert field.name
    return True


@given(st.lists(rows(), max_size=6))
def test_lab_slips(found):
    known = load_analytes()
    for field in lab_fields(found):
        assert sound([field])
        digits = [char for char in field.value if char.isdigit()]
        assert all(char in field.printed for char in digits)
        assert field.feeds in ("", *(one.feeds for one in known.values()))


@given(st.lists(rows(), max_size=6))
def test_facts(found):
    assert sound(facts_of(found))


@given(st.lists(rows(), max_size=4))
def test_letters(found):
    fields = letter_fields(found, names())
    assert sound(fields)
    assert all(field.confidence <= 0.9 for field in fields)


@given(st.lists(rows(), max_size=4), st.lists(TEXTS, max_size=2))
def test_labels(found, codes):
    told = tuple(Barcode("DataMatrix", text, (), gs1=True) for text in codes)
    for field in label_fields(Pack(found, told, TODAY), names()):
        assert sound([field])
        assert not (field.feeds == "medicine.drug" and field.choices)


@given(st.lists(rows(), max_size=5), st.lists(TEXTS, max_size=1), st.booleans())
def test_a_whole_paper_and_what_the_page_does_with_it(found, codes, good):
    told = tuple(Barcode("QRCode", text, (), gs1=False) for text in codes)
    reading = PaperReader(names).read(Seen(tuple(found), told, Quality(good)), TODAY)
    json.dumps(reading.to_json(), allow_nan=False)
    lines = lines_of(fields_as_lines(reading.fields))
    ticks, values = [True] * len(lines), [(line.value, line.unit) for line in lines]
    held = confirmed(lines, ticks, values)
    calculator_inputs(held)
    patient_fields(held)
    taken = confirmed_medicines(lines, ticks, values)
    box = together("", taken)
    assert {one.name.casefold() for one in listed(box, remembered("", taken))} == {
        one.name.casefold() for one in taken
    }


@given(st.one_of(TEXTS, ODD, NUMBERS))
def test_numbers_dates_and_ranges(text):
    number = number_of(text)
    assert number is None or not math.isnan(number.value)
    day = date_of(text)
    if day is not None and len(day.text) == 10:
        date.fromisoformat(day.text)
    for found in (*dashed(text), *filter(None, [behind(text, 0)])):
        assert 0 <= found.span[0] < found.span[1] <= len(text)
        bounds_of(found.text)


CODES = st.one_of(
    st.text(max_size=80),
    st.lists(
        st.sampled_from(
            ("01", "09506000134352", "17", "490231", "271300", "10", "21", "\x1d", "(01)", "(17)", "AB\x00C", "]d2",
             "240", "00", "\u0661\u0662", "999999")
        ),
        max_size=8,
    ).map("".join),
)  # fmt: skip


@given(CODES, st.integers(1950, 2100))
def test_codes_on_packs(text, year):
    told = parse_gs1(text, year)
    if told.expiry:
        date.fromisoformat(told.expiry)
    assert not told.gtin or right_check_digit(told.gtin)
