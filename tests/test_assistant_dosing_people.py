"""Whom a row is for: ages in days, weight wins over age, half-open bands, unknown facts are asked."""

from decimal import Decimal

import pytest

from assistant.clinical.dosing.growth import load_growth
from assistant.clinical.dosing.people import Fit, fit
from assistant.clinical.dosing.person import person_of
from assistant.messages import Patient
from kb.medicines import Range
from tests.makers_formulary import ADULT, CHILD, row_of

GROWTH = load_growth()
YEAR = 365.25
BANDS = CHILD.replace(
    "per_kg = [10, 15]",
    "bands = [{weight = [4, 10], dose = [5, 5]}, {weight = [10, 14], dose = [9, 9]}]",
)


def fitting(row: str, pregnant: bool | None = None, **patient: object) -> Fit:
    who = Patient(**patient)  # type: ignore[arg-type]
    return fit(row_of(row), person_of(who, GROWTH, pregnant=pregnant))


def years(number: float, kg: str | None = None) -> dict[str, object]:
    return {"age_days": round(number * YEAR), "weight_kg": Decimal(kg) if kg else None}


def group(name: str, extra: str = "") -> str:
    return ADULT.replace('population = "adult"', f'population = "{name}"\n{extra}')


@pytest.mark.parametrize(
    ("name", "age", "kg", "level"),
    [
        ("neonate", 0, "3", "yes"),
        ("neonate", 28, "3", "yes"),
        ("neonate", 29, "3", "no"),
        ("young_infant", 59, "4", "yes"),
        ("young_infant", 60, "4", "no"),
        ("child", 28, "3", "no"),
        ("child", 40, "4", "rather"),
        ("child", 60, "4", "yes"),
        ("child", 4382, "50", "yes"),
        ("child", 4383, "39.9", "yes"),
        ("child", 4383, "40", "rather"),
        ("child", 6575, "35", "no"),
        ("adult", 4382, "60", "no"),
        ("adult", 4383, "40", "yes"),
        ("adult", 4383, "39.9", "no"),
        ("adult", 6575, "35", "yes"),
        ("any", 0, "1", "yes"),
        ("any", 30000, "60", "yes"),
    ],
)
def test_groups_of_people(name: str, age: int, kg: str, level: str) -> None:
    assert fitting(group(name), age_days=age, weight_kg=Decimal(kg)).level == level


def test_a_row_that_names_an_age_overrules_its_group() -> None:
    assert fitting(group("adult", "age_min_years = 6"), **years(7, "22")).level == "rather"
    assert (
        fitting(group("child", "age_min_days = 0"), age_days=5, weight_kg=Decimal(3)).level == "yes"
    )
    assert fitting(group("adult", "weight_min_kg = 30"), **years(11, "31")).level == "rather"


def test_pregnant_rows_are_for_the_pregnant() -> None:
    assert fitting(group("pregnant"), pregnant=True, **years(25, "60")).level == "yes"
    assert fitting(group("pregnant"), pregnant=None, **years(25, "60")).level == "no"
    assert fitting(group("pregnant"), pregnant=True, **years(5, "18")).level == "no"


def test_bands_are_half_open() -> None:
    levels = [
        fitting(BANDS, **years(1, kg)).level for kg in ("3.9", "4", "9.9", "10", "13.9", "14")
    ]
    assert levels == ["no", "yes", "yes", "yes", "yes", "no"]


def test_weight_wins_over_an_upper_age_but_not_over_a_lower_one() -> None:
    to_five = BANDS.replace("age_min_months = 2", "age_min_months = 2\nage_max_months = 60")
    assert fitting(to_five, **years(6, "13")).level == "rather"
    assert fitting(to_five, age_days=45, weight_kg=Decimal("4.2")).level == "no"
    plain = CHILD.replace("age_min_months = 2", "age_min_months = 2\nage_max_months = 60")
    assert fitting(plain, **years(6, "13")).level == "no"
    to_twelve = CHILD.replace("age_min_months = 2", "age_min_months = 2\nage_max_years = 12")
    assert fitting(to_twelve, **years(13, "33")).level == "rather"


def test_no_weight_for_a_row_that_reckons_by_it_is_asked() -> None:
    assert fitting(CHILD, **years(3)) == Fit("unknown", ("weight",))
    assert fitting(BANDS, **years(3)) == Fit("unknown", ("weight",))
    assert fitting(ADULT, **years(30)).level == "yes"
    assert fitting(ADULT, **years(13)) == Fit("unknown", ("weight",))


