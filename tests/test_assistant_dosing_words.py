"""Reasons, routes and orders as people write them."""

import tomllib
from decimal import Decimal
from importlib.resources import files

import pytest

from assistant.clinical.dosing.amounts import Amount, work_out
from assistant.clinical.dosing.indication import ENOUGH, match_row
from assistant.clinical.dosing.orders import Order, compare, load_orders
from assistant.clinical.dosing.routes import load_routes
from assistant.clinical.dosing.terms import load_terms
from kb.medicines import Range
from tests.makers_formulary import CHILD, row_of

TERMS = load_terms()
ROUTES = load_routes()
ORDERS = load_orders()


def score(asked: str, indication: str, *also: str, phase: str = "") -> float:
    names = ", ".join(f'"{one}"' for one in also)
    row = CHILD.replace(
        'indication = "pneumonia"', f'indication = "{indication}"\nphase = "{phase}"'
    )
    row = row.replace('also = ["chest infection"]', f"also = [{names}]")
    return match_row(row_of(row), TERMS.tokens(asked), TERMS).score


@pytest.mark.parametrize(
    ("asked", "indication"),
    [
        ("severe pneumonia", "pneumonia"),
        ("neonatal sepsis, on a drip", "newborn sepsis"),
        ("oedema of the legs", "edema"),
        ("fits", "convulsions"),
        ("bilharzia", "schistosomiasis"),
        ("UTI", "urinary tract infection"),
        ("cystitis", "lower urinary tract infection"),
        ("PCP", "pneumocystis pneumonia"),
        ("soil-transmitted helminths", "worms"),
        ("prevention of PPH", "postpartum haemorrhage prophylaxis"),
        ("newborn prophylaxis", "prevention, newborn"),
        ("strep throat", "streptococcal pharyngitis"),
        ("typhoid fever", "enteric fever"),
    ],
)
def test_other_words_for_one_thing_match(asked: str, indication: str) -> None:
    assert score(asked, indication) >= ENOUGH


@pytest.mark.parametrize(
    ("asked", "indication"),
    [
        ("umbilical infection", "urinary tract infection"),
        ("severe pain", "severe malaria"),
        ("child", "pneumonia in a child"),
        ("chronic cough", "chronic hepatitis"),
        ("bunions", "pneumonia"),
        ("treatment of malaria", "malaria prophylaxis"),
        ("oral thrush", "vaginal thrush"),
    ],
)
def test_different_things_do_not_match(asked: str, indication: str) -> None:
    assert score(asked, indication) < ENOUGH


def test_the_nearer_row_scores_higher() -> None:
    assert score("severe malaria", "severe malaria") > score(
        "severe malaria", "uncomplicated malaria"
    )
    assert score("severe pneumonia", "severe pneumonia") > score("severe pneumonia", "pneumonia")
    assert score("loading dose eclampsia", "eclampsia", phase="loading") > score(
        "loading dose eclampsia", "eclampsia", phase="maintenance"
    )
    assert score("rheumatic fever prophylaxis", "rheumatic fever prophylaxis") > score(
        "rheumatic fever prophylaxis", "rheumatic fever"
    )


def test_a_text_says_a_phrase_unless_it_denies_it() -> None:
    assert TERMS.says("fever in suspected dengue", "dengue")
    assert TERMS.says("Jaundiced baby", "jaundice")
    assert not TERMS.says("fever, no dengue", "dengue")
    assert not TERMS.says("dengue negative", "dengue")
    assert TERMS.says("passes no urine", "no urine")
    assert not TERMS.says("fever", "dengue fever")
    assert TERMS.tells("anaemia in pregnancy", "pregnant")


def test_no_name_stands_in_two_groups() -> None:
    path = files("assistant.clinical.dosing").joinpath("terms.toml")
    owners: dict[tuple[str, ...], set[str]] = {}
    for group in tomllib.loads(path.read_text("utf-8"))["same"]:
        for name in group:
            stems = tuple(stem for stem in TERMS.stems(name) if stem not in TERMS.glue)
            assert stems, name
            owners.setdefault(stems, set()).add(group[0])
    assert {name: groups for name, groups in owners.items() if len(groups) > 1} == {}


@pytest.mark.parametrize(
    ("said", "routes"),
    [
        ("oral", ("by mouth",)),
        ("PO", ("by mouth",)),
        ("p.o.", ("by mouth",)),
        ("IV", ("intravenous",)),
        ("im", ("intramuscular",)),
        ("IM/IV", ("intravenous", "intramuscular")),
        ("IV or IM", ("intravenous", "intramuscular")),
        ("sublingual", ("under the tongue",)),
        ("per rectum", ("rectal",)),
        ("IO", ("into the bone",)),
        ("by carrier pigeon", ()),
        ("", ()),
    ],
)
def test_routes_as_they_are_said(said: str, routes: tuple[str, ...]) -> None:
    assert ROUTES.read(said) == routes


