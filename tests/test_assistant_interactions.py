"""Interaction rules: every rule fires, routes and overrides hold it back, silence means no rule."""

import json
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from makers_medicines import starter_book, starter_interactions, starter_names

from assistant.clinical.interactions.check import Interactions
from assistant.clinical.interactions.pairs import PairRules
from assistant.clinical.interactions.profiles import Profiles
from assistant.clinical.medicines.names import Names, Resolved
from assistant.clinical.medicines.spelling import load_label_words
from assistant.messages import Patient
from kb.interactions import (
    SEVERITIES,
    Advice,
    ClassList,
    DuplicateRule,
    Members,
    OnlyIf,
    PairRule,
    RuleBook,
)
from kb.medicine_names import NamedMedicine


@pytest.fixture(scope="module")
def rules():
    return starter_interactions()


@pytest.fixture(scope="module")
def profiles():
    return Profiles(starter_names().medicines, starter_book().classes)


def severity(rules, *names, **facts):
    return rules.check(names, Patient(**facts)).severity


def meant(side, profiles):
    """Ids of single medicines that a side of a rule means, those named by id first."""
    medicines = starter_names().medicines
    named = sorted(tag for tag in side.tags if tag in medicines)
    by_class = sorted(
        one.id
        for one in medicines.values()
        if not one.id.startswith("class:") and profiles.tags(one) & side.tags
    )
    return [name for name in (*named, *by_class) if name not in side.without]


def fires(rule, rules, profiles):
    third = tuple(meant(rule.third, profiles)[:1]) if rule.third else ()
    pairs = product(meant(rule.a, profiles)[:12], meant(rule.b, profiles)[:12])
    reports = (rules.check((one, other, *third)) for one, other in pairs)
    return any(rule.advice.id in {one.rule for one in report.findings} for report in reports)


def test_every_pair_rule_fires_for_a_pair_it_means(rules, profiles):
    dead = [rule.advice.id for rule in starter_book().pairs if not fires(rule, rules, profiles)]
    assert not dead


def test_no_pair_rule_fires_for_what_it_does_not_mean(rules, profiles):
    for rule in starter_book().pairs:
        for one in meant(rule.a, profiles)[:1]:
            report = rules.check((one, "calamine"))
            assert not report.findings, (rule.advice.id, one)


def test_an_eye_drop_is_held_back_unless_the_rule_says_otherwise(profiles):
    engine = PairRules(starter_book())
    for rule in starter_book().pairs:
        name = meant(rule.a, profiles)[0]
        partner = next(other for other in meant(rule.b, profiles) if other != name)
        drop = profiles.profile(Resolved(name, name, (name,), route="in the eye"))
        other = profiles.profile(Resolved(partner, partner, (partner,)))
        found = {one.rule for one in engine.find(drop, other, Patient()).findings}
        assert rule.advice.local or rule.advice.id not in found, rule.advice.id


def test_every_duplicate_rule_fires(rules, profiles):
    for rule in starter_book().duplicates:
        pairs = combinations(meant(rule.of, profiles)[:8], 2)
        found = {one.rule for pair in pairs for one in rules.check(pair).findings}
        assert rule.advice.id in found, rule.advice.id


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("Revatio", "isosorbide mononitrate", "contraindicated"),
        ("Septrin", "Marevan", "major"),
        ("dolutegravir", "milk of magnesia", "major"),
        ("Voltaren", "Renitec", "moderate"),
        ("erythromycin", "lovastatin", "contraindicated"),
        ("Tegretol", "Implanon", "major"),
        ("TLD", "HRZE", "major"),
        ("sotalol", "haloperidol", "major"),
        ("quinine", "mefloquine", "contraindicated"),
        ("St John's wort", "tacrolimus", "major"),
        ("sulfonylurea", "fluconazole", "major"),
        ("live vaccine", "methotrexate", "contraindicated"),
        ("pethidine", "tranylcypromine", "contraindicated"),
        ("Lasix", "gentamycin", "major"),
        ("potassium supplement", "aldactone", "contraindicated"),
    ],
)
def test_brands_groups_and_spellings_reach_the_rules(rules, one, other, expected):
    assert severity(rules, one, other) == expected
    assert severity(rules, other, one) == expected


