"""Odd but real input: broken JSON and TOML, half characters, strange numbers. Never a crash."""

import json
import time
from decimal import Decimal

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from assistant.clinical.facts import find_facts, merge
from assistant.errors import BadPatient
from assistant.messages import Patient
from assistant.patient import parse_patient
from assistant.quantities import quantities, untraced
from assistant.tools.calls import read_call
from kb.cards import parse_card
from kb.errors import UnreadableDocument
from ui.cli.jsonl import BadRequest, dumps, read_object
from ui.cli.main import cli, main
from ui.cli.speech import _of_words
from ui.models.errors import ModelFilesError
from ui.setting_file import write_settings
from ui.settings import FILE, load_settings

HUGE, DEEP = "9" * 5000, "[" * 100_000
ODD = st.text(
    st.one_of(
        st.sampled_from("0123456789.,/=-+ ²½⅓١٢३１∞eE%()[]{}\"'\n\x00\u200b\u202e\ud800"),
        st.characters(),
    ),
    max_size=60,
)


# --- JSON and TOML -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        f'{{"a": {HUGE}}}',
        f'{{"a": {DEEP}',
        f'{{"a": {"[" * 5000}{"]" * 5000}}}',
        f'{{"id": {"[" * 300}{"]" * 300}}}',
        '{"a": "\udcff"}',
        '{"a": "\ud800"}',
    ],
)
def test_a_request_that_no_reader_can_take_is_told(line):
    with pytest.raises(BadRequest):
        read_object(line)


@given(st.recursive(st.none() | st.integers() | ODD, lambda inner: st.dictionaries(ODD, inner)))
def test_whatever_was_read_can_be_written(value):
    written = dumps({"id": value})
    written.encode("utf-8")
    assert json.loads(written) == {"id": value}


def test_one_bad_line_does_not_end_a_batch():
    lines = [
        b'{"id": 1, "text": "fever"}',
        b'{"id": 2, "text": "\xff"}',
        f'{{"id": {HUGE}}}'.encode(),
        DEEP.encode(),
        b'{"id": "\\ud800", "text": "fever \\ud800"}',
        b'{"id": 6, "text": "fever", "patient": [1]}',
        b'{"id": 7, "text": "fever", "patient": {"allergies": [["penicillin"]]}}',
        b'{"id": 8, "text": "fever"}',
    ]
    result = CliRunner().invoke(cli, ["triage", "--jsonl"], input=b"\n".join(lines))
    assert result.exit_code == 0, result.output
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(found) == len(lines)
    assert ["error" in one for one in found] == [False, True, True, True, False, True, True, False]


def test_a_tool_call_that_cannot_be_read_is_none():
    assert read_call(DEEP) is None
    assert read_call(f'{{"tool": "dose", "input": {HUGE}}}') is None


@pytest.mark.parametrize("text", [f"port = {HUGE}", f"port = {DEEP}", "port = \udcff", "\x00"])
def test_damaged_settings_never_stop_the_program(home, text):
    home.mkdir()
    (home / FILE).write_bytes(text.encode("utf-8", "surrogateescape"))
    settings, banners = load_settings()
    assert settings.port == 7860
    assert len(banners) == 1
    with pytest.raises(ModelFilesError):
        write_settings(home, {"clinic": "Hill"})


@pytest.mark.parametrize("front", [f"year = {HUGE}", f"a = {'[' * 5000}"])
def test_front_matter_that_cannot_be_read_is_told(front):
    with pytest.raises(UnreadableDocument):
        parse_card(f"+++\n{front}\n+++\n## Manage now\n".encode(), "x.md")


# --- the patient ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "field", "value"),
    [
        ("conditions=cardiac failure age=40y", "conditions", ("cardiac failure",)),
        ("conditions=cardiac failure, asthma; gout", "conditions", ("cardiac failure", "asthma", "gout")),
        ("age=40y, weight=60 kg; conditions = heart block", "weight_kg", Decimal(60)),
        ("age=40y, weight=60 kg; conditions = heart block", "age_days", 14610),
        ("age=40y, weight=60 kg; conditions = heart block", "conditions", ("heart block",)),
        ('drugs="a = b" sex=f', "drugs", ("a = b",)),
        ("drugs=warfarin, co-trimoxazole sex=f", "drugs", ("warfarin", "co-trimoxazole")),
        ("age= weight=12", "weight_kg", Decimal(12)),
        ("height=165 cm", "height_cm", Decimal(165)),
        ("gest_weeks=36 weeks", "gest_weeks", Decimal(36)),
    ],
)  # fmt: skip
def test_a_value_goes_up_to_the_next_name(given, field, value):
    assert getattr(parse_patient(given)[0], field) == value


@pytest.mark.parametrize(
    "given",
    [
        "=", "==", "60 kg", 'age=2y "', "age=2y age=3y", "sex=f woman", "height=65in",
        "gest_weeks=36d", "trimester=2.5", "weight=1,200", "age=1,000d", [1], 5, True,
        {"age_years": [[3]]}, {"drugs": {"a": 1}}, {"drugs": [["a"]]},
    ],
)  # fmt: skip
def test_what_can_be_read_in_two_ways_or_none_is_refused(given):
    with pytest.raises(BadPatient):
        parse_patient(given)


