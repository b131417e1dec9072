"""The gates: whether a picture can be read as a paper, why not, and how to take a better one."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from statistics import fmean, median

import numpy as np
from numpy.typing import NDArray

from assistant.vision import pixels
from assistant.vision.door import Points
from assistant.vision.reading.messages import Problem, Quality
from assistant.vision.reading.rows import height_of
from kb.extract.ocr import ReadLine

_LOOKED_AT = 1200
_TILE = 40
"""Points of a square in which sharpness and shine are judged."""
_DULL = 235.0
"""Brightness of paper below which burnt-out squares beside it are a reflection."""
_EDGE = 2.0
"""Points from the edge within which a line counts as cut off."""


@dataclass(frozen=True, slots=True)
class Gates:
    """Limits and texts of the gates."""

    limits: Mapping[str, float]
    problems: Mapping[str, Problem]
    stops: frozenset[str]
    """Problems with which nothing is read."""


@cache
def load_gates() -> Gates:
    """The gates of the package."""
    text = files("assistant.vision").joinpath("gates.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    rows = table["problem"].items()
    return Gates(
        table["limits"],
        {code: Problem(code, row["reason"], row["hint"]) for code, row in rows},
        frozenset(code for code, row in rows if row["stops"]),
    )


def measure_light(points: Points) -> dict[str, float]:
    """Sharpness, brightness and shine of a picture.

    Sharpness is the strength of edges where there are any, relative to their contrast; brightness
    the median from 0 to 255; shine the share of squares that are burnt out beside darker ones.
    """
    light = pixels.grey(pixels.smaller(points, _LOOKED_AT))
    high, wide = (size - size % _TILE for size in light.shape)
    if not high or not wide:
        return {"sharpness": 0.0, "brightness": float(np.median(light)), "glare": 0.0}
    squares = _squares(light.astype(np.float64))
    spread = squares.std(axis=2)
    edges = _squares(pixels.edges_of(light)).std(axis=2)
    busy = spread > max(8.0, float(np.quantile(spread, 0.6)))
    ratio = 25 * edges[busy] / spread[busy] if busy.any() else np.zeros(1)
    burnt = _squares((light >= 253).astype(np.float64)).mean(axis=2)
    # On an evenly white page every square is burnt out; shine stands beside paper that is not.
    dull = float(np.quantile(np.quantile(squares, 0.8, axis=2), 0.25))
    shine = float((burnt > 0.9).mean()) if dull < _DULL else 0.0
    return {
        "sharpness": float(np.quantile(ratio, 0.7)),
        "brightness": float(np.quantile(light, 0.6)),
        "glare": shine,
    }


def judge(points: Points, lines: Sequence[ReadLine], sheet: tuple[int, int]) -> Quality:
    """What the gates say of a picture and of what was read on it.

    Args:
        points: the sheet, or the picture where no sheet was found.
        lines: what was read on it.
        sheet: its height and width in points.
    """
    gates = load_gates()
    measured = measure_light(points) | measure_lines(lines, sheet)
    codes = tuple(_codes(measured, gates.limits))
    return Quality(
        not gates.stops.intersection(codes),
        tuple(gates.problems[code] for code in codes),
        tuple((name, round(value, 3)) for name, value in measured.items()),
    )


def measure_lines(lines: Sequence[ReadLine], sheet: tuple[int, int]) -> dict[str, float]:
    """Letters that were read, how sure, how high, and the share of lines cut off."""
    letters = sum(sum(map(str.isalnum, line.text)) for line in lines if line.sure >= 0.6)
    if not lines:
        return {"letters": 0.0, "sure": 0.0, "letter_height": 0.0, "cut": 0.0}
    return {
        "letters": float(letters),
        "sure": fmean(line.sure for line in lines),
        "letter_height": median(map(height_of, lines)),
        "cut": sum(_is_cut(line, sheet) for line in lines) / len(lines),
    }


def _codes(measured: Mapping[str, float], limits: Mapping[str, float]) -> Iterator[str]:
    readable = measured["letters"] >= limits["least_letters"]
    faint = measured["sure"] < limits["sure"]
    found = {
        "no_text": not readable,
        "dark": measured["brightness"] < limits["dark"],
        "bright": measured["brightness"] > limits["bright"] and faint,
        "blur": measured["sharpness"] < limits["sharpness"],
        "glare": measured["glare"] > limits["glare"],
        "crop": readable and measured["cut"] > limits["cut"],
        "small": readable and measured["letter_height"] < limits["letter_height"],
        "faint": readable and faint,
    }
    return (code for code, there in found.items() if there)


def _is_cut(line: ReadLine, sheet: tuple[int, int]) -> bool:
    height, width = sheet
    return any(
        x < _EDGE or y < _EDGE or x > width - _EDGE or y > height - _EDGE for x, y in line.corners
    )


def _squares(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The points of each square."""
    high, wide = values.shape[0] // _TILE, values.shape[1] // _TILE
    cut = values[: high * _TILE, : wide * _TILE]
    squares = cut.reshape(high, _TILE, wide, _TILE).swapaxes(1, 2)
    return squares.reshape(high, wide, _TILE * _TILE)
