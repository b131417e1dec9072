"""Prompts as data: what the model is told, and how quotes are laid before it."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

from assistant.messages import Patient
from assistant.writing.language import Prompt
from assistant.writing.templates import Turn, clean_content, families

MOST_WORDS = 400
"""Words of quotes in a prompt; about 600 tokens, which a cheap CPU reads in half a minute."""


@dataclass(frozen=True, slots=True)
class Wording:
    """The texts of `prompts.toml`."""

    system: str
    question: str
    line: str
    unknown_patient: str
    abstain: str


def load_wording() -> Wording:
    """Read the texts of the package."""
    text = files("assistant.writing").joinpath("prompts.toml").read_text(encoding="utf-8")
    return Wording(**{key: value.strip("\n") for key, value in tomllib.loads(text).items()})


def build_prompt(
    wording: Wording, family: str, question: str, patient: Patient, lines: Sequence[str]
) -> Prompt:
    """The prompt for one question over numbered lines; the lines are content, never template."""
    numbered = [
        wording.line.format(number=number, text=clean_content(text))
        for number, text in enumerate(_within(lines), 1)
    ]
    asked = wording.question.format(
        question=clean_content(question),
        patient=describe(patient) or wording.unknown_patient,
        lines="\n".join(numbered),
    )
    turns = [Turn("system", wording.system), Turn("user", asked)]
    return families()[family].prompt(turns)


def describe(patient: Patient) -> str:
    """What is known of the patient, in words."""
    parts = []
    if patient.age_days is not None:
        parts.append(f"{patient.age_days} days old")
    elif patient.age_group:
        parts.append(patient.age_group)
    if patient.weight_kg is not None:
        parts.append(f"{patient.weight_kg} kg")
    if patient.sex:
        parts.append({"m": "male", "f": "female"}[patient.sex])
    if patient.pregnant:
        parts.append("pregnant")
    if patient.allergies:
        parts.append(f"allergic to {', '.join(patient.allergies)}")
    return ", ".join(parts)


def _within(lines: Sequence[str]) -> list[str]:
    kept: list[str] = []
    length = 0
    for line in lines:
        length += len(line.split())
        if kept and length > MOST_WORDS:
            break
        kept.append(line)
    return kept
