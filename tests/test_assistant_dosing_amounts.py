"""Amounts: exact, held at every maximum, with a formula that a person can check."""

from decimal import Decimal

import pytest

from assistant.clinical.dosing.amounts import Amount, kidney_rule, under_adult, work_out
from assistant.clinical.dosing.measure import measure, pieces_of, read_strength
from assistant.clinical.dosing.say import number, short, span
from kb.medicines import Form, Range, RenalRule
from tests.makers_formulary import ADULT, CHILD, row_of


def out(row: str, kg: str | None = None, age: int = 1000, rule: RenalRule | None = None) -> Amount:
    return work_out(row_of(row), Decimal(kg) if kg else None, Decimal(age), rule)


def spread(low: str, high: str) -> Range:
    return Range(Decimal(low), Decimal(high))


def test_per_kg_is_exact_and_shows_its_formula() -> None:
    amount = out(CHILD.replace("[10, 15]", "[0.1, 0.2]"), "3.3")
    assert amount.dose == spread("0.33", "0.66")
    assert amount.formula == "0.1-0.2 mg/kg x 3.3 kg = 0.33-0.66 mg"
    assert not amount.at_maximum
    assert amount.interval_hours == spread("12", "12")


def test_a_day_is_shared_by_its_doses() -> None:
    amount = out(CHILD.replace("per_kg = [10, 15]", "per_kg_day = [80, 90]"), "8")
    assert amount.dose == spread("320", "360")
    assert amount.formula == "80-90 mg/kg a day x 8 kg / 2 = 320-360 mg"


def test_the_maximum_of_a_dose_holds_and_is_told() -> None:
    amount = out(CHILD, "45")
    assert amount.dose == spread("450", "500")
    assert amount.at_maximum
    assert amount.formula.endswith("maximum 500 mg a dose")


def test_the_maximum_of_a_day_holds_for_the_fewest_doses() -> None:
    amount = out(CHILD.replace("max_per_day = 1000", "max_per_day = 600"), "30")
    assert amount.dose == spread("300", "300")
    by_weight = out(CHILD.replace("max_per_day = 1000", "max_per_kg_day = 22"), "10")
    assert by_weight.dose == spread("100", "110")
    assert by_weight.max_per_day == Decimal(220)


def test_a_child_row_without_a_maximum_is_held_to_the_dose_of_an_adult() -> None:
    child = row_of(
        CHILD.replace("max_per_dose = 500\nmax_per_day = 1000", 'max_note = "none stated"')
    )
    adult = row_of(ADULT)
    assert under_adult(child, (adult, child)).max_per_dose == Decimal(500)
    elsewhere = row_of(ADULT.replace('"by mouth"', '"intravenous"'))
    assert under_adult(child, (elsewhere,)).max_per_dose is None
    assert under_adult(row_of(CHILD.replace("= 500", "= 400")), (adult,)).max_per_dose == Decimal(
        400
    )


def test_a_fixed_amount_is_no_maximum_but_the_top_of_a_range_is() -> None:
    assert not out(ADULT).at_maximum
    assert out(ADULT.replace("[500, 500]", "[250, 500]")).at_maximum
    times = ADULT.replace("doses_per_day = [2, 2]", "doses_per_day = [1, 2]").replace(
        "every_hours = [12, 12]", "every_hours = [12, 24]"
    )
    assert out(times).at_maximum


def test_once_is_one_dose() -> None:
    once = ADULT.replace("doses_per_day = [2, 2]\nevery_hours = [12, 12]", "doses_per_day = [0, 0]")
    amount = out(once)
    assert amount.doses_per_day == spread("1", "1")
    assert amount.interval_hours is None


@pytest.mark.parametrize(
    ("line", "times", "hours"),
    [
        ("every_hours = [6, 8]", spread("3", "4"), spread("6", "8")),
        ("doses_per_day = [3, 4]", spread("3", "4"), spread("6", "8")),
        ("every_hours = [168, 168]", None, spread("168", "168")),
        ("", None, None),
    ],
)
def test_times_follow_from_hours_and_hours_from_times(
    line: str, times: Range | None, hours: Range | None
) -> None:
    row = ADULT.replace("doses_per_day = [2, 2]\nevery_hours = [12, 12]", line)
    amount = out(row)
    assert (amount.doses_per_day, amount.interval_hours) == (times, hours)