SILENT = [
    ("amoxicillin", "paracetamol"), ("zinc", "ORS"), ("iron", "folic acid"),
    ("metformin", "amlodipine"), ("amlodipine", "bisoprolol"), ("losartan", "atorvastatin"),
    ("rifampicin", "pyrazinamide"), ("isoniazid", "pyridoxine"), ("tenofovir", "emtricitabine"),
    ("TLD", "cotrimoxazole"), ("ampicillin", "gentamicin"), ("ceftriaxone", "doxycycline"),
    ("clarithromycin", "omeprazole"), ("artesunate", "Coartem"), ("quinine", "clindamycin"),
    ("albendazole", "ivermectin"), ("measles vaccine", "vitamin A"), ("BCG", "hepatitis B vaccine"),
    ("yellow fever vaccine", "MMR"), ("magnesium sulfate", "labetalol"), ("DMPA", "TLD"),
    ("the pill", "amoxicillin"), ("morphine", "lactulose"), ("haloperidol", "biperiden"),
    ("amphotericin B", "flucytosine"), ("salbutamol", "ipratropium"), ("folic acid", "methotrexate"),
    ("ibuprofen", "omeprazole"), ("ampicillin", "cloxacillin"), ("insulin", "isophane insulin"),
    ("rabies vaccine", "rabies immunoglobulin"), ("aspirin", "simvastatin"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), SILENT)
def test_usual_combinations_stay_silent(rules, one, other):
    assert severity(rules, one, other) in {"none", "minor"}


def test_the_route_decides(rules):
    assert severity(rules, "warfarin", "clotrimazole cream") == "none"
    assert severity(rules, "warfarin", "miconazole oral gel") == "major"
    assert severity(rules, "simvastatin", "ketoconazole shampoo") == "none"
    assert severity(rules, "simvastatin", "ketoconazole") == "contraindicated"
    assert severity(rules, "timolol eye drops", "salbutamol inhaler") == "major"


def test_what_the_route_held_back_is_recorded(rules):
    assert "I030" in rules.check(("simvastatin", "ketoconazole shampoo")).suppressed


def test_a_known_route_or_age_changes_the_severity(rules):
    assert severity(rules, "ritonavir", "midazolam by mouth") == "contraindicated"
    assert severity(rules, "ritonavir", "midazolam IV") == "major"
    assert severity(rules, "ceftriaxone", "calcium gluconate", age_days=10) == "contraindicated"
    assert severity(rules, "ceftriaxone", "calcium gluconate", age_days=9000) == "major"


def test_what_is_not_known_is_told_as_unsure(rules):
    found = rules.check(("ceftriaxone", "calcium gluconate")).findings[0]
    assert (found.severity, found.sure) == ("contraindicated", False)
    assert rules.check(("ceftriaxone", "calcium gluconate"), Patient(age_days=3)).findings[0].sure


def test_a_third_medicine_makes_it_worse(rules):
    assert severity(rules, "enalapril", "ibuprofen") == "moderate"
    three = rules.check(("enalapril", "ibuprofen", "furosemide"))
    assert three.findings[0].rule == "I020T"
    assert three.severity == "major"
    assert "I020" not in {found.rule for found in three.findings}


def test_a_rule_that_replaces_another_hides_it(rules):
    found = {finding.rule for finding in rules.check(("digoxin", "clarithromycin")).findings}
    assert "I024B" in found
    assert "I024" not in found


def test_the_same_medicine_twice(rules):
    assert rules.check(("Panadol", "paracetamol")).findings[0].rule == "D01"
    assert rules.check(("Panadol", "Combiflam")).findings[0].rule == "D01"
    assert severity(rules, "hydrocortisone cream", "hydrocortisone injection") == "none"
    assert severity(rules, "TLD", "dolutegravir") == "none"


