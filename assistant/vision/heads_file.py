"""Heads as files: numbers in a NumPy archive, words in JSON inside it; nothing in it can run."""

import io
import json
import os
import zipfile
from pathlib import Path

import numpy as np
from numpy.lib import format as npy

from assistant.vision.encoder_errors import HeadUnusable
from assistant.vision.heads import About, Head
from assistant.vision.heads_fit import MOST_DIRECTIONS, Floats, Space

SUFFIX = ".head"
FORMAT = 1
MOST_BYTES = 64_000_000
MOST_DIMENSIONS = 8192
_ARRAYS = ("middle", "spread", "directions", "variances", "weights")
_WORDS = "about.json"
_NUMBERS = ("rest", "constant", "slope", "shift", "threshold", "farthest")


def save(head: Head, path: Path) -> None:
    """Write a head, whole or not at all."""
    space = head.space
    arrays = (space.middle, space.spread, space.directions, space.variances, head.weights)
    numbers = (
        space.rest, head.constant, *head.platt, head.threshold, head.farthest,
    )  # fmt: skip
    about = head.about
    words = {
        "format": FORMAT,
        "finding": about.finding,
        "encoder": about.encoder,
        "source": about.source,
        "trained": about.trained,
        "figures": about.figures,
        "numbers": dict(zip(_NUMBERS, numbers, strict=True)),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with zipfile.ZipFile(part, "w") as archive:
        archive.writestr(_WORDS, json.dumps(words, ensure_ascii=False, indent=1))
        for name, array in zip(_ARRAYS, arrays, strict=True):
            kept = io.BytesIO()
            npy.write_array(kept, array.astype(np.float32), allow_pickle=False)
            archive.writestr(f"{name}.npy", kept.getvalue())
    os.replace(part, path)  # noqa: PTH105 - one step on every system


def load(path: Path) -> Head:
    """Read a head.

    Raises:
        HeadUnusable: it is missing, damaged, or of another version.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise _unusable(path, "it is too large to be one")
        with zipfile.ZipFile(path) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > 2 * MOST_BYTES:
                raise _unusable(path, "it is too large to be one")
            words = json.loads(archive.read(_WORDS))
            arrays = {name: _array(archive.read(f"{name}.npy")) for name in _ARRAYS}
        numbers = {name: float(words["numbers"][name]) for name in _NUMBERS}
        about = About(
            str(words["finding"]), str(words["encoder"]), str(words["source"]),
            str(words["trained"]), dict(words["figures"]),
        )  # fmt: skip
    except OSError as error:
        raise _unusable(path, "it cannot be read") from error
    except (ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise _unusable(path, "it is damaged") from error
    if words.get("format") != FORMAT:
        raise _unusable(path, "it was written by another version")
    _check(path, arrays, numbers)
    return _head(about, arrays, numbers)


def load_all(folder: Path) -> tuple[list[Head], list[str]]:
    """All heads of a folder, and what is wrong with those that cannot be used."""
    heads, wrong = [], []
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        try:
            heads.append(load(path))
        except HeadUnusable as error:
            wrong.append(str(error))
    return heads, wrong


def _head(about: About, arrays: dict[str, Floats], numbers: dict[str, float]) -> Head:
    space = Space(
        arrays["middle"], arrays["spread"], arrays["directions"], arrays["variances"],
        numbers["rest"],
    )  # fmt: skip
    return Head(
        about, space, arrays["weights"], numbers["constant"],
        (numbers["slope"], numbers["shift"]), numbers["threshold"], numbers["farthest"],
    )  # fmt: skip


def _array(data: bytes) -> Floats:
    found: Floats = npy.read_array(io.BytesIO(data), allow_pickle=False).astype(np.float64)
    return found


def _check(path: Path, arrays: dict[str, Floats], numbers: dict[str, float]) -> None:
    """Refuse shapes that do not fit together and numbers that are none."""
    wide, some = arrays["middle"].size, arrays["weights"].size
    shapes = {
        "middle": (wide,),
        "spread": (wide,),
        "directions": (some, wide),
        "variances": (some,),
        "weights": (some,),
    }
    fits = all(arrays[name].shape == shape for name, shape in shapes.items())
    sound = all(np.isfinite(array).all() for array in arrays.values())
    sound = sound and all(np.isfinite(value) for value in numbers.values())
    sizes = 0 < wide <= MOST_DIMENSIONS and 0 < some <= MOST_DIRECTIONS
    if not (fits and sound and sizes and bool((arrays["spread"] > 0).all())):
        raise _unusable(path, "its numbers do not fit together")


def _unusable(path: Path, why: str) -> HeadUnusable:
    return HeadUnusable(
        f"The trained head {path.name} cannot be used: {why}."
        " Train it again with `aidpost image train`."
    )
