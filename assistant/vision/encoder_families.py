"""Families of image encoders: how each wants to see a picture and read a text, as data."""

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any, Literal, cast

from assistant.vision.encoder_errors import EncoderUnusable

Fit = Literal["crop", "squash"]
Interpolation = Literal["bilinear", "bicubic", "lanczos"]
Judge = Literal["softmax", "sigmoid"]
Colour = tuple[float, float, float]

UNKNOWN = "clip"
"""The family that a model of no known name is taken for."""
SIDES = range(16, 1025)
"""Sides in pixels that an encoder may ask for."""
_RESAMPLE: Mapping[int, Interpolation] = {1: "lanczos", 2: "bilinear", 3: "bicubic"}
"""Numbers of Pillow's filters, as `preprocessor_config.json` names them."""


@dataclass(frozen=True, slots=True)
class Family:
    """How one family of encoders wants its input."""

    key: str
    title: str
    names: tuple[str, ...]
    size: int
    """Side of the square that the encoder sees, in pixels."""
    fit: Fit
    interpolation: Interpolation
    mean: Colour
    std: Colour
    tokens: int
    padding: bool
    judge: Judge
    scale: float
    source: str
    unconfirmed: str
    bias: float | None = None
    """What is added to scaled cosines before the sigmoid; None where the model does not say."""


@cache
def families() -> Mapping[str, Family]:
    """All families, in the order in which names are compared."""
    text = files("assistant.vision").joinpath("encoder_families.toml").read_text(encoding="utf-8")
    return {key: _family(key, row) for key, row in tomllib.loads(text).items()}


def family_of(name: str) -> Family:
    """The family that a model's name shows; CLIP's for a name that shows none."""
    plain = name.casefold().replace("-", "").replace("_", "")
    for family in families().values():
        if any(word in plain for word in family.names):
            return family
    return families()[UNKNOWN]


def told_by(family: Family, config: bytes) -> Family:
    """A family as the `preprocessor_config.json` of a model corrects it.

    Raises:
        EncoderUnusable: the file cannot be read, or says what cannot be.
    """
    try:
        table = json.loads(config)
        crop = bool(table.get("do_center_crop", False))
        side = _side(table["crop_size"] if crop else table["size"])
        known = replace(
            family,
            size=side,
            fit="crop" if crop else "squash",
            interpolation=_RESAMPLE.get(int(table.get("resample", 0)), family.interpolation),
            mean=_colour(table.get("image_mean", family.mean)),
            std=_colour(table.get("image_std", family.std)),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _wrong(str(error)) from error
    if side not in SIDES or not all(value > 0 for value in known.std):
        raise _wrong("a size or a spread that cannot be")
    return known


def with_logits(family: Family, config: bytes) -> Family:
    """A family with the scale and bias that a model learnt, from the `logits.json` beside it.

    Raises:
        EncoderUnusable: the file cannot be read.
    """
    try:
        table = json.loads(config)
        scale, bias = float(table["scale"]), table.get("bias")
        known = replace(family, scale=scale, bias=None if bias is None else float(bias))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise EncoderUnusable(
            f"The image encoder cannot be used: its logits.json is damaged ({error})."
        ) from error
    if not 0 < known.scale < 1e4 or not -1e3 < (known.bias or 0.0) < 1e3:
        raise EncoderUnusable("The image encoder cannot be used: its logits.json cannot be true.")
    return known


def _wrong(why: str) -> EncoderUnusable:
    message = f"The image encoder cannot be used: its preprocessor_config.json is damaged ({why})."
    return EncoderUnusable(message)


def _side(size: object) -> int:
    """One side from the ways in which a size is written."""
    if isinstance(size, Mapping):
        return int(size.get("height", size.get("shortest_edge", 0)))
    return int(cast("int", size))


def _colour(values: Sequence[float]) -> Colour:
    red, green, blue = (float(value) for value in values)
    return red, green, blue


def _family(key: str, row: Mapping[str, Any]) -> Family:
    values = dict(row)
    values["names"] = tuple(values["names"])
    return Family(key, **values | {"mean": _colour(values["mean"]), "std": _colour(values["std"])})
