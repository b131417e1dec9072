"""Medicine labels, letters and codes: the right medicine or choices, never a silent look-alike."""

import io
import random
from datetime import date
from functools import cache

import numpy as np
import pytest
from PIL import Image

from assistant.vision.barcodes import parse_gs1, read_barcodes, right_check_digit
from assistant.vision.reading.label import label_fields
from assistant.vision.reading.label_dates import Pack
from assistant.vision.reading.letter import letter_fields
from assistant.vision.reading.medicine_find import alike
from assistant.vision.reading.messages import Quality
from assistant.vision.reading.reader import PaperReader, Seen
from assistant.vision.reading.rows import Row, Span
from ui.exam_reading import printable
from ui.wiring import MedicineShelf

TODAY = date(2026, 11, 21)
GS = "\x1d"


@cache
def names():
    return MedicineShelf().names


def row(text, sure=0.99, height=20.0):
    words, at, spans = text.split(), 0, []
    for word in words:
        start = text.index(word, at)
        at = start + len(word)
        spans.append(Span(start, at, sure, (0.1, 0.1, 0.2, 0.02)))
    return Row(text, tuple(spans), height)


def read(*rows, codes=()):
    return {field.name: field for field in label_fields(Pack(rows, codes, TODAY), names())}


def pack(name, *more, sure=0.99):
    return read(row(name, sure, 50), *(row(text) for text in more))


def test_a_label():
    found = pack(
        "AMOXICILLIN", "500 mg", "100 Capsules", "B.No: AB1234  Mfg: 03/2024", "EXP: 02/2027"
    )
    assert found["drug"].value == "amoxicillin"
    assert (found["strength"].value, found["strength"].unit) == ("500", "mg")
    assert found["form"].value == "capsule"
    assert found["batch"].value == "AB1234"
    assert found["expiry"].value == "2027-02"
    assert found["made"].value == "2024-03"


@pytest.mark.parametrize(
    ("line", "value", "unit"),
    [("Amoxicillin 125 mg/5 mL", "125", "mg/5 mL"), ("Each 5 mL contains amoxicillin 125 mg", "125", "mg/5 mL"),
     ("Artemether 20 mg / Lumefantrine 120 mg", "20", "mg"), ("Co-trimoxazole 800/160 mg", "800/160", "mg"),
     ("Ceftriaxone 1 g", "1", "g"), ("Levothyroxine 25 micrograms", "25", "mcg"), ("Salbutamol 100 mcg/dose", "100", "mcg/dose"),
     ("Insulin 100 IU/mL", "100", "IU/mL"), ("Furosemide 12,5 mg", "12.5", "mg")],
)  # fmt: skip
def test_strengths(line, value, unit):
    strength = pack(line)["strength"]
    assert (strength.value, strength.unit) == (value, unit)


def test_expired_and_soon_are_told():
    assert "EXPIRED" in pack("Amoxicillin", "EXP 10/2026")["expiry"].note
    assert "within 90 days" in pack("Amoxicillin", "EXP 12/2026")["expiry"].note
    assert pack("Amoxicillin", "EXP 11/2027")["expiry"].note == ""
    assert "EXPIRED" not in pack("Amoxicillin", "EXP 11/2026")["expiry"].note  # to the month's end


def test_an_expired_pack_is_the_first_warning():
    seen = Seen(
        (row("Amoxicillin 500 mg", height=50), row("Batch AB123"), row("EXP 01/2020")),
        (),
        Quality(good=True),
    )
    reading = PaperReader(names).read(seen, TODAY)
    assert reading.kind == "label"
    assert reading.warnings[0].startswith("EXPIRED")


def test_a_date_that_does_not_exist_is_in_doubt():
    assert pack("Amoxicillin", "EXP 13/2027")["expiry"].confidence <= 0.6


@pytest.mark.parametrize("name", ["hydralazine", "prednisolone", "chlorpromazine", "metronidazole"])
def test_a_name_with_a_double_has_a_warning(name):
    drug = pack(name.capitalize(), "25 mg")["drug"]
    assert drug.value == name
    assert "compare the name" in drug.note


def test_every_medicine_is_found_by_its_name():
    missed = [
        one.name for one in printable(names().medicines)
        if pack(one.name.capitalize(), "10 mg", "Tablets")["drug"].value != one.name
    ]  # fmt: skip
    assert not missed


def test_a_name_read_with_doubt_offers_choices_and_feeds_nothing():
    drug = pack("Hydralazine", "25 mg", sure=0.7)["drug"]
    assert "hydralazine" in drug.choices
    assert drug.confidence <= 0.6
    assert drug.feeds == ""


