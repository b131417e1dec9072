"""What an image encoder is to the rest of the program: a picture goes in, a vector comes out.

An encoder may have a second half that reads texts into the same space; then pictures can be
compared with words. Knows nothing of files, folders or settings.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from assistant.vision.encoder_errors import ImagesOff
from assistant.vision.encoder_families import Family
from assistant.vision.encoder_features import NAME, measures
from assistant.vision.encoder_prepare import Pixels, prepared
from assistant.vision.encoder_session import OnnxImage, OnnxText

Floats = NDArray[np.float32]


class ImageEncoder(Protocol):
    """Turns pictures into vectors of length one."""

    @property
    def name(self) -> str:
        """Name and version; vectors of different names never meet."""

    @property
    def family(self) -> Family | None:
        """Its family; None where it reads no texts and has none."""

    @property
    def reads(self) -> bool:
        """Whether it also turns texts into vectors."""

    def see(self, pixels: Pixels) -> Floats:
        """The vector of a picture.

        Raises:
            ImageError: it is no picture, or the encoder cannot be used.
        """

    def read(self, text: str) -> Floats:
        """The vector of a text.

        Raises:
            ImageError: the encoder does not read, or cannot be used.
        """


class MeasuringEncoder:
    """The encoder that comes with the program; see `encoder_features`."""

    name = NAME
    family: Family | None = None
    reads = False

    def see(self, pixels: Pixels) -> Floats:
        """The measures of a picture.

        Raises:
            ImageError: it is no picture.
        """
        return measures(pixels)

    def read(self, text: str) -> Floats:
        """Refuse.

        Raises:
            ImagesOff: always; it has no words.
        """
        raise ImagesOff(
            f"The encoder {self.name} reads no words, so it cannot compare a picture with “{text}”."
            " Install an image encoder: `aidpost models list` shows which there are."
        )


@dataclass(frozen=True)
class OnnxPair:
    """An encoder of the CLIP or SigLIP kind, or its seeing half alone."""

    name: str
    family: Family
    image: OnnxImage
    text: OnnxText | None = None

    @property
    def reads(self) -> bool:
        """Whether it has its reading half."""
        return self.text is not None

    def see(self, pixels: Pixels) -> Floats:
        """The vector of a picture.

        Raises:
            ImageError: it is no picture, or the network is damaged.
        """
        return self.image.vector(prepared(pixels, self.family))

    def read(self, text: str) -> Floats:
        """The vector of a text.

        Raises:
            ImageError: it has no reading half, or that is damaged.
        """
        if self.text is None:
            raise ImagesOff(f"The image encoder {self.name} came without its reading half.")
        return self.text.vector(text)


def see_all(encoder: ImageEncoder, pictures: Sequence[Pixels]) -> Floats:
    """Vectors of pictures, shape (pictures, dimensions)."""
    return np.stack([encoder.see(picture) for picture in pictures])


__all__ = ["Floats", "ImageEncoder", "MeasuringEncoder", "OnnxPair", "Pixels", "see_all"]
