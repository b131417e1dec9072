"""Laboratory slips: rows into tests, values, units, ranges and flags; doubt is told."""

import pytest

from assistant.vision.reading.facts import facts_of
from assistant.vision.reading.lab import lab_fields
from assistant.vision.reading.numbers import date_of, number_of
from assistant.vision.reading.ranges import behind
from assistant.vision.reading.rows import Places, Row, Span, rows_of
from assistant.vision.reading.wording import load_analytes
from kb.extract.ocr import ReadLine


def row(text, sure=0.99):
    return Row(text, (Span(0, len(text), sure, (0.1, 0.1, 0.5, 0.02)),), 20.0)


def only(text, sure=0.99):
    fields = lab_fields([row(text, sure)])
    assert len(fields) == 1, fields
    return fields[0]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Haemoglobin  10.1  g/dL  12.0 - 16.0  L", ("haemoglobin", "10.1", "g/dL", "12.0-16.0", "low")),
        ("Hb: 10.1 g/dl", ("haemoglobin", "10.1", "g/dL", "", "")),
        ("S. Creatinine  159  µmol/L  (53-106)  H", ("creatinine", "159", "umol/L", "53-106", "high")),
        ("WBC  x10^9/L  7.4  4.0-11.0", ("white_cells", "7.4", "10^9/L", "4.0-11.0", "")),
        ("Platelet count  1,50,000", None),
        ("Platelets  150,000  /cumm", ("platelets", "150000", "/uL", "", "")),
        ("Sodium (Na+)  139  mEq/L  135 - 145", ("sodium", "139", "mEq/L", "135-145", "")),
        ("Vitamin B12  250  pg/mL  200 - 900", ("vitamin_b12", "250", "pg/mL", "200-900", "")),
        ("Vitamin D 25 OH  17.2  Low  nmol/L  32.9 - 47.7", ("vitamin_d", "17.2", "nmol/L", "32.9-47.7", "low")),
        ("CRP  <5  mg/L  <10", ("crp", "<5", "mg/L", "<10", "")),
        ("HIV 1/2  Non-Reactive", ("hiv", "non-reactive", "", "", "")),
        ("Malaria RDT  Positive  Negative", ("malaria_rdt", "positive", "", "Negative", "")),
        ("INR  2,4  0.8-1.2  H", ("inr", "2.4", "ratio", "0.8-1.2", "high")),
    ],
)  # fmt: skip
def test_rows(text, wanted):
    if wanted is None:
        assert not lab_fields([row(text)]) or lab_fields([row(text)])[0].confidence < 0.7
        return
    field = only(text)
    assert (field.name, field.value, field.unit, field.reference, field.flag) == wanted


def test_the_other_unit_is_worked_out():
    assert only("Creatinine  1.8  mg/dL").also == "159.1 umol/L"
    assert only("Glucose  5.5  mmol/L").also == "99.09 mg/dL"
    assert only("Glucose  5.5  mmol/L").feeds == "glucose"


def test_urea_fills_urea_nitrogen_only_in_the_unit_that_is_the_same():
    assert only("Urea  7.1  mmol/L").feeds == "bun"
    assert only("Urea  43  mg/dL").feeds == ""
    assert only("BUN  20  mg/dL").feeds == "bun"


@pytest.mark.parametrize(
    "text",
    [
        "Potassium  41  mmol/L  3.5-5.1",
        "Haemoglobin  101  g/dL  12.0-16.0",
        "Sodium  13.9  mmol/L",
        "Creatinine  1.8",
        "Creatinine  1O.8  mg/dL",
        "Haemoglobin  14.0  g/dL  12.0-16.0  L",
        "Hb  1,250  g/L",
    ],
)
def test_doubt_is_told(text):
    field = only(text)
    assert field.confidence <= 0.6
    assert field.note


def test_a_figure_that_is_hard_to_read_is_in_doubt():
    assert only("Sodium  139  mmol/L", sure=0.7).note


def test_one_test_with_two_values_is_in_doubt():
    fields = lab_fields([row("Sodium  139  mmol/L"), row("Sodium  193  mmol/L")])
    assert all("139" in field.note and "193" in field.note for field in fields)


@pytest.mark.parametrize(
    "text", ["Glucose 2h after food  140  mg/dL", "Protein C  80  %", "Lab No: 4471  Date: 12/03/2026",
             "Verified by the laboratory", "Page 1 of 2", "Name: Grace Banda"],
)  # fmt: skip
def test_other_rows_are_no_known_test(text):
    assert not [field for field in lab_fields([row(text)]) if field.feeds]


def test_an_unknown_test_with_a_range_is_kept_and_fills_nothing():
    field = only("Ceruloplasmin  24  mg/dL  20 - 60")
    assert (field.value, field.reference, field.feeds) == ("24", "20-60", "")
    assert field.confidence <= 0.6


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("3.535.12", "3.53-5.12"), ("54.986.9", "54.9-86.9"), ("82  120", "82-120"), ("193280", "193-280"),
     ("895412983", "8954-12983"), ("up to 40", "<40")],
)  # fmt: skip
def test_ranges_without_their_dash(text, wanted):
    found = behind(f"5 {text}", 2)
    assert found is not None
    assert found.text == wanted


@pytest.mark.parametrize("text", ["120 82", "12.5", "4471", "1 900"])
def test_what_is_no_range(text):
    assert behind(f"5 {text}", 2) is None


