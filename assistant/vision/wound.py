"""Measures a wound: area, length and width in millimetres, with the error of each.

The wound and a card or a coin lie in one plane. What is said holds for that plane: on a curved limb
the true surface is larger, and the measurement says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from assistant.vision.encoder_errors import NotMeasurable
from assistant.vision.encoder_prepare import Pixels, checked
from assistant.vision.wound_error import errors, two_ways
from assistant.vision.wound_outline import outline_from, outline_in_box
from assistant.vision.wound_pixels import Box, Mask, edge_length, edge_points, filled
from assistant.vision.wound_plane import (
    Ellipse,
    Floats,
    area_each,
    moved,
    plane_of,
    rules,
    span,
)
from assistant.vision.wound_reference import find_card, find_coin

_DAYS = 7


@dataclass(frozen=True, slots=True)
class Reference:
    """Something of known size in the picture; corners in turn go before searching."""

    coin_mm: float | None = None
    """Diameter of the coin; None where a card is used."""
    within: Box | None = None
    """Where it lies, if that was marked."""
    corners: tuple[tuple[float, float], ...] = ()
    """Corners of the card, if they were marked."""


@dataclass(frozen=True, slots=True)
class Marked:
    """Where the wound is: a box around it, or an outline drawn by hand."""

    box: Box | None = None
    drawn: tuple[tuple[float, float], ...] = ()
    refined: bool = True
    """Whether a drawn outline is moved to where the colours change."""


@dataclass(frozen=True, slots=True)
class Size:
    """A measured wound; about 95 of 100 lie within the errors that are told."""

    area_cm2: float
    area_error: float
    length_mm: float
    length_error: float
    width_mm: float
    tilt: float
    """How much from the side the picture was taken, 0 from straight above."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dated:
    """The size of a wound on a day."""

    day: date
    size: Size


@dataclass(frozen=True, slots=True)
class Change:
    """How the area of one patient's wound changed between two days."""

    days: int
    percent: float
    """Against the first area; below 0 is smaller."""
    percent_error: float
    percent_each_week: float
    sure: bool
    """Whether the change is larger than its error."""


def measure(pixels: Pixels, reference: Reference, marked: Marked) -> tuple[Size, Mask]:
    """The size of a wound, and which pixels were taken for it.

    Raises:
        ImageError: it is no picture, or reference or wound cannot be found or measured.
    """
    checked(pixels)
    found = _found(pixels, reference, _where(marked))
    away = filled(found, pixels.shape) if isinstance(found, np.ndarray) else _disc(found, pixels)
    mask = _outline(pixels, marked, away)
    rows, columns = np.nonzero(mask)
    places = np.stack([columns, rows], axis=1).astype(np.float64)
    if (
        min(int(np.ptp(columns)), int(np.ptp(rows)), len(places))
        < rules()["limits"]["least_wound_px"]
    ):
        raise NotMeasurable("The wound is too small in the picture. Take the picture from nearer.")
    coin_mm = float(reference.coin_mm or 0.0)
    plane = plane_of(found, coin_mm)
    hull = edge_points(mask)
    area = float(area_each(plane, places).sum())
    length, width = span(moved(plane, hull))
    tilt = _tilt(plane, places)
    if tilt > rules()["limits"]["most_tilt"]:
        raise NotMeasurable("The picture was taken too much from the side. Take it from above.")
    _check_aslant(found, coin_mm, places)
    area_error, length_error = errors(found, coin_mm, (places, hull), edge_length(mask))
    notes = tuple(rules()["notes"]["coin" if isinstance(found, Ellipse) else "card"])
    size = Size(area / 100, area_error / 100, length, length_error, width, tilt, notes)
    return size, mask