def test_an_unknown_name_is_never_no_interaction(rules):
    report = rules.check(("warfarin", "zelmoraxin"))
    assert report.severity == "unknown-drug"
    assert report.unknown == ("zelmoraxin",)


def test_a_doubtful_name_asks(rules):
    report = rules.check(("warfarin", "prednisalone"))
    assert report.severity == "unknown-drug"
    assert "prednisolone" in report.medicines[1].choices


def test_known_pairs_of_a_list_with_an_unknown_name_are_still_told(rules):
    report = rules.check(("warfarin", "zelmoraxin", "ibuprofen"))
    assert [found.rule for found in report.findings] == ["I001"]


def test_a_medicine_known_by_name_only_is_said_to_be_not_covered(rules):
    report = rules.check(("amoxicillin", "citicoline"))
    assert report.severity == "none"
    assert report.not_covered == ("citicoline",)
    assert rules.check(("amoxicillin", "paracetamol")).not_covered == ()


def test_the_patients_own_medicines_are_part_of_the_list(rules):
    report = rules.check(("ibuprofen",), Patient(drugs=("warfarin",)))
    assert report.findings[0].rule == "I001"


NAMES = sorted(
    one.id for one in starter_names().medicines.values() if one.in_formulary and not one.parts
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(NAMES), min_size=2, max_size=5, unique=True))
def test_order_does_not_matter_and_the_most_severe_comes_first(names):
    rules = starter_interactions()
    one, other = rules.check(names), rules.check(names[::-1])
    assert {found.rule for found in one.findings} == {found.rule for found in other.findings}
    ranks = [SEVERITIES.index(found.severity) for found in one.findings]
    assert ranks == sorted(ranks)


def test_every_finding_can_be_read(rules):
    for rule in starter_book().pairs:
        words = f"{rule.advice.mechanism} {rule.advice.action}".split()
        assert len(words) <= 40, rule.advice.id
        assert rule.advice.action.endswith("."), rule.advice.id


def advice(name, level="major", **more):
    return Advice(name, level, "why", "Do this.", "SPC", **more)


def small_book(*pairs, duplicates=(), classes=None):
    nothing = DuplicateRule(advice("SAME"), Members(frozenset({"none"})))
    return RuleBook(pairs, duplicates, (), classes or {}, nothing, advice("OWN"))


def small(book, **medicines):
    named = {
        name: NamedMedicine(name, name, classes=frozenset(classes))
        for name, classes in medicines.items()
    }
    return Interactions(Names(named, load_label_words()), book)


def pair(name, a, b, **more):
    return PairRule(advice(name), Members(frozenset({a})), Members(frozenset({b})), **more)


def test_a_class_may_hold_whole_classes():
    classes = {
        "outer": ClassList(frozenset(), frozenset({"inner"})),
        "inner": ClassList(frozenset({"alphamycin"})),
    }
    book = small_book(pair("R1", "class:outer", "betazole"), classes=classes)
    assert severity(small(book, alphamycin=(), betazole=()), "alphamycin", "betazole") == "major"


def test_one_medicine_is_not_both_sides():
    book = small_book(pair("R1", "class:qt", "class:qt"))
    rules = small(book, alphamycin=("qt",), betazole=("qt",))
    assert severity(rules, "alphamycin", "betazole") == "major"
    assert severity(rules, "alphamycin") == "none"


def test_a_rule_that_does_not_hold_and_has_nothing_else_to_say_is_silent():
    book = small_book(pair("R1", "alphamycin", "betazole", only_if=OnlyIf(routes=("by mouth",))))
    rules = small(book, alphamycin=(), betazole=())
    assert severity(rules, "alphamycin oral", "betazole") == "major"
    assert severity(rules, "alphamycin IV", "betazole") == "none"


def test_the_report_is_plain_data(rules):
    from ui.cli.interactions import as_object

    text = json.dumps(as_object(rules.check(("warfarin", "ibuprofen"))), default=str)
    assert json.loads(text)["rules"][0]["rule"] == "I001"
