"""How sharp, grainy and burnt out a picture is, beside the pictures that a head learnt from. Pure.

A head may answer with confidence on a picture that was spoilt: vectors of blurred pictures lie near
those of clear ones. What blur, noise and too much light do is seen on the points themselves.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from assistant.vision import pixels
from assistant.vision.encoder_prepare import Pixels
from assistant.vision.heads import Judged

NAMES = ("grain", "detail", "burnt")
KEY = "clarity"
"""Name under which the spans stand among the figures of a head."""
_SIDE = 256
_USUAL = (0.005, 0.995)
_MARGIN = 0.3
"""By which the spans are widened, as a share of their width: other pictures vary more."""
_MORE_BURNT = 0.05
"""Share of burnt-out points that may be added."""
_BURNT = 250
_LEAST = 1e-4

Clarity = tuple[float, float, float]
"""Logarithms of grain and of detail relative to contrast; share of burnt-out points."""


def clarity_of(points: Pixels) -> Clarity:
    """Measures of one picture."""
    light = pixels.grey(pixels.smaller(points, _SIDE)).astype(np.float64)
    near, far = _evened(light, 3), _evened(light, 9)
    contrast = float(light.std()) + 1.0
    grain = float(np.abs(light - near).mean()) / contrast
    detail = float(np.abs(near - far).mean()) / contrast
    burnt = float((light >= _BURNT).mean())
    return float(np.log(grain + _LEAST)), float(np.log(detail + _LEAST)), burnt


def spans_of(measured: Sequence[Clarity]) -> dict[str, list[float]]:
    """Least and most of each measure that is usual, for the figures of a head."""
    table = np.array(measured)
    low, high = np.quantile(table, _USUAL, axis=0)
    margin = _MARGIN * (high - low)
    margin[2] = _MORE_BURNT
    return {
        name: [float(low[at] - margin[at]), float(high[at] + margin[at])]
        for at, name in enumerate(NAMES)
    }


def unlike(figures: Mapping[str, object], measured: Clarity) -> bool:
    """Whether a picture is blurred, grainy or burnt out beside those that a head learnt from.

    A head that was trained before this was measured refuses nothing here.
    """
    spans = figures.get(KEY)
    if not isinstance(spans, Mapping):
        return False
    pairs = ((spans.get(name), value) for name, value in zip(NAMES, measured, strict=True))
    return any(_outside(span, value) for span, value in pairs)


def refused(judged: Judged) -> Judged:
    """The same without an answer."""
    return Judged(
        judged.finding, None, called=False, threshold=judged.threshold,
        distance=judged.distance, farthest=judged.farthest,
    )  # fmt: skip


def _outside(span: object, value: float) -> bool:
    if not isinstance(span, list) or len(span) != 2:
        return False
    return not float(span[0]) <= value <= float(span[1])


def _evened(light: NDArray[np.float64], side: int) -> NDArray[np.float64]:
    """The mean of a square around every point."""
    reach = side // 2
    padded = np.pad(light, ((reach + 1, reach), (reach + 1, reach)), mode="edge")
    sums = padded.cumsum(axis=0).cumsum(axis=1)
    found: NDArray[np.float64] = (
        sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
    ) / side**2
    return found
