"""Scores from vital signs: worked by hand from the published tables, ranges, ages, what is left out."""

import json
from statistics import median
from time import perf_counter

import pytest
from click.testing import CliRunner

from assistant.clinical.facts import find_facts, merge
from assistant.clinical.vital_scores import VitalScores
from assistant.messages import Computed, Patient
from ui.cli.main import cli
from ui.web.tools import Tools
from ui.wiring import open_dosing, open_interactions, open_rules, open_understanding

SCORES = VitalScores()


def scores(text: str, patient: Patient | None = None) -> dict[str, Computed]:
    facts = find_facts(text)
    found = SCORES.scores(text, merge(patient or Patient(), facts), facts)
    return {score.result["id"]: score for score in found}


@pytest.mark.parametrize(
    ("text", "points"),
    [
        # RR 26: 3, SpO2 90: 3, oxygen: 2, BP 96: 2, pulse 118: 2, alert: 0, 38.9: 1 (RCP 2017)
        ("70 y, RR 26 SpO2 90 on oxygen BP 96/60 HR 118 T 38.9 alert", "13 points"),
        # every sign normal, on air
        ("40 y, RR 16 SpO2 98 on air BP 120/80 HR 70 T 37 GCS 15", "0 points"),
        # RR 22: 2, SpO2 94: 1, air: 0, BP 105: 1, pulse 112: 2, alert, T 38.5: 1
        ("50 y, RR 22 SpO2 94 room air BP 105/70 HR 112 T 38.5 AVPU A", "7 points"),
        # RR 8: 3, SpO2 96: 0, air: 0, BP 220: 3, pulse 40: 3, not alert: 3, T 35.0: 3
        ("60 y, RR 8 SpO2 96 on air BP 220/110 HR 40 T 35.0 AVPU V", "15 points"),
    ],
)
def test_news2(text: str, points: str) -> None:
    assert scores(text)["news2"].result["value"] == points


def test_what_is_not_known_makes_a_range_and_is_named() -> None:
    score = scores("50 y, RR 26, HR 120")["news2"]
    # 3 + 2 known; saturation 3, oxygen 2, pressure 3, alertness 3 and temperature 3 are open
    assert score.result["value"] == "5 to 19 points"
    assert "Oxygen saturation" in score.result["missing"]
    assert "Royal College of Physicians" in score.source
    assert score.inputs == {"Respiratory rate": "26 /min", "Heart rate": "120 /min"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3 y, RR 40 HR 120 T 37 SpO2 98 BP 90/60 alert", "1 signs outside"),
        ("3 y, RR 39 HR 159 T 39.0 SpO2 92 BP 76/50 alert", "0 signs outside"),
        ("3 y, RR 40 HR 160 T 39.1 SpO2 91 BP 75/50 AVPU P", "6 signs outside"),
        ("11 months, RR 50 HR 180 T 35.9 SpO2 98 BP 69/40 alert", "4 signs outside"),
    ],
)
def test_vital_signs_of_a_child(text: str, value: str) -> None:
    assert scores(text)["paed-vital-bands"].result["value"] == value


def test_triage_colour() -> None:
    assert scores("35 y, HR 152, RR 20")["triage-iitt"].result["value"].endswith("RED")
    assert "high-risk" in scores("35 y, SpO2 91")["triage-iitt"].result["value"]
    assert scores("34 weeks pregnant, BP 160/90, HR 80")["triage-iitt"].result["value"] == "RED"
    assert "triage-iitt" not in scores("35 y, HR 80, RR 16, SpO2 97, T 37, alert")


def test_ages_decide_which_scores_hold() -> None:
    assert set(scores("15 y, RR 24, HR 100, SpO2 90")) == {"triage-iitt"}
    assert "news2" in scores("16 y, RR 24, HR 100")
    assert "paed-vital-bands" in scores("2 y, RR 24, HR 170")
    assert "news2" not in scores("30 weeks pregnant, RR 24, HR 120, SpO2 90")
    assert scores("RR 24, HR 120") == {}
    assert scores("30 y, no vital signs") == {}


def test_a_birthday_is_never_anticipated() -> None:
    # at 1 year the bands of 1-4 years begin: 40 breaths are high; below it 50
    assert scores("1 y, RR 45 HR 120")["paed-vital-bands"].result["value"].startswith("1 to")
    assert scores("11 months, RR 45 HR 120")["paed-vital-bands"].result["value"].startswith("0 to")


def test_an_age_that_stands_for_a_group_is_not_shown_as_told() -> None:
    assert "Age" not in scores("adult, SpO2 84")["triage-iitt"].inputs
    assert "Age" in scores("30 y, SpO2 84")["triage-iitt"].inputs


def test_a_value_that_cannot_be_is_not_used() -> None:
    assert scores("50 y, SpO2 150, RR 999") == {}


def test_the_command_prints_scores_beside_the_contract() -> None:
    text = "50 y, RR 26, HR 120"
    found = json.loads(CliRunner().invoke(cli, ["triage", "--json", text]).stdout)
    assert {"level", "flags", "ask", "scores"} <= found.keys()
    assert found["scores"][0]["result"]["id"] == "news2"
    said = CliRunner().invoke(cli, ["triage", text]).stdout
    assert "NEWS2" in said
    assert "Source: National Early Warning Score" in said


def test_the_form_shows_scores_with_source() -> None:
    tools = Tools(open_rules(), open_dosing, open_interactions, open_understanding)
    vitals = {"rr": "26", "pulse": "120", "alert": "Awake", "air": "Air"}
    shown = tools.triage("", {"age": "50y"}, vitals)
    assert "NEWS2" in shown.text
    assert "Royal College of Physicians" in shown.html
    assert "\n" not in shown.html
    assert "Not alert, or new confusion: no" in shown.text


def test_scores_are_instant() -> None:
    text = "70 y, RR 26 SpO2 90 on oxygen BP 96/60 HR 118 T 38.9 alert"
    times = []
    for _ in range(30):
        start = perf_counter()
        scores(text)
        times.append(perf_counter() - start)
    assert median(times) < 0.02
