"""Puts the dosing engine together from the data of the package and a formulary."""

from assistant.clinical.dosing.allergy import load_allergy_rules
from assistant.clinical.dosing.engine import DoseEngine
from assistant.clinical.dosing.growth import load_growth
from assistant.clinical.dosing.orders import load_orders
from assistant.clinical.dosing.reading import Reader
from assistant.clinical.dosing.routes import load_routes
from assistant.clinical.dosing.terms import load_terms
from assistant.clinical.medicines.names import Names
from kb.medicines import Formulary


def load_engine(formulary: Formulary, names: Names) -> DoseEngine:
    """The engine for the medicines of a formulary."""
    return DoseEngine(
        formulary=formulary,
        reader=Reader(names, load_terms(), load_growth()),
        routes=load_routes(),
        allergies=load_allergy_rules(),
        orders=load_orders(),
    )