def change(earlier: Dated, later: Dated) -> Change:
    """How the area changed between two measurements of one wound.

    Raises:
        NotMeasurable: the later one is not later, or the earlier area is nothing.
    """
    days = (later.day - earlier.day).days
    before, after = earlier.size, later.size
    if days < 1:
        raise NotMeasurable("To see a change, the second picture must be from a later day.")
    if before.area_cm2 <= 0:
        raise NotMeasurable("The first measurement has no area, so no change can be told.")
    ratio = after.area_cm2 / before.area_cm2
    parts = (before.area_error / before.area_cm2, after.area_error / max(after.area_cm2, 1e-9))
    error = 100 * ratio * float(np.hypot(*parts))
    percent = 100 * (ratio - 1)
    return Change(days, percent, error, percent * _DAYS / days, abs(percent) > error)


def course(measured: Sequence[Dated]) -> list[Change]:
    """The change from the first measurement to each that follows, by day.

    Raises:
        NotMeasurable: two are of one day, or the first area is nothing.
    """
    ordered = sorted(measured, key=lambda one: one.day)
    return [change(ordered[0], one) for one in ordered[1:]]


def _where(marked: Marked) -> Box | None:
    """The box of what was marked as wound."""
    if not marked.drawn:
        return marked.box
    drawn = np.array(marked.drawn, dtype=np.float64)
    left, top = drawn.min(axis=0)
    wide, high = np.ptp(drawn, axis=0)
    return Box(int(left), int(top), int(wide) + 1, int(high) + 1)


def _found(pixels: Pixels, reference: Reference, wound: Box | None) -> Floats | Ellipse:
    if reference.coin_mm is not None:
        if not 5.0 <= reference.coin_mm <= 60.0:
            raise NotMeasurable("A coin has a diameter of 5 to 60 mm.")
        return find_coin(pixels, reference.within, wound)
    if reference.corners:
        if len(reference.corners) != 4:
            raise NotMeasurable("A card has four corners.")
        return np.array(reference.corners, dtype=np.float64)
    return find_card(pixels, reference.within, wound)


def _outline(pixels: Pixels, marked: Marked, reference: Mask) -> Mask:
    if marked.drawn:
        drawn = np.array(marked.drawn, dtype=np.float64)
        return outline_from(pixels, drawn, refined=marked.refined)
    if marked.box is None:
        raise NotMeasurable("Mark the wound with a box, or draw its outline.")
    return outline_in_box(pixels, marked.box, reference)


def _disc(coin: Ellipse, pixels: Pixels) -> Mask:
    turns = np.linspace(0, 2 * np.pi, 90)
    along, beside = coin.long * np.cos(turns), coin.short * np.sin(turns)
    cos, sin = np.cos(coin.turn), np.sin(coin.turn)
    across = coin.across + along * cos - beside * sin
    return filled(np.stack([across, coin.down + along * sin + beside * cos], 1), pixels.shape)


def _check_aslant(found: Floats | Ellipse, coin_mm: float, places: Floats) -> None:
    """Refuse a coin from which the area of the wound could be read in two ways too far apart.

    Raises:
        NotMeasurable: the picture is to be taken again.
    """
    if not isinstance(found, Ellipse):
        return
    limits = rules()["limits"]
    aslant = np.degrees(np.arccos(found.short / found.long)) > limits["most_coin_degrees"]
    if aslant or 3 * two_ways(found, coin_mm, places) > limits["most_two_ways"]:
        raise NotMeasurable(
            "Beside this coin the area cannot be told to 5 %: the picture was taken aslant, or the"
            " coin lies too far from the wound. Lay the coin right beside the wound, hold the"
            " camera straight above and 30 cm away or more, or use a card."
        )


def _tilt(plane: Floats, places: Floats) -> float:
    """How much the plane is foreshortened at the wound."""
    middle = places.mean(axis=0, keepdims=True)
    steps = middle + np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    here = moved(plane, steps)
    stretch = np.linalg.svd((here[1:] - here[0]).T, compute_uv=False)
    return float(1.0 - stretch[1] / stretch[0])
