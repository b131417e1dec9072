"""The danger signs that cards may name are the danger signs that triage knows."""

import tomllib
from importlib.resources import files


def test_flags_of_cards_are_flags_of_triage():
    listed = files("kb.starter").joinpath("flags.txt").read_text(encoding="utf-8").splitlines()
    cards = {line.strip() for line in listed if line.strip() and not line.startswith("#")}
    table = tomllib.loads(files("assistant.triage").joinpath("flags.toml").read_text("utf-8"))
    assert cards == set(table)
