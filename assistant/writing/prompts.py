"""Prompts as data: what the model is told in each role, and how quotes are laid before it.

Everything that a person, a document or a model wrote is content: it is made plain, numbered and put
in quotation marks, and no chat template or role mark in it survives. A line that gives orders to
a program keeps its number and loses its words.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from assistant.gate.surface import orders_a_program
from assistant.messages import Patient
from assistant.writing.conversation import Window, prompt
from assistant.writing.language import Prompt
from assistant.writing.templates import clean_content, families

MOST_WORDS = 400
"""Words of quotes in a prompt; about 600 tokens, which a cheap CPU reads in half a minute."""
NOTHING_EARLIER = Window((), ())
LETTERS = "ABCDEFGHIJ"
"""Names of the choices of an exam question."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a prompt is about; all of it is content."""

    question: str
    patient: str = ""
    """What is known of the patient, in words."""
    lines: Sequence[str] = ()
    """Quotes of the library, in the order of their numbers."""
    choices: Sequence[str] = ()
    draft: str = ""
    """Something a model wrote before: a draft, an opinion, a proposed answer."""
    faults: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Prompts:
    """The prompts of one family of models."""

    family: str
    roles: Mapping[str, Mapping[str, str]]
    shared: Mapping[str, str]

    @property
    def abstain(self) -> str:
        """What a model writes when it does not know."""
        return self.shared["abstain"]

    def of(self, role: str, asked: Asked, earlier: Window = NOTHING_EARLIER) -> Prompt:
        """The prompt of a role.

        Args:
            role: what the model is to do.
            asked: what it is about.
            earlier: what was said before in the same conversation; context, never a line to cite.

        Raises:
            KeyError: there is no such role.
        """
        texts = self.roles[role]
        filled = texts["ask"].format(
            question=clean_content(asked.question),
            patient=self._patient(asked.patient),
            lines=self._lines(asked.lines),
            choices="\n".join(self._choices(asked.choices)),
            draft=clean_content(asked.draft),
            faults="\n".join(f"- {clean_content(fault)}" for fault in asked.faults),
        )
        return prompt(families()[self.family], texts["system"].strip(), earlier, filled)

    def _patient(self, patient: str) -> str:
        return self.shared["patient"].format(patient=clean_content(patient)) if patient else ""

    def _lines(self, lines: Sequence[str]) -> str:
        if not lines:
            return ""
        numbered = [self._line(number, text) for number, text in enumerate(_within(lines), 1)]
        return self.shared["lines"].format(lines="\n".join(numbered))

    def _line(self, number: int, text: str) -> str:
        if orders_a_program(text):
            return self.shared["left_out"].format(number=number)
        quoted = clean_content(text).replace('"', "'").replace("\n", " ")
        return self.shared["line"].format(number=number, text=quoted)

    def _choices(self, choices: Sequence[str]) -> list[str]:
        return [
            self.shared["choice"].format(letter=letter, text=clean_content(text).replace("\n", " "))
            for letter, text in zip(LETTERS, choices, strict=False)
        ]


@cache
def prompts_of(family: str) -> Prompts:
    """The prompts for a family of models.

    Raises:
        KeyError: there is no such family.
    """
    tables = _tables()
    own = tables["family"].get(families()[family].name, {})
    roles = {role: {**texts, **own.get(role, {})} for role, texts in tables["role"].items()}
    return Prompts(family, MappingProxyType(roles), MappingProxyType(tables["shared"]))


def describe(patient: Patient) -> str:
    """What is known of the patient, in words; empty for nothing."""
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
    """The first lines that fit; the first one always does."""
    kept: list[str] = []
    length = 0
    for line in lines:
        length += len(line.split())
        if kept and length > MOST_WORDS:
            break
        kept.append(line)
    return kept


@cache
def _tables() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("prompts.toml").read_text("utf-8"))