@pytest.mark.parametrize(
    ("text", "value", "doubt"),
    [("12.5", 12.5, False), ("12,5", 12.5, False), ("1,250", 1250, True), ("1,250,000", 1250000, False),
     ("007", 7, False)],
)  # fmt: skip
def test_numbers(text, value, doubt):
    number = number_of(text)
    assert (number.value, number.doubtful) == (value, doubt)


@pytest.mark.parametrize("text", ["1.2.3", "", "a", "1..2"])
def test_no_numbers(text):
    assert number_of(text) is None


@pytest.mark.parametrize(
    ("text", "wanted", "doubt"),
    [("25/01/2026", "2026-01-25", False), ("01/25/2026", "2026-01-25", False), ("03/04/2026", "2026-04-03", True),
     ("2026-01-25", "2026-01-25", False), ("EXP 03/2027", "2027-03", False), ("MAR 27", "2027-03", False),
     ("31/02/2026", "", False), ("12 Aug 2025", "2025-08-12", False), ("13/2027", "", False)],
)  # fmt: skip
def test_dates(text, wanted, doubt):
    day = date_of(text)
    assert (day.text, day.doubtful) == (wanted, doubt)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Name: Grace Banda  Age: 34 years", {"name": "Grace Banda", "age": "34"}),
        ("Patient Name: A B  Age/Sex: 7 M / F", {"name": "A B", "age": "7", "sex": "f"}),
        ("Weight: 12.5 kg  Sex: Male", {"weight": "12.5", "sex": "m"}),
        ("BP: 170/115 mmHg", {"blood_pressure": "170/115"}),
        ("Allergies: penicillin", {"allergies": "penicillin"}),
    ],
)
def test_facts(text, wanted):
    assert {field.name: field.value for field in facts_of([row(text)])} == wanted


def test_every_test_is_found_by_every_spelling():
    for analyte in load_analytes().values():
        for spelling in analyte.spellings:
            text = (
                f"{spelling}  Negative"
                if analyte.words
                else f"{spelling}  {analyte.possible[0] * 2}"
            )
            assert only(text).name == analyte.name, spelling


HEAD = row("Test  Result  Unit  Reference Range  Flag")


def beside_head(text):
    return next(field for field in lab_fields([HEAD, row(text)]) if field.printed == text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Cholesterol  3.94  mmol/L  3.32 - 4.8", "do not fit each other"),
        ("Platelets  64094  /uL  51669 - 7492", "do not fit each other"),
        ("Haemoglobin  13.1  g/dL  12.0 - 160", "do not fit each other"),
        ("Haemoglobin  13.1  g/dL  120 - 160", "do not fit each other"),
        ("Creatinine  0.9  mg/dL  06 - 12", "do not fit each other"),
        ("Lipase  111  U/L  79115", "Another number"),
        ("Blood pH  7.20  pH  8.16  8.10  Low", "Another number"),
        ("Lipase  111  U/L", "No range was read"),
        ("ESR  10.6  mm/h  11.6 - 16.9", "no flag was read"),
        ("Haemoglobin  94  g/dL  12.0 - 16.0  L", "check the decimal point"),
        ("INR  2  0.8-1.2  H", "no decimal point"),
    ],
)
def test_a_range_a_flag_or_a_number_that_was_lost_or_cut_is_told(text, said):
    assert said in beside_head(text).note


@pytest.mark.parametrize(
    "text",
    ["Haemoglobin  13.1  g/dL  12.0 - 16.0", "CRP  4  mg/L  0 - 5", "Platelets  150  10^9/L  150 - 400",
     "WBC  x10^9/L  7.4  4.0-11.0", "Glucose  5.6  mmol/L  3.9 - 7.8", "ESR  9.2  mm/1sthr  11.6 - 16.9  L",
     "HIV 1/2  Non-Reactive"],
)  # fmt: skip
def test_a_row_that_fits_is_not_doubted(text):
    assert beside_head(text).note == ""


def test_doubt_about_a_range_leaves_the_confidence_of_the_value():
    field = beside_head("Cholesterol  3.94  mmol/L  3.32 - 4.8")
    assert field.confidence == 0.99


def test_a_slip_without_ranges_and_flags_wants_none():
    assert only("Sodium  139  mmol/L").note == ""


def test_a_row_that_reaches_the_edge_of_the_sheet_says_so():
    text = "Hdl cholesterol  1.20  mmol/L  0.92 - 1.70"
    cut = Row(text, (Span(0, len(text), 0.99, (0.1, 0.1, 0.9, 0.02)),), 20.0, cut=True)
    assert "edge of the sheet" in lab_fields([cut])[0].note


def line(text, left, right, top=10.0):
    corners = ((left, top), (right, top), (right, top + 20), (left, top + 20))
    return ReadLine(text, corners, 0.99)


@pytest.mark.parametrize(("right", "cut"), [(950.0, False), (994.0, True), (1000.0, True)])
def test_rows_know_whether_they_reach_the_side_of_the_sheet(right, cut):
    places = Places(((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)), 1000.0, 500.0)
    lines = [line("Sodium", 50.0, 200.0), line("135 - 145", 800.0, right)]
    assert [one.cut for one in rows_of(lines, places, 1000.0)] == [cut]
    assert not rows_of(lines, places)[0].cut
