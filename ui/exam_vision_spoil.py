"""Spoils pictures as cameras, light and messengers do: noise, blur, light, JPEG."""

import io
from collections.abc import Callable, Mapping

import numpy as np
from PIL import Image, ImageFilter

from assistant.vision.encoder import Pixels

Spoiling = Callable[[Pixels], Pixels]


def spoilings() -> Mapping[str, Spoiling]:
    """Ways to spoil a picture; each does the same to the same picture every time."""
    return {
        "noise": noisy,
        "blur": blurred,
        "darker": lambda pixels: lit(pixels, 0.6),
        "brighter": lambda pixels: lit(pixels, 1.4),
        "jpeg": packed,
    }


def noisy(pixels: Pixels, spread: float = 15.0) -> Pixels:
    """Noise on every point, with a standard deviation in steps of 255."""
    rng = np.random.default_rng(int(pixels.sum()) % 2**32)
    return (pixels + rng.normal(0, spread, pixels.shape)).clip(0, 255).astype(np.uint8)


def blurred(pixels: Pixels, share: float = 0.015) -> Pixels:
    """Out of focus: a Gaussian whose width is a share of the shorter side."""
    radius = share * min(pixels.shape[:2])
    return np.asarray(Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(radius)))


def lit(pixels: Pixels, light: float) -> Pixels:
    """Less or more light; what is too bright is burnt out."""
    return (pixels.astype(np.float64) * light).clip(0, 255).astype(np.uint8)


def packed(pixels: Pixels, quality: int = 20) -> Pixels:
    """Sent by a messenger that packs hard."""
    held = io.BytesIO()
    Image.fromarray(pixels).save(held, "JPEG", quality=quality)
    return np.asarray(Image.open(held, formats=("JPEG",)))
