"""`aidpost dose`: the keys of the contract, one result a request, plain words for bad input."""

import json

import pytest
from click.testing import CliRunner

from ui.cli.main import cli, main

KEYS = {
    "decision", "dose_low", "dose_high", "dose_unit", "doses_per_day", "duration_days", "volume_ml",
    "max_applied", "warnings", "missing", "formula", "source", "medicine", "indication", "route",
    "rounded", "interval_hours", "note", "choices",
}  # fmt: skip


def run(*arguments: str, text: str | None = None):
    return CliRunner().invoke(cli, ["dose", *arguments], input=text)


def one(*arguments: str):
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_json_has_the_keys_of_the_contract() -> None:
    found = one(
        "paracetamol", "--indication", "fever", "--route", "oral", "--patient", "age=2y weight=12kg"
    )
    assert set(found) >= KEYS
    assert (found["decision"], found["dose_low"], found["dose_high"]) == ("dose", 120, 180)
    assert found["dose_unit"] == "mg"
    assert found["formula"] == "10-15 mg/kg x 12 kg = 120-180 mg"
    assert found["doses_per_day"][1] == 4
    assert found["status"] == "draft-not-clinician-reviewed"
    assert found["source"]


def test_without_a_dose_the_same_keys_are_empty() -> None:
    found = one("paracetamol", "--indication", "fever", "--patient", "age=3y")
    assert set(found) >= KEYS
    assert (found["decision"], found["dose_low"], found["missing"]) == ("ask", None, ["weight"])


def test_a_strength_gives_millilitres() -> None:
    found = one(
        "gentamicin",
        "--indication",
        "sepsis",
        "--patient",
        "age=3d weight=4",
        "--strength",
        "40 mg/mL",
    )
    assert found["volume_ml"] == 0.5
    assert found["rounded"][0]["label"] == "40 mg/mL"


def test_requests_are_served_in_order() -> None:
    requests = [
        {"id": "a", "drug": "albendazole", "indication": "worms", "route": None,
         "patient": {"age_years": 5, "weight_kg": 18}},
        {"id": "b", "drug": "xylofoo", "patient": {}},
        {"id": "c", "drug": "paracetamol", "patient": {"weight_kg": -3}},
        {"id": "d", "drug": "paracetamol", "patient": {"age_years": 200, "weight_kg": 60}},
        {"id": "e", "drug": "morphine", "indication": "severe pain", "route": "IV", "ordered": "20 mg",
         "patient": {"age_years": 6, "weight_kg": 20}, "mood": "x"},
        {"id": "f"},
        {"id": "g", "drug": ["paracetamol"], "indication": 5, "patient": [1, 2]},
    ]  # fmt: skip
    text = "\n".join(json.dumps(request) for request in requests)
    result = run("--jsonl", text=f"{text}\n\nnot json\n")
    assert result.exit_code == 0, result.output
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["id"] for line in found] == ["a", "b", "c", "d", "e", "f", "g", None]
    assert found[0]["dose_low"] == 400
    assert found[0]["doses_per_day"] == [1, 1]
    assert found[1]["decision"] == "refuse"
    assert "Weight" in found[2]["error"]
    assert "cannot be right" in found[3]["warnings"][0]
    assert [(line["decision"], line["dose_low"]) for line in found[2:4]] == [("refuse", None)] * 2
    assert found[4]["decision"] == "refuse"
    assert any("mood" in warning for warning in found[4]["warnings"])
    assert found[5]["decision"] == "refuse"
    assert "must be an object" in found[6]["error"]
    assert "not JSON" in found[7]["error"]


@pytest.mark.parametrize(
    "weight",
    [
        "NaN",
        "inf",
        "1e400",
        "-3",
        "0",
        "700",
        "\u0661\u0662",
        "\uff15\uff10\uff10",
        "70lb",
        "twelve",
    ],
)
def test_bad_weights_get_a_plain_message_and_never_a_dose(
    weight: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["dose", "paracetamol", "--patient", f"age=20y weight={weight}"])
    assert stop.value.code == 1
    told = capsys.readouterr()
    assert "Weight" in told.err
    assert "mg" not in told.out


def test_hidden_characters_and_foreign_letters_match_nothing_silently() -> None:
    assert one("para\u200bcetamol", "--indication", "fever", "--patient", "age=30y weight=60")["medicine"] in (
        "paracetamol", None,
    )  # fmt: skip
    disguised = one("p\u0430racetamol", "--patient", "age=30y weight=60")
    assert disguised["decision"] in ("ask", "refuse")
    assert disguised["dose_low"] is None


def test_text_for_reading() -> None:
    result = run(
        "morphine",
        "--indication",
        "severe pain",
        "--route",
        "IV",
        "--patient",
        "age=6y weight=20kg",
    )
    assert result.exit_code == 0
    assert result.stdout.startswith("DOSE WITH CARE: morphine")
    assert "0.05-0.1 mg/kg x 20 kg = 1-2 mg" in result.stdout
    assert "Source: " in result.stdout
    refused = run(
        "ibuprofen", "--indication", "fever", "--patient", "age=7y weight=22 conditions=dengue"
    )
    assert refused.stdout.startswith("DO NOT GIVE: ibuprofen")
    asked = run("paracetamol", "--patient", "age=3y")
    assert asked.stdout.startswith("ASK FIRST: paracetamol")


def test_no_medicine_is_wrong_usage() -> None:
    assert run().exit_code == 2
