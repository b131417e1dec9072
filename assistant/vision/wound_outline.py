"""Tells wound from skin in a picture, by colours, from a box or an outline that a person drew."""

import numpy as np
from numpy.typing import NDArray

from assistant.vision.encoder_errors import NotMeasurable
from assistant.vision.encoder_prepare import Pixels
from assistant.vision.wound_pixels import Box, Mask, opencv
from assistant.vision.wound_plane import Floats

_SEEN_AT = 480
"""Length of the longer side at which the colours of a wound are told apart."""
_ROUNDS = 6
_AROUND = 0.5
"""How far around the box colours of the skin are taken from, as a share of its sides."""


def outline_in_box(pixels: Pixels, box: Box, not_wound: Mask | None = None) -> Mask:
    """Which pixels are wound: those in the box whose colours differ from what lies around it.

    Raises:
        NotMeasurable: nothing stands out, or it fills the whole box.
    """
    seed = np.zeros(pixels.shape[:2], dtype=np.uint8)
    held = box.inside(pixels.shape)
    rows, columns = (
        slice(held.top, held.top + held.height),
        slice(held.left, held.left + held.width),
    )
    seed[rows, columns] = opencv().GC_PR_FGD
    mask = _told_apart(pixels, held, seed, not_wound)
    share = float(mask[rows, columns].mean()) if held.width and held.height else 0.0
    if not 0.02 <= share <= 0.97:
        raise NotMeasurable(
            "The wound does not stand out from what is around it. Draw its outline by hand."
        )
    return mask


def outline_from(pixels: Pixels, drawn: Floats, *, refined: bool) -> Mask:
    """Which pixels are wound, by an outline drawn around it; `refined` moves it to the colours.

    Raises:
        NotMeasurable: the outline holds nothing.
    """
    cv = opencv()
    filled = np.zeros(pixels.shape[:2], dtype=np.uint8)
    cv.fillPoly(filled, [np.rint(drawn).astype(np.int32)], 1)
    if int(filled.sum()) < 16:
        raise NotMeasurable("The outline that was drawn is too small.")
    if not refined:
        return filled.astype(bool)
    reach = max(3, int(0.08 * np.sqrt(float(filled.sum()))))
    kernel = cv.getStructuringElement(cv.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    sure, maybe = cv.erode(filled, kernel), cv.dilate(filled, kernel)
    seed = np.where(sure == 1, cv.GC_FGD, np.where(filled == 1, cv.GC_PR_FGD, cv.GC_PR_BGD))
    seed = np.where(maybe == 1, seed, cv.GC_BGD).astype(np.uint8)
    rows, columns = np.nonzero(maybe)
    box = Box(int(columns.min()), int(rows.min()), int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1)
    return _told_apart(pixels, box, seed, None)


def _told_apart(pixels: Pixels, box: Box, seed: NDArray[np.uint8], not_wound: Mask | None) -> Mask:
    """Wound and skin told apart by their colours, starting from a guess (GrabCut, 2004)."""
    cv = opencv()
    reach = (int(box.width * _AROUND) + 8, int(box.height * _AROUND) + 8)
    around = Box(
        box.left - reach[0], box.top - reach[1], box.width + 2 * reach[0], box.height + 2 * reach[1]
    ).inside(pixels.shape)
    rows = slice(around.top, around.top + around.height)
    columns = slice(around.left, around.left + around.width)
    if not around.width or not around.height:
        raise NotMeasurable("The wound that was marked lies outside the picture.")
    guess = seed[rows, columns].copy()
    if not_wound is not None:
        guess[not_wound[rows, columns]] = cv.GC_BGD
    part = np.ascontiguousarray(pixels[rows, columns])
    scale = min(1.0, _SEEN_AT / max(part.shape[:2]))
    small = cv.resize(part, None, fx=scale, fy=scale, interpolation=cv.INTER_AREA)
    labels = cv.resize(guess, small.shape[1::-1], interpolation=cv.INTER_NEAREST)
    if not np.isin(labels, (cv.GC_FGD, cv.GC_PR_FGD)).any():
        raise NotMeasurable("No wound is marked in the picture.")
    if not np.isin(labels, (cv.GC_BGD, cv.GC_PR_BGD)).any():
        raise NotMeasurable("The mark leaves nothing of the skin around the wound. Mark less.")
    cv.setRNGSeed(0)
    cv.grabCut(
        small, labels, None, np.zeros((1, 65)), np.zeros((1, 65)), _ROUNDS, cv.GC_INIT_WITH_MASK
    )
    wound = np.isin(labels, (cv.GC_FGD, cv.GC_PR_FGD)).astype(np.float32)
    large = cv.resize(wound, part.shape[1::-1], interpolation=cv.INTER_LINEAR) > 0.5
    mask = np.zeros(pixels.shape[:2], dtype=bool)
    mask[rows, columns] = _largest(_sharpened(part, large, int(2 / scale) + 2))
    return mask


def _sharpened(part: Pixels, mask: Mask, reach: int) -> Mask:
    """The outline moved to where the colour is half that of the wound and half that of the skin."""
    cv = opencv()
    kernel = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
    inner = cv.erode(mask.astype(np.uint8), kernel).astype(bool)
    outer = cv.dilate(mask.astype(np.uint8), kernel).astype(bool)
    wide = cv.dilate(outer.astype(np.uint8), kernel).astype(bool)
    if int(inner.sum()) < 16 or int((wide & ~outer).sum()) < 16:
        return mask
    colours = cv.GaussianBlur(part.astype(np.float32), (0, 0), 1.0)
    near = inner & ~cv.erode(inner.astype(np.uint8), kernel).astype(bool)
    wound = np.median(colours[near if near.any() else inner], axis=0)
    skin = np.median(colours[wide & ~outer], axis=0)
    between = wound - skin
    share = (colours - skin) @ between / max(float(between @ between), 1e-6)
    found: Mask = inner | (outer & (share > 0.5))
    return found


def _largest(mask: Mask) -> Mask:
    """The largest piece of a mask, its holes filled."""
    cv = opencv()
    shapes, _ = cv.findContours(mask.astype(np.uint8), cv.RETR_EXTERNAL, cv.CHAIN_APPROX_NONE)
    whole = np.zeros(mask.shape, dtype=np.uint8)
    if shapes:
        cv.drawContours(whole, [max(shapes, key=cv.contourArea)], -1, 1, cv.FILLED)
    return whole.astype(bool)
