"""Reading and checking the rule files: what is strict, what the linter finds."""

import shutil

import pytest

from kb.interactions_read import load_rules, read_rules
from kb.lint import main
from kb.lint_interactions import INTERACTIONS, interaction_folders, lint_interactions
from kb.medicine_names import BadInteractions, merge_named, read_others, split_id
from kb.medicines import Medicine

RULE = """
[[rule]]
id = "X1"
a = ["warfarin"]
b = ["paracetamol"]
severity = "major"
mechanism = "why"
action = "Do this."
source = "SPC warfarin"
confirmed = "ok"
"""


@pytest.fixture
def folder(tmp_path):
    """A copy of the rules that a test may spoil."""
    copy = tmp_path / "interactions"
    shutil.copytree(INTERACTIONS, copy)
    return copy


def change(file, old, new):
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def faults(folder):
    return list(lint_interactions([folder]))


def test_the_rules_of_the_library_have_no_fault():
    assert faults(INTERACTIONS) == []


def test_all_pairs_of_the_plan_are_there():
    ids = {rule.advice.id for rule in load_rules().pairs}
    in_class_rule = {"I112"}  # artemisinin combinations are members of the QT class of I111
    assert {f"I{number:03}" for number in range(1, 121)} - in_class_rule <= ids


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('severity = "major"', 'severity = "dangerous"', "severity"),
        ('confirmed = "ok"', 'confirmed = "confirm"', "confirmed"),
        ('source = "SPC warfarin"', 'source = ""', "source"),
        ('b = ["paracetamol"]', "b = []", "names no medicine"),
        ('action = "Do this."', 'action = "Do this."\ndose = 3', "is no key"),
    ],
)
def test_a_rule_is_read_strictly(folder, old, new, message):
    file = folder / "rules.toml"
    file.write_text(RULE.replace(old, new), encoding="utf-8")
    with pytest.raises(BadInteractions, match=message):
        read_rules(folder)
    assert any(message in fault for fault in faults(folder))


def test_a_file_that_is_not_toml_is_one_fault(folder):
    (folder / "rules.toml").write_text("[[rule]\n", encoding="utf-8")
    assert len(faults(folder)) == 1


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("rules.toml", '"class:doac"', '"class:unheard"', "no medicine or class"),
        ("rules.toml", 'a = ["dabigatran"]', 'a = ["dabigatrann"]', "no medicine or class"),
        ("rules.toml", 'id = "I002"', 'id = "I001"', "stands twice"),
        ("rules.toml", 'overrides = ["I020"]', 'overrides = ["I999"]', "which is no rule"),
        ("classes.toml", '"telithromycin"', '"tellithromycin"', "which nothing has"),
        ("duplicates.toml", '["ampicillin", "cloxacillin"]', '["ampicillin", "x"]', "together"),
        ("patients.toml", '["abacavir"]', '["abacavyr"]', "no medicine or class"),
        ("other-medicines.toml", 'lenacapavir = ["', 'lenacapavir = ["warfarin", "', "names"),
        ("other-medicines.toml", '"lumefantrine"], also', '"lumefantrin"], also', "its part"),
        ("rules.toml", "# Pairs", "# P\u00e4irs", "plain ASCII"),
    ],
)
def test_the_linter_finds(folder, file, old, new, message):
    change(folder / file, old, new)
    found = faults(folder)
    assert any(message in fault for fault in found), found
    assert all(str(folder / file) in fault for fault in found)


def test_the_linter_finds_a_class_nobody_uses(folder):
    with (folder / "classes.toml").open("a") as file:
        file.write('\n[idle]\nabout = "x"\nmedicines = ["warfarin"]\n')
    assert ["no rule names the class 'idle'" in fault for fault in faults(folder)] == [True]


def test_the_linter_finds_a_contradiction_and_its_line(folder):
    with (folder / "rules.toml").open("a") as file:
        file.write(RULE.replace('"warfarin"', '"simvastatin"').replace("paracetamol", "amlodipine"))
    (fault,) = faults(folder)
    number = int(fault.split(":")[1])
    assert "amlodipine + simvastatin" in fault
    assert (folder / "rules.toml").read_text().split("\n")[number - 1] == 'id = "X1"'


def test_the_command_checks_the_folder_and_a_file_in_it(folder, capsys):
    assert main([str(folder)]) == 0
    change(folder / "rules.toml", 'id = "I002"', 'id = "I001"')
    assert main([str(folder / "classes.toml")]) == 1
    assert "stands twice" in capsys.readouterr().out


def test_where_rules_lie(tmp_path):
    assert interaction_folders(INTERACTIONS.parent) == [INTERACTIONS]
    assert interaction_folders(tmp_path) == []


def test_the_formulary_leads_where_both_lists_have_a_medicine():
    others = read_others('[group]\nclasses = ["one"]\n[group.medicines]\nalphamycin = ["Alfa"]\n')
    medicine = Medicine("alphamycin", "alphamycin (oral)", ("Alphacin",), ("two",))
    merged = merge_named([medicine], others)["alphamycin"]
    assert merged.name == "alphamycin (oral)"
    assert merged.aliases == ("Alphacin", "Alfa")
    assert merged.classes == {"one", "two"}
    assert merged.in_formulary


def test_a_combination_of_the_formulary_gets_its_parts_from_its_id():
    others = read_others(
        '[group]\nclasses = []\n[group.medicines]\nalpha = ["a-salt"]\nbeta = []\n'
    )
    merged = merge_named([Medicine("alpha-beta", "alpha + beta")], others)
    assert merged["alpha-beta"].parts == ("alpha", "beta")
    assert split_id(["alpha", "gamma"], {"alpha": "alpha"}) == ()


@pytest.mark.parametrize(
    "text",
    [
        "[group]\nmedicine = 3\n",
        "[one]\nclasses = []\nmedicines.a = []\n[two]\nclasses = []\nmedicines.a = []\n",
        "[group\n",
        '[combinations]\nx = {also = ["y"]}\n',
    ],
)
def test_a_list_of_names_is_read_strictly(text):
    with pytest.raises(BadInteractions, match="other-medicines"):
        read_others(text)