@pytest.mark.parametrize("seed", range(6))
def test_no_slip_of_the_reading_becomes_another_medicine_in_silence(seed):
    """One or two wrong letters: the right medicine, choices, or nothing; never another as sure."""
    draw = random.Random(seed)
    wrong = []
    for one in printable(names().medicines):
        letters = list(one.name)
        for _ in range(draw.choice((1, 2))):
            at = draw.randrange(len(letters))
            kind = draw.random()
            if kind < 0.4:
                letters[at] = draw.choice("abcdefghilmnoprstuvxyz")
            elif kind < 0.7 and len(letters) > 4:
                del letters[at]
            else:
                letters.insert(at, draw.choice("abcdeilnorst"))
        written = "".join(letters)
        drug = pack(written.capitalize(), "10 mg", sure=0.95)["drug"]
        if not drug.choices and drug.value and drug.confidence > 0.6 and drug.value != one.name:
            wrong.append((one.name, written, drug.value))
    assert not wrong


def test_two_medicines_in_large_print_offer_choices_or_their_combination():
    both = read(row("Sulfamethoxazole 400 mg", height=50), row("Trimethoprim 80 mg", height=50))[
        "drug"
    ]
    assert both.value.startswith("cotrimoxazole")
    other = read(row("Amoxicillin 500 mg", height=50), row("Furosemide 40 mg", height=50))["drug"]
    assert len(other.choices) == 2
    assert other.confidence <= 0.6


def test_alike_names_lie_near_or_are_listed():
    assert "hydroxyzine" in alike("hydralazine", names())


def test_a_letter_is_never_settled():
    rows = [row("Referral letter"), row("Name: Grace Banda  Age: 34 years"), row("Amoxicillin 500 mg every 8 hours"),
            row("Hydralazin 25 mg twice daily")]  # fmt: skip
    fields = letter_fields(rows, names())
    assert all(field.confidence <= 0.9 for field in fields)
    medicines = [field for field in fields if field.name == "medicine"]
    assert medicines[0].value == "amoxicillin"
    assert not any(field.value == "Grace" for field in medicines)


# --- codes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            f"01061414112345791727030010AB1234{GS}21S77",
            ("06141411234579", "2027-03-31", "AB1234", "S77"),
        ),
        ("(01)06141411234579(17)270215(10)AB1", ("06141411234579", "2027-02-15", "AB1", "")),
        ("010614141123457817270300", ("", "2027-03-31", "", "")),
        ("17279900", ("", "", "", "")),
        ("17990100", ("", "1999-01-31", "", "")),
        ("0106141411", ("", "", "", "")),
        ("", ("", "", "", "")),
        ("hello world", ("", "", "", "")),
        (f"10{'A' * 21}{GS}17270300", ("", "", "", "")),
        ("17280230", ("", "", "", "")),
    ],
)
def test_gs1(text, wanted):
    found = parse_gs1(text, 2026)
    assert (found.gtin, found.expiry, found.batch, found.serial) == wanted


def test_gs1_of_random_bytes_never_fails():
    draw = random.Random(4)
    for _ in range(3000):
        text = "".join(draw.choice("0117102137\x1dAZ()9") for _ in range(draw.randrange(40)))
        found = parse_gs1(text, 2026)
        assert found.gtin == "" or right_check_digit(found.gtin)
        assert found.expiry == "" or date.fromisoformat(found.expiry)


@pytest.mark.parametrize("turn", [0, 17, 90])
def test_a_data_matrix_on_a_picture_is_read(turn):
    import zxingcpp

    text = "01061414112345791727030010AB1234"
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.DataMatrix)
    square = Image.fromarray(np.array(code.to_image(scale=6)))
    page = Image.new("RGB", (500, 400), "white")
    page.paste(square.convert("RGB"), (150, 120))
    held = io.BytesIO()
    page.rotate(turn, fillcolor="white").save(held, "JPEG")
    found = read_barcodes(np.asarray(Image.open(held)))
    assert [code.text for code in found] == [text]
    fields = read(row("Amoxicillin 500 mg", height=50), codes=found)
    assert fields["batch"].value == "AB1234"
    assert fields["expiry"].value == "2027-03-31"


def test_print_that_does_not_fit_the_code_is_in_doubt():
    from assistant.vision.barcodes import Barcode

    code = Barcode("DataMatrix", "010614141123457917270300", (), gs1=True)
    fields = read(row("Amoxicillin", height=50), row("EXP 03/2029"), codes=[code])
    assert fields["expiry"].confidence <= 0.3
    assert "2027-03-31" in fields["expiry"].note


@pytest.mark.parametrize(
    "text", ["(17)00000:", "(17)\u00b2\u00b2\u00b2\u00b2\u00b2\u00b2", "17\u00b249023\x1d", "(17)490231", "(17)\u0662\u0667\u0661\u0663\u0660\u0660"]
)  # fmt: skip
def test_dates_in_codes_that_are_none_say_nothing(text):
    assert parse_gs1(text, 2026).expiry == ""
