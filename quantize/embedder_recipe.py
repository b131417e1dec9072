"""What an encoder is made from, read from a TOML file and refused where a licence forbids it."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal, TypeVar

OPEN_LICENCES = frozenset(
    {"CC0-1.0", "CC-BY-4.0", "CC-BY-3.0", "MIT", "Apache-2.0", "BSD-3-Clause", "public domain"}
)
"""Licences under which what was learned from a text may be shipped with a notice."""
KINDS = ("medquad", "pubmedqa", "cnxml", "dialogue", "cards")
Section = TypeVar("Section")


class RecipeRefused(Exception):
    """The recipe cannot be followed; the message says why."""


@dataclass(frozen=True, slots=True)
class Base:
    """The weights to start from."""

    title: str
    licence: str
    attribution: str
    sha256: str
    """Of model.safetensors."""


@dataclass(frozen=True, slots=True)
class Source:
    """A set of texts to learn from."""

    kind: str
    path: str
    licence: str
    attribution: str
    most: int = 0
    """Pairs taken at most; 0 takes all."""
    root: Literal["data", "program"] = "data"
    """Whether the path starts in the data folder or in this program's source tree."""


@dataclass(frozen=True, slots=True)
class Negatives:
    """Which wrong passages are shown beside the right one."""

    dense: int
    words: int
    kept: int
    at_most: float
    same_question: float
    same_subject: float


@dataclass(frozen=True, slots=True)
class EncoderTraining:
    """Contrastive training of the encoder."""

    steps: int
    rate: float
    batch: int
    question_tokens: int
    passage_tokens: int
    scale: float
    mixing: float


@dataclass(frozen=True, slots=True)
class RerankerTraining:
    """Training of the re-ranker."""

    steps: int
    rate: float
    batch: int
    choices: int
    layers: int
    question_tokens: int
    passage_tokens: int
    calibration: float


@dataclass(frozen=True, slots=True)
class VocabularyChoice:
    """Which word pieces stay."""

    common: int
    stem: int


@dataclass(frozen=True, slots=True)
class Limits:
    """Longest inputs of the exported models, in tokens."""

    encoder_tokens: int
    query_tokens: int
    reranker_tokens: int


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides what comes out."""

    version: str
    seed: int
    base: Base
    sources: tuple[Source, ...]
    held_out: int
    """One subject in so many is kept for validation."""
    negatives: Negatives
    encoder: EncoderTraining
    reranker: RerankerTraining
    vocabulary: VocabularyChoice
    limits: Limits
    remark: str = ""
    """What else the cards say of how this version was made."""


def read_recipe(path: Path) -> Recipe:
    """The recipe in a file.

    Raises:
        RecipeRefused: it cannot be read, lacks a value, or names a source whose licence does not
            allow it.
    """
    try:
        return make_recipe(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, tomllib.TOMLDecodeError) as error:
        message = f"The recipe {path.name} cannot be read: {error}."
        raise RecipeRefused(message) from error


def make_recipe(table: Mapping[str, Any]) -> Recipe:
    """The recipe of a parsed file.

    Raises:
        RecipeRefused: a value is missing or unknown, or a licence is not open.
    """
    try:
        return Recipe(
            version=str(table["version"]),
            seed=int(table["seed"]),
            base=_section(Base, table["base"]),
            sources=tuple(_source(entry) for entry in table["sources"]),
            held_out=_whole(table["held_out"]["one_in"]),
            negatives=_section(Negatives, table["negatives"]),
            encoder=_section(EncoderTraining, table["encoder"]),
            reranker=_section(RerankerTraining, table["reranker"]),
            vocabulary=_section(VocabularyChoice, table["vocabulary"]),
            limits=_section(Limits, table["limits"]),
            remark=str(table.get("remark", "")),
        )
    except (KeyError, TypeError, ValueError) as error:
        message = f"The recipe is not complete: {error}."
        raise RecipeRefused(message) from error


def _source(entry: Mapping[str, Any]) -> Source:
    source = _section(Source, entry)
    if source.licence not in OPEN_LICENCES:
        message = (
            f"{source.path} is under the licence '{source.licence}'. Weights that are shipped may"
            f" only learn from: {', '.join(sorted(OPEN_LICENCES))}."
        )
        raise RecipeRefused(message)
    if source.kind not in KINDS:
        message = (
            f"{source.path} is of the unknown kind '{source.kind}'. Known: {', '.join(KINDS)}."
        )
        raise RecipeRefused(message)
    if not source.attribution.strip():
        message = f"{source.path} names nobody to attribute it to; its licence asks for it."
        raise RecipeRefused(message)
    return source


def _whole(value: object) -> int:
    if not isinstance(value, int) or value < 2:
        message = f"held_out.one_in is {value!r}; it is a whole number from 2"
        raise ValueError(message)
    return value


def _section(kind: type[Section], table: Mapping[str, Any]) -> Section:
    known = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    unknown = sorted(set(table) - known)
    if unknown:
        message = f"The recipe has the unknown value '{unknown[0]}' for {kind.__name__}."
        raise RecipeRefused(message)
    return kind(**table)
