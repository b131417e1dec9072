"""From a written name to the medicine: spellings, labels, combinations, slips, disguises."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from makers_medicines import starter_names

from assistant.clinical.medicines.names import MAX_LENGTH, Names
from assistant.clinical.medicines.spelling import key, load_label_words, tidy
from kb.medicine_names import NamedMedicine

CYRILLIC_A, ZERO_WIDTH = "\u0430", "\u200b"


@pytest.fixture(scope="module")
def names():
    return starter_names()


@pytest.mark.parametrize(
    ("written", "medicine"),
    [
        ("amoxicillin", "amoxicillin"),
        ("AMOXYCILLIN", "amoxicillin"),
        ("Amoxil 500 mg capsules", "amoxicillin"),
        ("tabs Brufen 400mg", "ibuprofen"),
        ("cephalexin", "cefalexin"),
        ("frusemide", "furosemide"),
        ("lignocaine 2%", "lidocaine"),
        ("sulphadiazine", "sulfadiazine"),
        ("oestradiol", "estradiol"),
        ("beclomethasone inhaler", "beclometasone"),
        ("ferrous sulphate tablets 200 mg", "ferrous-salt"),
        ("losartan potassium 50 mg tab", "losartan"),
        ("potassium chloride", "potassium-chloride"),
        ("amlodipine besilate", "amlodipine"),
        ("phénobarbital", "phenobarbital"),
        ("St. John\u2019s Wort", "st-johns-wort"),
        ("vaccine BCG", "bcg-vaccine"),
        ("Ringer's lactate", "ringer-lactate"),
        ("vit K", "phytomenadione"),
        ("epinephrine", "adrenaline"),
        ("GTN", "glyceryl-trinitrate"),
    ],
)
def test_how_a_name_is_written_does_not_matter(names, written, medicine):
    found = names.resolve(written)
    assert found.medicine == medicine
    assert not found.choices


@pytest.mark.parametrize(
    ("written", "route"),
    [
        ("timolol eye drops", "in the eye"),
        ("clotrimazole cream 1%", "on the skin"),
        ("miconazole oral gel", "in the mouth"),
        ("salbutamol inhaler", "inhaled"),
        ("diazepam rectal", "rectal"),
        ("metronidazole 500 mg tablets", None),
        ("hydrocortisone-cream", "on the skin"),
    ],
)
def test_the_route_on_the_label_is_kept(names, written, route):
    assert names.resolve(written).route == route


@pytest.mark.parametrize(
    ("written", "medicine", "parts"),
    [
        ("Coartem", "artemether-lumefantrine", {"artemether", "lumefantrine"}),
        ("artemether + lumefantrine", "artemether-lumefantrine", {"artemether", "lumefantrine"}),
        ("AS+AQ", "artesunate-amodiaquine", {"artesunate", "amodiaquine"}),
        ("lopinavir/r", "lopinavir-ritonavir", {"lopinavir", "ritonavir"}),
        ("ritonavir / lopinavir", "lopinavir-ritonavir", {"lopinavir", "ritonavir"}),
        ("isoniazid and rifampicin", "rifampicin-isoniazid", {"isoniazid", "rifampicin"}),
        ("trimethoprim-sulphamethoxazole", "cotrimoxazole", {"trimethoprim", "sulfamethoxazole"}),
        ("amlodipine + furosemide", None, {"amlodipine", "furosemide"}),
    ],
)
def test_combinations_are_their_parts(names, written, medicine, parts):
    found = names.resolve(written)
    assert found.medicine == medicine
    assert set(found.components) == parts


@pytest.mark.parametrize(
    ("written", "medicine"),
    [
        ("warfrin", "warfarin"),
        ("clorpromazine", "chlorpromazine"),
        ("amoxicilin", "amoxicillin"),
        ("metformine", "metformin"),
        ("doxicycline 100mg", "doxycycline"),
        ("sodium valproat", "sodium-valproate"),
    ],
)
def test_a_slip_of_the_hand_is_mended(names, written, medicine):
    assert names.resolve(written).medicine == medicine


def test_a_mended_name_says_what_was_written(names):
    assert names.resolve("warfrin").corrected_from == "warfrin"
    assert not names.resolve("warfarin").corrected_from


@pytest.mark.parametrize(
    ("written", "first", "second"),
    [
        ("prednisalone", "prednisolone", "prednisone"),
        ("prednisoone", "prednisolone", "prednisone"),
        ("clonazepan", "clonazepam", "clorazepate"),
        ("foliic acid", "folic-acid", "folinic-acid"),
    ],
)
def test_a_name_between_two_medicines_gives_choices(names, written, first, second):
    found = names.resolve(written)
    assert not found.known
    assert {first, second} <= set(found.choices)


@pytest.mark.parametrize("written", [f"{CYRILLIC_A}moxicillin", f"amo{ZERO_WIDTH}xicillin"])
def test_disguised_names_are_never_matched_silently(names, written):
    found = names.resolve(written)
    assert not found.known
    assert found.choices == ("amoxicillin",)
    assert found.text == written


def test_a_misspelt_brand_gives_choices(names):
    found = names.resolve("Augmentim")
    assert not found.known
    assert "amoxicillin-clavulanic-acid" in found.choices


@pytest.mark.parametrize("written", ["zelmoraxin", "", "   ", "xx", "500 mg", "a" * 500, "\x00"])
def test_what_is_not_known_is_not_guessed(names, written):
    found = names.resolve(written)
    assert not found.known
    assert not found.choices


def test_a_group_of_medicines_can_be_named(names):
    found = names.resolve("NSAIDs")
    assert found.medicine == "class:nsaid"
    assert not names.resolve("NSAIDs + paracetamol").known


def test_every_id_inn_and_alias_of_the_formulary_is_known(names):
    for medicine in names.medicines.values():
        if medicine.in_formulary:
            assert names.resolve(medicine.id).medicine == medicine.id
            assert names.resolve(medicine.name).medicine == medicine.id, medicine.name
            for alias in medicine.aliases:
                found = names.resolve(alias)
                assert found.known or found.choices, alias


def test_no_slip_in_a_medicine_makes_another(names):
    """One letter left out, doubled, or swapped with the next, at every place of every name."""
    spelt = {name for one in names.medicines.values() for name in map(tidy_text, one.aliases)}
    for medicine in names.medicines.values():
        name = medicine.id.replace("-", " ")
        if not medicine.in_formulary or len(name) < 6 or len(name) > 14:
            continue
        for slip in {
            name[:3] + name[4:],
            name[:4] + name[3:],
            name[:2] + name[3] + name[2] + name[4:],
        }:
            found = names.resolve(slip)
            same = found.medicine == medicine.id or set(found.components) == set(medicine.parts)
            assert same or not found.known or found.corrected_from or slip in spelt, (slip, found)


def tidy_text(name):
    return tidy(name).text


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=MAX_LENGTH + 20))
def test_any_text_is_answered(text):
    found = starter_names().resolve(text)
    assert found.text == text[:MAX_LENGTH] or found.text == text
    assert not (found.known and found.choices)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("sulphamethoxazole", "sulfamethoxazole"),
        ("amoxycillin", "amoxicillin"),
        ("oestrogen", "estrogen"),
        ("cephradine", "cefradine"),
        ("thiopentone", "tiopenton"),
        ("rifampicine", "rifampicin"),
    ],
)
def test_regular_spellings_have_one_key(one, other):
    assert key(one) == key(other)


def test_two_medicines_with_one_alias_give_choices():
    medicines = {
        name: NamedMedicine(name, name, ("Doubtful",)) for name in ("firstamycin", "secondazole")
    }
    found = Names(medicines, load_label_words()).resolve("doubtful")
    assert found.choices == ("firstamycin", "secondazole")
    assert found.medicine is None


def test_an_id_beats_the_alias_of_another():
    medicines = {
        "lumefantrine": NamedMedicine("lumefantrine", "lumefantrine"),
        "joint": NamedMedicine("joint", "joint", ("lumefantrine",), in_formulary=True),
    }
    assert Names(medicines, load_label_words()).resolve("lumefantrine").medicine == "lumefantrine"
