"""Small formularies for tests: figures are invented and belong to no real medicine."""

from assistant.clinical.dosing.engine import DoseEngine
from assistant.clinical.dosing.load import load_engine
from assistant.clinical.medicines.names import Names
from assistant.clinical.medicines.spelling import load_label_words
from kb.formulary import parse_formulary
from kb.medicine_names import merge_named
from kb.medicines import DoseRow, Record

HEAD = "# Sample group; draft, not clinician-reviewed\n"

MEDICINE = """\
[[medicine]]
id = "samplicillin"
inn = "samplicillin"
atc = ["J01CA04"]
aliases = ["Samplox"]
eml = "core"
aware = "Access"
class = ["penicillin"]
look_alike = ["samplidine"]
tall = "sampliCILLIN"
forms = [
  {form = "dispersible tablet", strength = "250 mg"},
  {form = "oral liquid", strength = "250 mg/5 mL"},
]
status = "draft-not-clinician-reviewed"
sources = ["SRC1 = Sample guideline, Sample House, 2020"]

[medicine.pregnancy]
first = "yes"
second = "yes"
third = "yes"

[medicine.breastfeeding]
advice = "yes"
"""

CHILD = """
[[medicine.dose]]
indication = "pneumonia"
also = ["chest infection"]
population = "child"
age_min_months = 2
route = "by mouth"
unit = "mg"
per_kg = [10, 15]
doses_per_day = [2, 2]
every_hours = [12, 12]
duration_days = [5, 5]
max_per_dose = 500
max_per_day = 1000
source = "SRC1 table 1"
confirmed = "ok"
"""

ADULT = """
[[medicine.dose]]
indication = "pneumonia"
population = "adult"
route = "by mouth"
unit = "mg"
fixed = [500, 500]
doses_per_day = [2, 2]
every_hours = [12, 12]
max_per_dose = 500
max_per_day = 1000
source = "SRC1 table 2"
confirmed = "ok"
"""

GOOD = HEAD + MEDICINE + CHILD + ADULT


def text_of(*rows: str, medicine: str = MEDICINE, extra: str = "") -> str:
    """A file with one medicine, tables that are added to it, and dose rows."""
    return HEAD + medicine + extra + "".join(rows)


def record_of(text: str, name: str = "samplicillin") -> Record:
    """The record of a medicine in a file."""
    return parse_formulary([("sample.toml", text)]).medicines[name].record


def row_of(row: str) -> DoseRow:
    """One dose row."""
    return record_of(text_of(row)).doses[0]


def engine_of(*texts: str) -> DoseEngine:
    """The engine with a formulary of some files."""
    formulary = parse_formulary((f"{n}.toml", text) for n, text in enumerate(texts))
    names = Names(merge_named(formulary.medicines.values(), {}), load_label_words())
    return load_engine(formulary, names)


def second_medicine(name: str, classes: str = "", rows: str = ADULT) -> str:
    """A file with another medicine."""
    other = MEDICINE.replace("samplicillin", name).replace('"Samplox"', f'"{name.title()}ox"')
    other = other.replace('["penicillin"]', f"[{classes}]").replace("sampliCILLIN", "")
    return HEAD + other.replace('look_alike = ["samplidine"]', "look_alike = []") + rows
