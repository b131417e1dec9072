"""Interaction rules in questions: opened with the first question that needs them, and only then."""

import re

from assistant.engines.pairs import Pairs
from assistant.messages import Patient
from ui.wiring import MedicineShelf


def test_the_rules_are_opened_once_and_only_for_two_medicines():
    shelf, opened = MedicineShelf(), []

    def rules():
        opened.append(True)
        return shelf.interactions()

    pairs = Pairs(rules, shelf.mentioned, re.compile("together"))
    assert pairs.findings("warfarin dose", Patient()) == ()
    assert pairs.findings("is it safe together", Patient()) == ()
    assert not opened
    for _ in range(2):
        [found] = pairs.findings("warfarin and ibuprofen together", Patient())
        assert "warfarin" in found.text.lower()
        assert "ibuprofen" in found.text.lower()
    assert len(opened) == 1