def test_bands_give_their_amount_and_words() -> None:
    row = CHILD.replace(
        "per_kg = [10, 15]",
        'bands = [{weight = [3, 6], dose = [50, 50], text = "half"}, {weight = [6, 10], dose = [100, 100]}]',
    )
    amount = out(row, "5.9")
    assert (amount.dose, amount.text) == (spread("50", "50"), "half")
    assert amount.formula == "3 to under 6 kg: 50 mg"
    by_age = CHILD.replace("per_kg = [10, 15]", "bands = [{age_months = [0, 6], dose = [7, 7]}]")
    assert out(by_age, None, 90).dose == spread("7", "7")
    with pytest.raises(LookupError):
        out(by_age, None, 4000)


def test_the_kidney_rule_of_the_lowest_limit_counts() -> None:
    def rule(below: int, factor: str | None = None, hours: int | None = None) -> RenalRule:
        return RenalRule(
            Decimal(below), "reduce", "less", "SRC1",
            every_hours=Decimal(hours) if hours else None, factor=Decimal(factor) if factor else None,
        )  # fmt: skip

    rules = (rule(60, "0.5"), rule(30, "0.25", 24))
    assert kidney_rule(rules, None) is None
    assert kidney_rule(rules, Decimal(60)) is None
    assert kidney_rule(rules, Decimal("59.9")) == rules[0]
    assert kidney_rule(rules, Decimal(29)) == rules[1]
    amount = out(ADULT, rule=rules[1])
    assert amount.dose == spread("125", "125")
    assert amount.doses_per_day == spread("1", "1")
    assert amount.interval_hours == spread("24", "24")
    assert "x 0.25 for the kidneys = 125 mg" in amount.formula


def test_volumes_are_rounded_down_to_what_a_syringe_shows() -> None:
    strength = read_strength("40 mg/mL", "mg")
    assert strength is not None
    small = measure(spread("16", "16"), strength, Decimal(10))
    assert small is not None
    assert (small.volume_ml, small.error_percent) == (Decimal("0.4"), Decimal(0))
    assert measure(spread("3", "3"), strength, Decimal(10)) is None
    syrup = read_strength("250 mg/5 mL", "mg")
    assert syrup is not None
    large = measure(spread("320", "364"), syrup, Decimal(10))
    assert large is not None
    assert large.volume_ml == Decimal("7.0")


@pytest.mark.parametrize(
    ("label", "unit", "amount"),
    [
        ("40 mg/mL", "mg", "40"),
        ("250 mg in 5 mL", "mg", "50"),
        ("1 mg/10 mL", "mg", "0.1"),
        ("10%", "mg", "100"),
        ("100 micrograms/mL", "mg", "0.1"),
        ("1 g tablet", "mg", "1000"),
        ("1,000 mg tablet", "mg", "1000"),
        ("100 units/mL", "units", "100"),
    ],
)
def test_strengths_are_read_in_the_unit_of_the_dose(label: str, unit: str, amount: str) -> None:
    strength = read_strength(label, unit)
    assert strength is not None
    assert strength.amount == Decimal(amount)


@pytest.mark.parametrize(
    "label", ["", "strong", "1:1000", "500 mg", "400 mg + 80 mg", "0 mg/mL", "5 mmol/mL"]
)
def test_a_strength_that_cannot_be_told_gives_none(label: str) -> None:
    assert read_strength(label, "mg") is None


def test_tablets_are_halved_only_where_they_may_be() -> None:
    forms = [
        Form("tablet", "250 mg"),
        Form("scored tablet", "250 mg"),
        Form("syrup", "250 mg/5 mL"),
    ]
    half = pieces_of(forms, spread("120", "130"), "mg", Decimal(10))
    assert [(item.label, item.pieces) for item in half] == [
        ("250 mg scored tablet", Decimal("0.5"))
    ]
    whole = pieces_of(forms, spread("250", "400"), "mg", Decimal(10))
    assert [item.pieces for item in whole] == [Decimal(1), Decimal("1.5")]


def test_numbers_have_no_trailing_and_always_a_leading_zero() -> None:
    assert [number(Decimal(text)) for text in ("5.0", "0.50", "1000", "50000", "1E+2")] == [
        "5", "0.5", "1000", "50,000", "100",
    ]  # fmt: skip
    assert short(Decimal("0.33333")) == "0.333"
    assert span(spread("5", "5.0")) == "5"
