"""How far a measurement may be off: what the reference, the outline and the tilt each add. Pure.

The ellipse of a coin tells how much the picture is tilted and along which line, but not which end
of that line is nearer to the camera: two planes give the same ellipse. Lengths beside the coin lie
between what the two say, and the middle is told with half their distance as error.
"""

from dataclasses import replace

import numpy as np

from assistant.vision.wound_plane import Ellipse, Floats, area_each, moved, plane_of, rules, span

_TRIALS = 64
"""Times that the reference is moved by its error to see what that does to the result."""
_TWO = 2.0
"""Standard deviations of the errors that are told: about 95 of 100 lie within."""


def errors(
    found: Floats | Ellipse, coin_mm: float, wound: tuple[Floats, Floats], around: float
) -> tuple[float, float]:
    """Errors of area (mm2) and length (mm).

    Args:
        found: the reference, as corners of a card or the outline of a coin.
        coin_mm: diameter of the coin.
        wound: places of its pixels, and of its hull.
        around: length of its outline, pixels.
    """
    places, hull = wound
    told, rng = rules()["error"], np.random.default_rng(0)
    areas, lengths = [], []
    for _ in range(_TRIALS):
        plane = plane_of(_shaken(found, rng), coin_mm)
        areas.append(float(area_each(plane, places[::7]).mean()) * len(places))
        lengths.append(span(moved(plane, hull))[0])
    each_mm2 = float(np.mean(areas)) / len(places)
    edge = float(told["edge_px"]) * around * each_mm2
    side = float(told["edge_px"]) * np.sqrt(2.0 * each_mm2)
    share = two_ways(found, coin_mm, places) if isinstance(found, Ellipse) else 0.0
    area = _TWO * np.hypot(np.std(areas), edge), 3 * share * np.mean(areas)
    length = _TWO * np.hypot(np.std(lengths), side), 2 * share * np.mean(lengths)
    return float(np.hypot(*area)), float(np.hypot(*length))


def two_ways(coin: Ellipse, coin_mm: float, places: Floats) -> float:
    """How much nearer to the camera, or farther, the wound may lie than the coin, as a share.

    Lengths change with it, and areas of a plane with its third power: the third part is the slant
    under which the plane is seen.
    """
    told = rules()["error"]
    hidden = float(np.radians(told["hidden_tilt"]))
    seen = float(np.arccos(min(coin.short, coin.long) / max(coin.short, coin.long)))
    # The coin lies at the origin of its plane; the tilt goes along its shorter axis, which is known
    # the less the rounder the coin looks.
    middle = places.mean(axis=0, keepdims=True)
    across, along = moved(plane_of(coin, coin_mm), middle)[0]
    apart = np.hypot(along, across * min(1.0, hidden / max(seen, 1e-6)))
    return float(np.sin(np.hypot(seen, hidden)) * apart / float(told["camera_mm"]))


def _shaken(found: Floats | Ellipse, rng: np.random.Generator) -> Floats | Ellipse:
    """The reference moved by its error."""
    told = rules()["error"]
    if isinstance(found, Ellipse):
        long, short = np.array([found.long, found.short]) + rng.normal(0, told["axis_px"], 2)
        return replace(found, long=float(long), short=float(short))
    return found + rng.normal(0, told["corner_px"], found.shape)
