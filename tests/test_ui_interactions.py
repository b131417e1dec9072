"""The command `aidpost interactions`: contract, JSON lines, text."""

import json

import pytest
from click.testing import CliRunner

from ui.cli.main import cli


@pytest.fixture
def run():
    def runner(*arguments, text=None):
        result = CliRunner().invoke(cli, ["interactions", *arguments], input=text)
        assert result.exit_code == 0, result.output
        return result.stdout

    return runner


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


def test_json_lines_have_the_keys_of_the_contract(run):
    asked = [
        {"id": 1, "a": "Coumadin", "b": "Brufen"},
        {"id": 2, "a": "amoxicillin", "b": "paracetamol"},
        {"id": 3, "a": "warfarin", "b": "zelmoraxin"},
        {"id": 4, "a": "warfarin", "b": "prednisalone"},
    ]
    first, second, third, fourth = lines(run("--jsonl", text="\n".join(map(json.dumps, asked))))
    assert first["severity"] == "major"
    assert first["mechanism"]
    assert first["action"]
    assert first["source"] == "SPC warfarin"
    assert (first["a_resolved"], first["b_resolved"]) == ("warfarin", "ibuprofen")
    assert first["rules"][0]["rule"] == "I001"
    assert second["severity"] == "none"
    assert "not complete" in second["action"]
    assert third["severity"] == fourth["severity"] == "unknown-drug"
    assert third["b_resolved"] is None
    assert "prednisolone" in fourth["choices"]["prednisalone"]


def test_json_lines_take_a_list_and_a_patient(run):
    asked = {"id": "x", "drugs": ["enalapril", "Bactrim"], "patient": {"pregnant": True}}
    (found,) = lines(run("--jsonl", text=json.dumps(asked)))
    assert found["severity"] == "contraindicated"
    assert {"I019", "P01"} <= {one["rule"] for one in found["rules"]}


@pytest.mark.parametrize(
    "bad", [{"id": 7}, {"id": 7, "a": "x"}, {"id": 7, "a": "x", "b": 3}, {"id": 7, "drugs": "x"}]
)
def test_a_bad_request_is_answered_and_the_rest_go_on(run, bad):
    good = {"id": 8, "a": "warfarin", "b": "aspirin", "strange": 1}
    failed, found = lines(run("--jsonl", text=f"{json.dumps(bad)}\n{json.dumps(good)}\n"))
    assert failed["id"] == 7
    assert "drugs" in failed["error"]
    assert found["severity"] == "major"
    assert "strange" in found["warnings"][0]


def test_half_characters_in_a_name_do_not_break_the_output(run):
    (found,) = lines(run("--jsonl", text='{"id": 1, "a": "war\\ud800farin", "b": "aspirin"}'))
    assert found["severity"] == "major"


def test_text_tells_each_pair_once_most_severe_first(run):
    text = run("warfarin", "clarithromycin", "simvastatin")
    heads = [line for line in text.split("\n") if line and not line.startswith(" ")]
    assert heads[0] == "CONTRAINDICATED: clarithromycin + simvastatin"
    assert len([head for head in heads if " + " in head]) == 3
    assert "Source: SPC simvastatin" in text


def test_text_without_a_rule_never_says_safe(run):
    text = run("amoxicillin", "paracetamol")
    assert "No rule in this list" in text
    assert "is not complete" in text
    assert "safe" not in text.lower()
    assert "none of them names citicoline" in run("citicoline", "paracetamol")


def test_text_of_a_doubtful_an_unknown_and_a_mended_name(run):
    text = run("warfrin", "prednisalone", "zelmoraxin")
    assert "“warfrin” was read as warfarin." in text
    assert "Which of these: prednisolone, prednisone" in text
    assert "“zelmoraxin” is not known." in text
    assert "Nothing was checked for it" in text


def test_text_says_under_which_condition(run):
    assert "(if more than 2 g a day" in run("warfarin", "paracetamol")
    assert "(could be)" in run("doxycycline", "--patient", "pregnant=yes")


def test_json_of_a_list_with_a_patient(run):
    found = json.loads(run("--json", "ibuprofen", "--patient", "age=30y conditions=dengue odd=1"))
    assert found["severity"] == "contraindicated"
    assert found["rules"][0]["kind"] == "disease"
    assert "odd" in found["warnings"][0]


def test_without_medicines_it_says_how_to_ask():
    result = CliRunner().invoke(cli, ["interactions"])
    assert result.exit_code == 2
    assert "Name the medicines" in result.output
