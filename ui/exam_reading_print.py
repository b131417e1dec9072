"""Prints made-up papers, clean and as a telephone would photograph them, each from a seed."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from ui.exam_reading_papers import Paper

Points = NDArray[np.uint8]
FONT_FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "/Library/Fonts",
    "/System/Library/Fonts",
    "C:/Windows/Fonts",
)
_WANTED = (
    "DejaVuSans.ttf",
    "DejaVuSerif.ttf",
    "DejaVuSansMono.ttf",
    "DejaVuSansCondensed.ttf",
    "LiberationSans-Regular.ttf",
    "LiberationSerif-Regular.ttf",
    "Arial.ttf",
    "arial.ttf",
    "times.ttf",
    "cour.ttf",
    "calibri.ttf",
    "Helvetica.ttc",
)
_MARGIN = 60
_LINE = 2.0
"""Distance of rows in heights of the text."""


@dataclass(frozen=True, slots=True)
class Harm:
    """How much a photograph is harmed; 0 is a clean scan."""

    turn: float = 0.0
    """Degrees."""
    slant: float = 0.0
    """Share of the width by which corners move: the camera was not straight above."""
    blur: float = 0.0
    """Radius in points."""
    light: float = 0.0
    """Share of brightness lost in the darkest corner."""
    creases: int = 0
    noise: float = 0.0
    """Standard deviation of the grain, from 0 to 255."""
    quality: int = 92
    """Of the JPEG."""


CLEAN = Harm()


def harm_of(seed: int) -> Harm:
    """The harm of a telephone's photograph, different with each seed."""
    draw = np.random.default_rng([seed, 77])
    return Harm(
        float(draw.uniform(-5, 5)),
        float(draw.uniform(0.01, 0.06)),
        float(draw.uniform(0.3, 1.3)),
        float(draw.uniform(0.05, 0.45)),
        int(draw.integers(0, 4)),
        float(draw.uniform(1, 7)),
        int(draw.integers(60, 90)),
    )


@cache
def fonts() -> tuple[str, ...]:
    """Fonts of this machine that are used; empty where there is none, and one built in then."""
    found = {
        path.name: str(path)
        for folder in FONT_FOLDERS
        if Path(folder).is_dir()
        for path in Path(folder).rglob("*.tt[fc]")
    }
    return tuple(found[name] for name in _WANTED if name in found)


def printed(paper: Paper, seed: int) -> Points:
    """The paper as a clean picture, about 1,300 points wide."""
    draw = np.random.default_rng([seed, 11])
    names = (*fonts(), "")
    name = names[int(draw.integers(len(names)))]
    size = int(draw.integers(22, 30))
    width = 1000 if paper.kind == "label" else 1250
    heights = [max(cell.size for cell in row) for row in paper.rows]
    height = int(2 * _MARGIN + sum(_LINE * size * each for each in heights))
    picture = Image.new("RGB", (width, height), "white")
    pen = ImageDraw.Draw(picture)
    top, ink = float(_MARGIN), int(draw.integers(0, 60))
    for row, high in zip(paper.rows, heights, strict=True):
        for cell in row:
            left = _MARGIN + cell.at * (width - 2 * _MARGIN)
            pen.text(
                (left, top),
                cell.text,
                font=_font(name, int(size * cell.size)),
                fill=(ink,) * 3,
                stroke_width=1 if cell.bold and high > 1.2 else 0,
                stroke_fill=(ink,) * 3,
            )
        top += _LINE * size * high
    if paper.kind == "lab" and draw.random() < 0.4:
        _ruled(pen, paper, (width, height), size)
    return np.array(picture)


