"""The first questions: what is kept, what is refused, and what a measurement means in words."""

import tomllib
from dataclasses import replace

import pytest
from makers_gguf import make

from assistant.errors import ModelError
from ui.models.advice import Speed
from ui.models.errors import ModelFilesError
from ui.models.folder import Models
from ui.models.machine import this_machine
from ui.set_up import (
    LANGUAGES,
    BadAnswer,
    Clinic,
    Computer,
    SetUp,
    check,
    in_words,
    take_from,
    try_out,
)
from ui.settings import FILE, Settings, load_settings
from ui.web.setting_up import first_notice, header_html

PAYLOAD = "<img src=x onerror=alert(1)>"


@pytest.fixture
def setup(home):
    home.mkdir(exist_ok=True)
    return SetUp(Settings(home=home))


def test_answers_hold_at_once_and_after_a_restart(setup, home):
    (home / FILE).write_text("# my own line\nport = 7999\n")
    clinic = Clinic("  Mwangaza   Health Post ", "+254 700 000 000", "sw")
    assert setup.is_new
    setup.save(clinic)
    kept = Clinic("Mwangaza Health Post", "+254 700 000 000", "sw")
    assert setup.clinic == kept
    assert not setup.is_new
    settings, banners = load_settings()
    assert banners == ()
    assert SetUp(settings).clinic == kept
    assert settings.port == 7999
    assert "# my own line" in (home / FILE).read_text()


def test_all_can_be_skipped(setup, home):
    setup.skip()
    assert not setup.is_new
    assert setup.clinic == Clinic()
    assert tomllib.loads((home / FILE).read_text()) == {"set_up": True}


@pytest.mark.parametrize(
    "clinic",
    [
        Clinic(name="x" * 81),
        Clinic(name="a\x00b"),
        Clinic(emergency_number="call the doctor"),
        Clinic(emergency_number="112; rm"),
        Clinic(emergency_number="1" * 40),
        Clinic(language="tlh"),
    ],
)
def test_what_cannot_be_used_is_refused_and_nothing_is_kept(setup, home, clinic):
    with pytest.raises(BadAnswer):
        setup.save(clinic)
    assert setup.is_new
    assert not (home / FILE).exists()


@pytest.mark.parametrize("number", ["", "112", "999 / 112", "(020) 222-2181", "+91 108"])
def test_numbers_as_people_write_them(number):
    assert check(Clinic(emergency_number=number)).emergency_number == number


def test_a_settings_file_that_cannot_be_written_is_told(setup, home):
    (home / FILE).write_text("port = 7999\n[table\n")
    with pytest.raises(ModelFilesError, match=FILE):
        setup.save(Clinic("A"))
    assert setup.is_new


def test_the_head_of_the_page_shows_the_name_as_text(setup):
    setup.save(Clinic(PAYLOAD[:60]))
    assert "<img" not in header_html(setup)
    assert "&lt;img" in header_html(setup)
    assert first_notice(setup) == ""


def test_a_fast_a_slow_and_an_unmeasured_computer_are_told_apart():
    fast = Speed(weights_per_s=300e9, bytes_per_s=40e9, threads=4)
    machine = replace(this_machine(), memory=32 * 10**9)
    told = [
        " ".join(in_words(Computer(machine, speed, why, chosen)))
        for speed, why, chosen in ((fast, "", None), (None, "the engine is not installed", None))
    ]
    assert "too small or too slow" in told[0]
    assert "the engine is not installed" in told[1]


def test_a_suitable_model_is_named_with_its_pace():
    from ui.models.advice import best, estimates, load_rules
    from ui.models.catalogue import catalogue

    speed = Speed(weights_per_s=300e9, bytes_per_s=40e9, threads=4)
    machine = replace(this_machine(), memory=32 * 10**9)
    chosen = best(estimates(catalogue(), machine.memory, speed, load_rules()))
    told = in_words(Computer(machine, speed, "", chosen))
    words = chosen.writes_per_s * 0.75
    assert f"about {words:.0f} words a second" in told[0]
    assert f"aidpost models pull {chosen.name}" in told[1]


def test_an_engine_that_does_not_start_is_a_sentence(home):
    def broken(path, threads):
        raise ModelError("The engine does not start here.")

    computer = try_out(broken, Models(home / "models"))
    if not computer.machine.missing:
        assert "does not start here" in in_words(computer)[0]
    assert computer.speed is None


def test_models_come_from_a_stick(home, tmp_path):
    stick = tmp_path / "stick"
    stick.mkdir()
    make(stick / "tiny.gguf", _recipe())
    models = Models(home / "models")
    assert take_from(stick / "tiny.gguf", models) == ("tiny",)
    with pytest.raises(ModelFilesError, match="no folder or file"):
        take_from(tmp_path / "absent", models)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelFilesError):
        take_from(tmp_path / "empty", models)


def test_the_languages_are_those_of_the_kiosk():
    assert set(LANGUAGES) >= {"en", "fr", "es", "sw", "hi", "ar"}


def _recipe():
    from makers_gguf import Recipe

    return Recipe()