def test_an_injection_may_go_several_ways() -> None:
    assert set(ROUTES.read("injection")) == {"intravenous", "intramuscular", "subcutaneous"}


@pytest.mark.parametrize(
    ("written", "amount", "unit", "times"),
    [
        ("25 mg", "25", "mg", None),
        ("25mg", "25", "mg", None),
        ("0.5 g", "0.5", "g", None),
        ("5 mcg", "5", "micrograms", None),
        ("250 \u00b5g", "250", "micrograms", None),
        ("250 \u03bcg", "250", "micrograms", None),
        ("10 units", "10", "units", None),
        ("5.0 mg", "5.0", "mg", None),
        ("2 g four times a day", "2", "g", 4),
        ("500 mg every 6 hours", "500", "mg", 4),
        ("1 g x 3 times", "1", "g", 3),
        ("15 mg daily", "15", "mg", 1),
        ("25", "25", "", None),
    ],
)
def test_orders_are_read(written: str, amount: str, unit: str, times: int | None) -> None:
    order = ORDERS.read(written)
    assert order is not None
    assert (order.amount, order.unit, order.question) == (Decimal(amount), unit, "")
    assert order.times == (None if times is None else Decimal(times))


@pytest.mark.parametrize(
    ("written", "asks"),
    [
        (".5 mg", "is it 0.5 mg"),
        ("1,5 mg", "decimal point"),
        ("10 U", "write the word units"),
        ("1,500 mg", "is it 1500 mg or 1.500 mg"),
        ("80/120", "is not clear"),
        ("1-2 mg", "is not clear"),
        ("1:1000", "is a ratio"),
        ("NaN", "is not clear"),
        ("1e400 mg", "is not clear"),
        ("a lot", "is not clear"),
        ("-5 mg", "is not clear"),
    ],
)
def test_orders_that_may_be_misread_are_asked_back(written: str, asks: str) -> None:
    order = ORDERS.read(written)
    assert order is not None
    assert asks in order.question


def test_other_digits_are_read_back() -> None:
    order = ORDERS.read("\u0661\u0662 mg")
    assert order is not None
    assert (order.amount, order.read_as) == (Decimal(12), "12 mg")
    assert ORDERS.read(" ") is None


def test_an_order_in_a_question_is_found_only_when_somebody_wants_it() -> None:
    assert ORDERS.find("doctor wrote morphine 25 mg IV stat") == Order(Decimal(25), "mg")
    assert ORDERS.find("can I give paracetamol 2 g four times a day") == Order(
        Decimal(2), "g", Decimal(4)
    )
    assert ORDERS.find("how much paracetamol, 250 mg/5 mL") is None
    assert ORDERS.find("give how many 500 mg tablets") is None
    assert ORDERS.find("give 5 mg or 10 mg") is None


def usual() -> Amount:
    return work_out(row_of(CHILD), Decimal(20), Decimal(2000))


@pytest.mark.parametrize(
    ("written", "decision", "says"),
    [
        ("250 mg", None, ""),
        ("2500 mg", "refuse", "Check decimal or unit"),
        ("2.5 g", "refuse", "Check decimal or unit"),
        ("25 mg", "refuse", "Check decimal or unit"),
        ("250 micrograms", "refuse", "Check decimal or unit"),
        ("600 mg", "refuse", "far from the dose"),
        ("100 mg", "refuse", "far from the dose"),
        ("510 mg", "refuse", "above the maximum"),
        ("400 mg", "warn", "outside of the dose"),
        ("250 mg six times a day", "refuse", "1500 mg a day"),
        ("5 mL", "ask", "cannot be compared"),
    ],
)
def test_orders_are_compared(written: str, decision: str | None, says: str) -> None:
    order = ORDERS.read(written)
    assert order is not None
    found = list(compare(order, usual(), "mg"))
    assert [kind for kind, _ in found[:1]] == ([decision] if decision else [])
    assert says in " ".join(text for _, text in found)


def test_what_a_product_gives_in_a_day() -> None:
    assert ORDERS.a_day("Panadol 500 mg four times a day", "mg") == Decimal(2000)
    assert ORDERS.a_day("Panadol 1 g every 8 hours", "mg") == Decimal(3000)
    assert ORDERS.a_day("Panadol", "mg") is None
    assert usual().dose == Range(Decimal(200), Decimal(300))
