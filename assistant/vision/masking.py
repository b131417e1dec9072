"""Text that is burned into an image, such as a name on an X-ray, found and painted over.

Before an image is kept, what can be read on it is covered, whoever's it is. What OCR does not see
stays: a person looks at the masked image before it leaves the machine.
"""

from dataclasses import dataclass

from assistant.vision.door import Points
from assistant.vision.pixels import painted_over
from assistant.vision.reading.sheet import ReadsLines


@dataclass(frozen=True, slots=True)
class Masked:
    """An image with its text covered."""

    points: Points
    texts: tuple[str, ...]
    """What was covered, so that a person can be told; not to be stored."""


def mask_text(points: Points, ocr: ReadsLines) -> Masked:
    """The image with every line of text covered, in whichever of two directions it runs."""
    lines = ocr.read(points[:, :, ::-1])
    covered = painted_over(points, [line.corners for line in lines]) if lines else points
    # Letters hidden by the first ones, or too faint beside them, show in a second look.
    more = ocr.read(covered[:, :, ::-1]) if lines else []
    if more:
        covered = painted_over(covered, [line.corners for line in more])
    return Masked(covered, tuple(line.text for line in [*lines, *more]))
