"""What small image encoders are made from, read from a TOML file; a run's record is one too."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from quantize.calibration_images import Preparation
from quantize.errors import WorkshopError
from quantize.onnx_int8 import KINDS


@dataclass(frozen=True, slots=True)
class OnnxRecipe:
    """Everything that decides what comes out."""

    name: str
    kinds: tuple[str, ...]
    size: int
    mean: tuple[float, float, float]
    deviation: tuple[float, float, float]
    one_in: int
    """One picture in so many is held back to measure with."""
    most: int
    """Pictures that are read at most."""
    least_cosine: float
    """The lowest cosine to the full encoder that any held-back picture may have."""
    time_ratio: float
    """Most time, as a share of the full encoder's."""
    reduce_range: bool = True
    """Whether weights use seven of the eight bits: processors without VNNI overflow on all."""
    threads: int = 1
    """Threads that the time is measured with."""
    input_sha256: str = ""
    """Of the full encoder; empty takes any."""
    pictures_sha256: str = ""
    outputs: Mapping[str, str] = field(default_factory=dict)
    """Kind -> SHA-256 that the file must have; empty before the first run."""

    @property
    def preparation(self) -> Preparation:
        """How a picture becomes numbers."""
        return Preparation(self.size, self.mean, self.deviation)


def read_recipe(path: Path) -> OnnxRecipe:
    """The recipe in a file.

    Raises:
        WorkshopError: it cannot be read or is not complete.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise WorkshopError(f"The recipe {path.name} cannot be read: {error}.") from error
    return make_recipe(table)


def make_recipe(table: Mapping[str, Any]) -> OnnxRecipe:
    """The recipe of a parsed file.

    Raises:
        WorkshopError: a value is missing, unknown or impossible.
    """
    unknown = sorted(set(table) - {one.name for one in fields(OnnxRecipe)})
    if unknown:
        raise WorkshopError(f"The recipe has the unknown value '{unknown[0]}'.")
    try:
        lists = {name: tuple(table[name]) for name in ("kinds", "mean", "deviation")}
        recipe = OnnxRecipe(**{**table, **lists})
    except (KeyError, TypeError) as error:
        raise WorkshopError(f"The recipe is not complete: {error}.") from error
    _check(recipe, table)
    return recipe


def _check(recipe: OnnxRecipe, table: Mapping[str, Any]) -> None:
    counts: tuple[object, ...] = (recipe.size, recipe.one_in, recipe.most, recipe.threads)
    whole = all(isinstance(count, int) and count > 0 for count in counts)
    colours = {len(table["mean"]), len(table["deviation"])} == {3} and all(recipe.deviation)
    if not colours or not whole:
        raise WorkshopError("Sizes and counts are from 1; mean and deviation have three colours.")
    if not recipe.kinds or not set(recipe.kinds) <= set(KINDS):
        raise WorkshopError(f"The kinds of a recipe are of: {', '.join(KINDS)}.")


def record(
    recipe: OnnxRecipe, source: str, pictures: str, outputs: Mapping[str, str]
) -> OnnxRecipe:
    """The recipe of what was made, with the digests of what went in and came out."""
    return replace(recipe, input_sha256=source, pictures_sha256=pictures, outputs=dict(outputs))


def toml(recipe: OnnxRecipe) -> str:
    """A recipe as TOML."""
    lines = [
        f"{one.name} = {_value(getattr(recipe, one.name))}"
        for one in fields(OnnxRecipe)
        if one.name != "outputs"
    ]
    outputs = [f'{kind} = "{digest}"' for kind, digest in recipe.outputs.items()]
    return "\n".join([*lines, "", "[outputs]", *outputs]) + "\n"


def _value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(_value(one) for one in value)}]"
    return f'"{value}"' if isinstance(value, str) else f"{value}"
