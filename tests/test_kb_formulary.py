"""The formulary is read strictly: every key known, every value of its type, errors that name the place."""

from decimal import Decimal
from pathlib import Path

import pytest

from kb.formulary import load_formulary, parse_formulary, starter_formulary
from kb.formulary_read import source_key
from kb.formulary_table import BadFormulary, in_days
from kb.medicines import Medicine, Range, Span
from tests.makers_formulary import (
    CHILD,
    GOOD,
    MEDICINE,
    record_of,
    row_of,
    second_medicine,
    text_of,
)


def test_a_medicine_is_read_whole() -> None:
    medicine = parse_formulary([("a.toml", GOOD)]).medicines["samplicillin"]
    assert (medicine.inn, medicine.aliases, medicine.classes) == (
        "samplicillin", ("Samplox",), ("penicillin",),
    )  # fmt: skip
    assert (medicine.look_alike, medicine.tall) == (("samplidine",), "sampliCILLIN")
    record = medicine.record
    assert record.sources == {"SRC1": "Sample guideline, Sample House, 2020"}
    assert record.pregnancy.in_trimester(2) == "yes"
    child, adult = record.doses
    assert child.per_kg == Range(Decimal(10), Decimal(15))
    assert child.age == Span(in_days(Decimal(2), "months"), None)
    assert adult.fixed == Range(Decimal(500), Decimal(500))
    assert adult.routes == ("by mouth",)
    assert source_key(child.source, record) == "SRC1"


def test_figures_are_exact_decimals() -> None:
    row = row_of(CHILD.replace("[10, 15]", "[0.1, 0.3]"))
    assert row.per_kg == Range(Decimal("0.1"), Decimal("0.3"))


def test_every_reason_and_rule_is_read() -> None:
    extra = """
[[medicine.renal]]
below = 30
action = "reduce"
advice = "half the dose"
factor = 0.5
every_hours = 24
source = "SRC1"

[[medicine.not_if]]
action = "refuse"
why = "near birth"
source = "SRC1"
pregnant = true
trimesters = [3]
gest_from_weeks = 36
age_from_years = 12
routes = ["by mouth"]
g6pd = ["deficient"]
"""
    record = record_of(text_of(CHILD, extra=extra))
    assert record.renal[0].factor == Decimal("0.5")
    reason = record.not_if[0]
    assert (reason.trimesters, reason.gest_from_weeks) == ((3,), Decimal(36))
    assert reason.age == Span(in_days(Decimal(12), "years"), None)
    assert reason.g6pd == ("deficient",)


def test_bands_are_read_by_weight_and_by_age() -> None:
    by_weight = CHILD.replace("per_kg = [10, 15]", "bands = [{weight = [3, 6], dose = [5, 5]}]")
    band = row_of(by_weight).bands[0]
    assert (band.by, band.span) == ("weight", Span(Decimal(3), Decimal(6)))
    by_age = CHILD.replace(
        "per_kg = [10, 15]", 'bands = [{age_months = [6, 12], dose = [5, 5], text = "half"}]'
    )
    band = row_of(by_age).bands[0]
    assert (band.by, band.text) == ("age", "half")
    assert band.span == Span(in_days(Decimal(6), "months"), in_days(Decimal(12), "months"))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('unit = "mg"', "", "dose 1: `unit` must be a text"),
        ("per_kg = [10, 15]", "", "must stand there exactly once"),
        ("per_kg = [10, 15]", "per_kg = [10, 15]\nfixed = [1, 2]", "exactly once"),
        ("per_kg = [10, 15]", "per_kg = [15, 10]", "must be low, then high"),
        ("per_kg = [10, 15]", 'per_kg = ["10", 15]', "`per_kg` must be a number"),
        ("per_kg = [10, 15]", "per_kg = [10]", "must be two numbers"),
        ("per_kg = [10, 15]", "per_kg = [-1, 15]", "0 or more"),
        ("per_kg = [10, 15]", "per_kg = [nan, 15]", "0 or more"),
        ("per_kg = [10, 15]", "bands = [{dose = [5, 5]}]", "each needs `dose` and one of"),
        ('population = "child"', 'population = "children"', "`population` must be one of"),
        ('route = "by mouth"', 'route = "oral"', "is not one of by mouth"),
        ('route = "by mouth"', "", "or `routes` must stand there"),
        ('confirmed = "ok"', 'confirmed = "confirm"', "`confirmed` must be one of v, ok"),
        ('confirmed = "ok"', 'confirmed = "ok"\ndays = 5', "`days` is no key of this table"),
        ("age_min_months = 2", "age_min_months = 2\nage_min_days = 60", "is given in two units"),
        ("max_per_dose = 500", "max_per_dose = true", "must be a number"),
        ('eml = "core"', 'eml = "main"', "`eml` must be one of"),
        ('first = "yes"', 'first = "maybe"', "pregnancy: `first` must be one of"),
        ('status = "draft-not-clinician-reviewed"', "", "`status` must be a text"),
    ],
)  # fmt: skip
def test_a_fault_names_file_medicine_and_key(old: str, new: str, says: str) -> None:
    text = text_of(CHILD).replace(old, new, 1)
    with pytest.raises(BadFormulary, match=r"sample\.toml: samplicillin") as caught:
        record_of(text)
    assert says in str(caught.value)


def test_broken_toml_names_the_place_where_the_medicine_begins() -> None:
    formulary = parse_formulary([("a.toml", GOOD.replace("per_kg = [10, 15]", "per_kg = [10, "))])
    with pytest.raises(BadFormulary, match=r"a\.toml: the medicine that begins in line 2"):
        _ = formulary.medicines["samplicillin"].record


def test_two_medicines_of_one_id_are_refused() -> None:
    with pytest.raises(BadFormulary, match="another medicine has the id 'samplicillin'"):
        parse_formulary([("a.toml", GOOD), ("b.toml", GOOD)])


def test_names_over_several_lines_are_read_too() -> None:
    text = GOOD.replace(
        'aliases = ["Samplox"]', 'aliases = [\n  "Samplox",\n  "Old name", # old\n]'
    )
    assert parse_formulary([("a.toml", text)]).medicines["samplicillin"].aliases == (
        "Samplox", "Old name",
    )  # fmt: skip


def test_a_folder_is_read_by_name_and_other_files_are_left(tmp_path: Path) -> None:
    (tmp_path / "b.toml").write_text(second_medicine("zedol"), encoding="utf-8")
    (tmp_path / "a.toml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "README.md").write_text(MEDICINE, encoding="utf-8")
    formulary = load_formulary(tmp_path)
    assert list(formulary.medicines) == ["samplicillin", "zedol"]
    assert formulary.get("zedol") is not None
    assert formulary.get("nothing") is None


def test_a_medicine_known_by_name_only_has_an_empty_record() -> None:
    assert Medicine("a", "a").record.doses == ()


def test_every_shipped_record_can_be_read() -> None:
    formulary = starter_formulary()
    rows = sum(len(medicine.record.doses) for medicine in formulary.medicines.values())
    assert len(formulary.medicines) > 100
    assert rows > len(formulary.medicines)
