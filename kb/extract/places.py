"""Places on a page."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rectangle:
    """A part of a page, in fractions of its width and height from its top left corner."""

    left: float
    top: float
    width: float
    height: float
