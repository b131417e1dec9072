"""Names and interaction rules of the library, made once for all tests."""

from functools import cache

from assistant.clinical.interactions.check import Interactions
from assistant.clinical.medicines.names import Names
from assistant.clinical.medicines.spelling import load_label_words
from kb.formulary import starter_formulary
from kb.interactions_read import load_rules
from kb.medicine_names import load_named


@cache
def starter_names() -> Names:
    return Names(load_named(starter_formulary().medicines.values()), load_label_words())


@cache
def starter_book():
    return load_rules()


@cache
def starter_interactions() -> Interactions:
    return Interactions(starter_names(), starter_book())