def photographed(page: Points, harm: Harm, seed: int) -> Points:
    """A page as a telephone would take it, lying on a darker table."""
    draw = np.random.default_rng([seed, 23])
    height, width = page.shape[:2]
    border = int(0.08 * width)
    table = draw.integers(40, 110, 3)
    whole = np.empty((height + 2 * border, width + 2 * border, 3), dtype=np.uint8)
    whole[:] = table
    whole[border : border + height, border : border + width] = _creased(page, harm, draw)
    picture = Image.fromarray(whole)
    picture = _slanted(picture, harm, draw, tuple(int(each) for each in table))
    if harm.turn:
        picture = picture.rotate(
            harm.turn,
            Image.Resampling.BICUBIC,
            expand=True,
            fillcolor=tuple(int(each) for each in table),
        )
    if harm.blur:
        picture = picture.filter(ImageFilter.GaussianBlur(harm.blur))
    return _lit(np.asarray(picture), harm, draw)


@cache
def _font(name: str, size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.truetype(name, size) if name else ImageFont.load_default(size)


def _ruled(pen: ImageDraw.ImageDraw, paper: Paper, shape: tuple[int, int], size: int) -> None:
    """Thin lines between the rows of a table."""
    top = float(_MARGIN)
    for row in paper.rows:
        high = _LINE * size * max(cell.size for cell in row)
        if len(row) >= 3:
            level = top - 0.35 * size
            pen.line(
                [(_MARGIN - 10, level), (shape[0] - _MARGIN + 10, level)], fill=(150,) * 3, width=1
            )
        top += high


def _creased(page: Points, harm: Harm, draw: np.random.Generator) -> Points:
    """The page with the shades of folds; a fold is dark on one side and bright on the other."""
    shade = np.ones(page.shape[:2], dtype=np.float32)
    height, width = shape = page.shape[:2]
    across, down = np.meshgrid(np.arange(width), np.arange(height))
    for _ in range(harm.creases):
        angle = draw.choice([0.0, np.pi / 2]) + draw.uniform(-0.1, 0.1)
        middle = (draw.uniform(0.2, 0.8) * width, draw.uniform(0.2, 0.8) * height)
        far = (across - middle[0]) * np.sin(angle) - (down - middle[1]) * np.cos(angle)
        shade *= 1 - 0.35 * np.exp(-(((far - 2) / 3) ** 2)) + 0.08 * np.exp(-(((far + 4) / 5) ** 2))
        shade *= 1 - 0.1 * (far > 0) * np.exp(-np.abs(far) / (0.2 * max(shape)))
    return np.asarray((page * shade[:, :, None]).clip(0, 255), dtype=np.uint8)


def _slanted(
    picture: Image.Image, harm: Harm, draw: np.random.Generator, fill: tuple[int, ...]
) -> Image.Image:
    if not harm.slant:
        return picture
    width, height = picture.size
    ends = [(0, 0), (width, 0), (width, height), (0, height)]
    moved = [
        (
            x + draw.uniform(-1, 1) * harm.slant * width,
            y + draw.uniform(-1, 1) * harm.slant * height,
        )
        for x, y in ends
    ]
    return picture.transform(
        picture.size,
        Image.Transform.PERSPECTIVE,
        _coefficients(ends, moved),
        Image.Resampling.BICUBIC,
        fillcolor=fill,
    )


def _coefficients(target: list[tuple[int, int]], source: list[tuple[float, float]]) -> list[float]:
    """The eight numbers by which places of the new picture are looked up in the old one."""
    rows = []
    for (x, y), (u, v) in zip(target, source, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y])
    return [float(each) for each in np.linalg.solve(np.array(rows), np.array(source).reshape(8))]


def _lit(points: Points, harm: Harm, draw: np.random.Generator) -> Points:
    """Light that comes from one side, and the grain of a small sensor."""
    height, width = points.shape[:2]
    across, down = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    angle = draw.uniform(0, 2 * np.pi)
    side = across * np.cos(angle) + down * np.sin(angle)
    side = (side - side.min()) / np.ptp(side)
    lit = points * (1 - harm.light * side)[:, :, None]
    lit += draw.normal(0, harm.noise, points.shape[:2])[:, :, None] if harm.noise else 0
    return np.asarray(lit.clip(0, 255), dtype=np.uint8)
