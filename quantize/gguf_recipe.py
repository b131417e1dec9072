"""What small GGUF files are made from, read from a TOML file; the record of a run is one too."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, TypeVar

from quantize.converter import PRECISIONS
from quantize.errors import WorkshopError
from quantize.gguf_kinds import KINDS
from quantize.scorecard import Bounds

Section = TypeVar("Section")
PROJECTOR = "projector"
"""Stands among the outputs for the file that reads pictures."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True, slots=True)
class Input:
    """The model to start from."""

    sha256: str = ""
    """Of the GGUF file or, for a folder, of the list of its files; empty takes any model."""
    precision: str = "f16"
    """How a folder is converted: the precision of the full model."""
    projector: bool = False
    """Whether a folder also holds the part that reads pictures, for a file of its own."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """The text that the columns of the weights are weighed with."""

    files: str
    """Which files of the text folder, as `topics/**/*.md`."""
    one_in: int
    """One file in so many is held back to measure with."""
    context: int
    chunks: int
    sha256: str = ""
    """Of calibration and held-back text; empty takes any."""


@dataclass(frozen=True, slots=True)
class Measuring:
    """How the held-back text is read."""

    context: int
    chunks: int
    task_context: int
    """Tokens of room for a question or a tool call."""


@dataclass(frozen=True, slots=True)
class GgufRecipe:
    """Everything that decides what comes out."""

    name: str
    kinds: tuple[str, ...]
    input: Input
    calibration: Calibration
    measuring: Measuring
    bounds: Bounds
    outputs: Mapping[str, str] = field(default_factory=dict)
    """Kind -> SHA-256 that the file must have; empty before the first run."""
    engine: str = ""
    """Version of llama-cpp-python that made the outputs."""


def read_recipe(path: Path) -> GgufRecipe:
    """The recipe in a file.

    Raises:
        WorkshopError: it cannot be read or is not complete.
    """
    try:
        return make_recipe(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise WorkshopError(f"The recipe {path.name} cannot be read: {error}.") from error


def make_recipe(table: Mapping[str, Any]) -> GgufRecipe:
    """The recipe of a parsed file.

    Raises:
        WorkshopError: a value is missing, unknown or impossible.
    """
    unknown = sorted(set(table) - {one.name for one in fields(GgufRecipe)})
    if unknown:
        raise WorkshopError(f"The recipe has the unknown value '{unknown[0]}'.")
    try:
        recipe = GgufRecipe(
            name=str(table["name"]),
            kinds=tuple(table["kinds"]),
            input=_section(Input, table.get("input", {})),
            calibration=_section(Calibration, table["calibration"]),
            measuring=_section(Measuring, table["measuring"]),
            bounds=_section(Bounds, table["bounds"]),
            outputs=dict(table.get("outputs", {})),
            engine=str(table.get("engine", "")),
        )
    except (KeyError, TypeError) as error:
        raise WorkshopError(f"The recipe is not complete: {error}.") from error
    _check(recipe)
    return recipe


def record(recipe: GgufRecipe, digests: Mapping[str, str], engine: str) -> GgufRecipe:
    """The recipe of what was made: followed again, it gives the same files or says why not.

    Args:
        recipe: what was followed.
        digests: of `input`, `calibration` and every kind.
        engine: version of llama-cpp-python.
    """
    made = dict(digests)
    return replace(
        recipe,
        input=replace(recipe.input, sha256=made.pop("input")),
        calibration=replace(recipe.calibration, sha256=made.pop("calibration")),
        outputs=made,
        engine=engine,
    )


def toml(recipe: GgufRecipe) -> str:
    """A recipe as TOML."""
    kinds = ", ".join(f'"{kind}"' for kind in recipe.kinds)
    lines = [f'name = "{recipe.name}"', f"kinds = [{kinds}]", f'engine = "{recipe.engine}"']
    sections = (
        ("input", asdict(recipe.input)),
        ("calibration", asdict(recipe.calibration)),
        ("measuring", asdict(recipe.measuring)),
        ("bounds", asdict(recipe.bounds)),
        ("outputs", dict(recipe.outputs)),
    )
    for name, values in sections:
        lines += ["", f"[{name}]"]
        lines += [f"{key} = {_value(value)}" for key, value in values.items()]
    return "\n".join(lines) + "\n"


def _value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else f"{value}"


def _check(recipe: GgufRecipe) -> None:
    if not _NAME.fullmatch(recipe.name):
        raise WorkshopError("The recipe's name has letters, digits, '-', '_' and '.' only.")
    for kind in [*recipe.kinds, *recipe.outputs]:
        if kind not in KINDS and (kind != PROJECTOR or kind in recipe.kinds):
            raise WorkshopError(f"The kind {kind} is not known. Known: {', '.join(KINDS)}.")
    if not recipe.kinds:
        raise WorkshopError("The recipe names no kinds to make.")
    if recipe.input.precision not in PRECISIONS:
        raise WorkshopError(f"The precision is one of {', '.join(PRECISIONS)}.")
    _check_numbers({**asdict(recipe.calibration), **asdict(recipe.measuring)})


def _check_numbers(values: Mapping[str, object]) -> None:
    for name, value in values.items():
        if not isinstance(value, str) and (not isinstance(value, int) or value < 1):
            raise WorkshopError(f"{name} is {value!r}; it is a whole number from 1.")


def _section(kind: type[Section], table: Mapping[str, Any]) -> Section:
    known = {one.name for one in fields(kind)}  # type: ignore[arg-type]
    unknown = sorted(set(table) - known)
    if unknown:
        message = f"the value '{unknown[0]}' of {kind.__name__.lower()} is unknown"
        raise TypeError(message)
    return kind(**table)
