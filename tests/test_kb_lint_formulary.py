"""The formulary linter: each rule has a file that breaks it, and what ships breaks none."""

from pathlib import Path

import pytest

from kb.formulary import entries
from kb.lint import main
from kb.lint_formulary import (
    FORMULARY,
    Names,
    add_names,
    formulary_files,
    lint_file,
    lint_formulary,
)
from tests.makers_formulary import ADULT, CHILD, GOOD, second_medicine, text_of

BANDS = (
    "bands = [{weight = [3, 6], dose = [50, 50]}, {weight = [6, 10], dose = [100, 100]}, "
    "{weight = [10, 15], dose = [150, 150]}]"
)


def messages(text: str, *others: str) -> str:
    names = Names({}, {})
    for number, one in enumerate((text, *others)):
        for entry in entries(f"{number}.toml", one):
            add_names(names, entry)
    return "\n".join(fault.message for fault in lint_file("0.toml", text, names))


def with_reason(reason: str) -> str:
    return text_of(
        CHILD, ADULT, extra=f'\n[[medicine.not_if]]\nwhy = "x"\nsource = "SRC1"\n{reason}\n'
    )


def test_a_good_file_has_no_fault() -> None:
    assert messages(GOOD) == ""
    assert messages(GOOD.replace("per_kg = [10, 15]", BANDS)) == ""


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("draft, not", "final,", "the first lines must say"),
        ("Sample House", "S\u00e4mple", "not plain ASCII"),
        ("[[medicine]]\n", "x = 1\n[[medicine]]\n", "`x` stands outside"),
        ("per_kg = [10, 15]", "per_kg = [10, 15", "not TOML"),
        ('unit = "mg"', 'unit = "milligram"', "`unit` 'milligram' is not known"),
        ('id = "samplicillin"', 'id = "Samplicillin"', "is no slug"),
        ('["penicillin"]', '["Penicillin"]', "class 'Penicillin' is no slug"),
        ('"J01CA04"', '"J1"', "is not a code of the ATC"),
        ("draft-not-clinician-reviewed", "reviewed", "`status` must be"),
        ('source = "SRC1 table 1"', 'source = "SRC9 table 1"', "begins with no key of `sources`"),
        ("every_hours = [12, 12]", "every_hours = [8, 8]", "`every_hours` disagree"),
        ("every_hours = [12, 12]", "every_hours = [168, 168]", "over a day"),
        ("every_hours = [12, 12]", "every_hours = [0, 12]", "`every_hours` is 0"),
        ("doses_per_day = [2, 2]", "doses_per_day = [0, 0]", "says once only"),
        ("max_per_dose = 500\n", "", "no `max_per_dose`"),
        ("max_per_day = 1000\n", "", "no `max_per_day`"),
        ("max_per_dose = 500", "max_per_dose = 5000", "is above `max_per_day`"),
        (
            "max_per_dose = 500\nmax_per_day = 1000",
            "max_per_dose = 1500\nmax_per_day = 3000",
            "above the adult's 1000",
        ),
        ("per_kg = [10, 15]", "per_kg = [600, 900]", "decimal or unit slip"),
        ("per_kg = [10, 15]", "per_kg = [0.1, 0.15]", "decimal or unit slip"),
        ("age_min_months = 2", "age_min_months = 2\nage_max_months = 2", "the age band is empty"),
        ('confirmed = "ok"', 'confirmed = "ok"\nneeds = ["luck"]', "`needs` names 'luck'"),
    ],
)  # fmt: skip
def test_each_rule_finds_its_fault(old: str, new: str, says: str) -> None:
    broken = GOOD.replace(old, new, 1)
    assert broken != GOOD
    assert says in messages(broken)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("[6, 10]", "[7, 10]", "leave a hole, overlap"),
        ("[6, 10]", "[5, 10]", "leave a hole, overlap"),
        ("[100, 100]", "[10, 10]", "has less than the band below"),
        ("[150, 150]", "[1500, 1500]", "above `max_per_dose`"),
        ("[100, 100]", "[480, 480]", "is out of line with the band below it"),
        ("{weight = [10, 15]", "{age_months = [10, 15]", "bands by weight and by age"),
        ("[3, 6]", "[6, 3]", "is empty"),
    ],
)
def test_bands_fit_together(old: str, new: str, says: str) -> None:
    assert says in messages(GOOD.replace("per_kg = [10, 15]", BANDS.replace(old, new, 1), 1))


def test_a_fixed_dose_stays_within_the_maximum_of_the_day() -> None:
    assert "x 2 a day is above `max_per_day`" in messages(
        GOOD.replace("fixed = [500, 500]", "fixed = [500, 600]").replace(
            'max_per_dose = 500\nmax_per_day = 1000\nsource = "SRC1 table 2"',
            'max_per_dose = 600\nmax_per_day = 1000\nsource = "SRC1 table 2"',
        )
    )


def test_ten_times_another_row_is_a_slip() -> None:
    second = CHILD.replace("[10, 15]", "[100, 150]").replace(
        "max_per_dose = 500", "max_per_dose = 1000"
    )
    assert "decimal or unit slip" in messages(text_of(CHILD, second))


def test_a_reason_that_refuses_must_say_when() -> None:
    assert "refuses everyone" in messages(with_reason('action = "refuse"'))
    assert messages(with_reason('action = "refuse"\nroutes = ["intravenous"]')) == ""
    assert messages(with_reason('action = "refuse"\njaundice = true')) == ""
    assert "names the medicine itself" in messages(
        with_reason('action = "warn"\ndrugs = ["samplicillin"]')
    )


def test_names_belong_to_one_medicine() -> None:
    assert "the id stands at" in messages(GOOD, GOOD)
    other = second_medicine("zedol").replace('"Zedolox"', '"Samplicillin"')
    assert "alias 'Samplicillin' also names samplicillin" in messages(other, GOOD)
    assert messages(second_medicine("zedol"), GOOD) == ""


def test_faults_are_printed_with_path_and_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "formulary"
    folder.mkdir()
    file = folder / "a.toml"
    file.write_text(GOOD.replace('unit = "mg"', 'unit = "milligram"', 1), encoding="utf-8")
    (tmp_path / "other.toml").write_text("x = 1", encoding="utf-8")
    assert formulary_files(tmp_path) == [file]
    assert main([str(tmp_path)]) == 1
    line = GOOD[: GOOD.index("[[medicine.dose]]")].count("\n") + 1
    assert f"{file}:{line}: samplicillin, dose 1: `unit`" in capsys.readouterr().out


def test_the_shipped_formulary_has_no_fault() -> None:
    assert list(lint_formulary(formulary_files(FORMULARY))) == []