@given(ODD)
def test_any_text_is_a_patient_or_a_plain_message(text):
    for asked in (
        text,
        f"age={text}",
        f"weight={text} sex=f",
        {"weight_kg": text, "drugs": [text]},
    ):
        try:
            patient, _ = parse_patient(asked)
        except BadPatient:
            continue
        assert patient.weight_kg is None or Decimal("0.3") <= patient.weight_kg <= 400


def test_reading_a_patient_takes_a_time_in_line_with_its_length():
    def spent(size):
        begin = time.process_time()
        for unit in ("a", "a ", "a=", 'a="', "x1"):
            with pytest.raises(BadPatient):
                parse_patient(unit * (size // len(unit)) + "?")
        return time.process_time() - begin

    assert spent(80_000) < 40 * max(spent(8_000), 0.01)


# --- numbers in a question ------------------------------------------------------------------------


def value(text, name):
    return next(
        (fact.value for fact in find_facts(text) if fact.name == name and not fact.doubt), None
    )


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("weight 2½ kg", "weight_kg", "2.5"),
        ("weight 2 ¾ kg", "weight_kg", "2.75"),
        ("newborn weight 1⅓ kg", "weight_kg", "1.33"),
        ("weight ½ kg", "weight_kg", None),
        ("weighs 2 1/2 kg", "weight_kg", None),
        ("age 2½ years", "age_days", "913"),
        ("temp 38·5", "temp_c", "38.5"),
        ("weight 7⁵ kg", "weight_kg", "7"),
        ("weight 12 kg", "weight_kg", "12"),
        ("3y/14 kg", "weight_kg", "14"),
    ],
)
def test_fractions_raised_points_and_notes_do_not_change_a_number(text, name, expected):
    assert value(text, name) == expected


LABELS = st.sampled_from(
    ("weight", "height", "age", "temp", "BP", "HR", "RR", "SpO2", "GCS", "MUAC", "glucose", "Hb",
     "creatinine", "bilirubin", "platelets", "pregnant", "day", "gestation")
)  # fmt: skip
NUMBERS = st.one_of(
    st.from_regex(r"[0-9]{1,60}(\.[0-9]{1,60})?", fullmatch=True),
    st.from_regex(r"[0-9]{1,4}[½⅓²⁹]", fullmatch=True),
    st.from_regex(r"[0-9]{1,40}/[0-9]{1,40}", fullmatch=True),
    st.from_regex(r"[٠-٩]{1,40}([.,٫٬][٠-٩]{1,9})?", fullmatch=True),
    st.sampled_from(("1e5", "1E999", "-0", "∞", "NaN", "²", "½", "1.2.2020", "9" * 5000)),
)
UNITS = st.sampled_from(
    ("", "kg", "g", "lb", "cm", "ft", "m", "years", "weeks", "mmHg", "mg/dL", "mmol/L", "%", "F")
)


@given(st.lists(st.tuples(LABELS, NUMBERS, UNITS), min_size=1, max_size=4))
def test_any_number_behind_any_sign_is_read_or_left(rows):
    facts = find_facts(" ".join(f"{label} {number} {unit}" for label, number, unit in rows))
    merge(Patient(), facts)


@pytest.mark.parametrize(
    ("text", "evidence", "traced"),
    [
        ("Give 15 mg.", "1,5 mg once", False),
        ("Give 1.5 mg.", "1,5 mg once", True),
        ("Give 1500 mg.", "1,500 mg once", True),
        ("Give 125 mg.", "0,125 mg once", False),
        (f"Give {'1' * 29}2 mg.", f"{'1' * 29}3 mg", False),
    ],
)
def test_a_decimal_comma_is_no_thousand_and_long_numbers_are_not_rounded(text, evidence, traced):
    assert (not untraced(text, evidence)) is traced


@given(ODD)
def test_quantities_of_any_text_are_read(text):
    assert all(quantity.value.is_finite() for quantity in quantities(text))


# --- half characters on the command line ------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [["kb", "show", "x\udcff"], ["kb", "remove", "x\udcff"], ["kb", "search", "fever \udcff"]],
)
def test_half_characters_in_an_argument_are_no_crash(arguments):
    result = CliRunner().invoke(cli, arguments)
    assert not isinstance(result.exception, UnicodeError | TypeError), result.exception


def test_half_characters_in_spoken_words_are_left_out():
    assert _of_words("fever \ud800 five milligrams", "en").text == "fever 5 mg"


def test_a_folder_that_cannot_be_opened_is_told_and_the_rest_is_found(tmp_path, capsys):
    from ui.cli.library import _files

    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "one.txt").write_text("one")
    shut = tmp_path / "a"
    shut.mkdir(mode=0)
    try:
        assert _files(tmp_path) == [tmp_path / "b" / "one.txt"]
    finally:
        shut.chmod(0o700)
    long = tmp_path / ("a" * 5000)
    assert _files(long) == [long]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["kb", "add", ""], "an empty name is neither"),
        (["bundle", "install", "a" * 300], "File name too long"),
        (["exam", "vision", "/dev/null", "--find", "x"], "is no folder of pictures"),
    ],
)
def test_a_path_that_cannot_be_is_told(arguments, told, capsys):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code in (1, 2)
    assert told in capsys.readouterr().err