def test_an_adult_whom_nobody_weighed_gets_the_usual_row_with_a_word_about_it() -> None:
    heavy = group("adult", "weight_min_kg = 50")
    light = group("adult", "weight_max_kg = 50")
    assert "from 50 kg" in fitting(heavy, **years(30)).assumed
    assert fitting(light, **years(30)).level == "no"
    assert "40 kg" in fitting(ADULT, **years(16)).assumed


def test_a_weight_tells_the_age_where_it_can() -> None:
    assert fitting(CHILD, weight_kg=Decimal(12)).level == "yes"
    assert fitting(ADULT, weight_kg=Decimal(60)).level == "yes"
    assert fitting(group("neonate"), weight_kg=Decimal("3.4")) == Fit("unknown", ("age",))
    assert fitting(group("adult"), weight_kg=Decimal(45)) == Fit("unknown", ("age",))


def test_age_bands_need_one_band_for_all_ages_that_can_be_true() -> None:
    bands = CHILD.replace(
        "per_kg = [10, 15]",
        "bands = [{age_months = [2, 12], dose = [5, 5]}, {age_months = [12, 144], dose = [9, 9]}]",
    )
    assert fitting(bands, age_group="child") == Fit("unknown", ("age",))
    assert fitting(bands, **years(1)).level == "yes"


def test_age_groups_stand_for_their_ages() -> None:
    assert fitting(ADULT, age_group="adult").level == "yes"
    assert fitting(ADULT, age_group="child").level == "no"
    assert fitting(group("neonate"), age_group="young_infant") == Fit("unknown", ("age",))


def at(days: int) -> Range:
    return Range(Decimal(days), Decimal(days))


def test_weights_that_cannot_be_true() -> None:
    assert GROWTH.possible(at(730), Decimal(12))
    assert not GROWTH.possible(at(730), Decimal("26.4"))
    assert not GROWTH.possible(at(365), Decimal(45))
    assert not GROWTH.possible(at(3653), Decimal(5))
    assert GROWTH.possible(at(0), Decimal("0.9"))
    assert not GROWTH.possible(at(12000), Decimal(12))
    assert GROWTH.possible(at(12000), Decimal(38))


def test_any_age_of_a_group_may_be_the_one_that_has_the_weight() -> None:
    child = Range(Decimal(60), Decimal(12 * 365))
    assert all(GROWTH.possible(child, Decimal(kg)) for kg in (3, 5, 12, 20, 40))
    assert not GROWTH.possible(child, Decimal("0.5"))
    for kg in (3, 5, 12, 20, 40):
        narrowed = GROWTH.possible_ages(Decimal(kg), child)
        ends = [
            at for at in (child.low, child.high) if not GROWTH.possible(Range(at, at), Decimal(kg))
        ]
        assert child.low <= narrowed.low <= narrowed.high <= child.high
        assert all(not narrowed.low < at < narrowed.high for at in ends)
    assert GROWTH.possible_ages(Decimal(300), child) == child
    assert not GROWTH.possible(child, Decimal(300))


def test_who_can_be_pregnant() -> None:
    def fertile(age: float | None, sex: str | None) -> bool | None:
        days = round(age * YEAR) if age is not None else None
        patient = Patient(age_days=days, sex=sex)  # type: ignore[arg-type]
        return person_of(patient, GROWTH, pregnant=None).fertile

    assert fertile(25, "f") is True
    assert fertile(25, "m") is False
    assert fertile(25, None) is None
    assert fertile(5, "f") is False
    assert fertile(60, "f") is False
    assert fertile(None, "f") is None


def test_a_weight_tells_of_the_age_within_a_group() -> None:
    heavy = person_of(Patient(age_group="child", weight_kg=Decimal(12)), GROWTH, pregnant=None)
    assert Decimal(60) < heavy.ages.low < Decimal(200)
    light = person_of(Patient(age_group="child", weight_kg=Decimal(5)), GROWTH, pregnant=None)
    assert light.ages.high < Decimal(3 * 365)
    alone = person_of(Patient(age_group="child"), GROWTH, pregnant=None)
    assert alone.ages.low == Decimal(60)
