"""The door to OCR: a picture in, printed lines out, with how sure the reading is.

RapidOCR runs the PP-OCR networks that its own package carries; nothing is fetched. What was read
is given as it was read: no spelling, word or figure is put right.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
"""Rows, columns, and blue, green and red of every point."""
Corners = NDArray[np.float32]
"""Four corners as (across, down) in points: top left, top right, bottom right, bottom left."""

LEAST_SURE = 0.5
"""Below this probability a line is noise, such as the grain of the paper."""
THREADS = 2
_MODELS = "models"
_OPTIONS = {
    "Global.log_level": "critical",
    "Global.text_score": LEAST_SURE,
    "Global.return_word_box": True,
    "Global.use_cls": False,  # the whole page is turned instead, so that its lines keep their order
    "Global.max_side_len": 2600,
    # Lines are looked for on a smaller picture than the one they are read from: a third of the time
    # on a page of A4 at 200 dots an inch, and no line fewer.
    "Det.limit_type": "max",
    "Det.limit_side_len": 1280,
    "Rec.rec_batch_num": 2,  # 130 MB less than six at a time
    "EngineConfig.onnxruntime.intra_op_num_threads": THREADS,
    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
}
_NETWORKS = {"Det": "PP-OCRv6_det_small.onnx", "Rec": "PP-OCRv6_rec_small.onnx"}


@dataclass(frozen=True, slots=True)
class ReadWord:
    """A word of a line."""

    text: str
    corners: tuple[tuple[float, float], ...]
    sure: float
    """Probability that it is read rightly, by the network's own account, from 0 to 1."""


@dataclass(frozen=True, slots=True)
class ReadLine:
    """A printed line, or a cell of a row."""

    text: str
    corners: tuple[tuple[float, float], ...]
    sure: float
    words: tuple[ReadWord, ...] = ()
    """Its words in order; their texts stand in that of the line, in this order."""


class Ocr:
    """Reads printed text; the networks are loaded with the first picture."""

    def __init__(self) -> None:
        """Take the networks that come with the package."""
        import rapidocr  # noqa: PLC0415 - takes a second that most files do not need

        models = Path(rapidocr.__file__).with_name(_MODELS)
        # Without a path the package would look for a newer network in the internet.
        paths = {f"{part}.model_path": str(models / file) for part, file in _NETWORKS.items()}
        self._engine = rapidocr.RapidOCR(params=_OPTIONS | paths)

    def read(self, picture: Picture) -> list[ReadLine]:
        """Lines of a picture, in no order that means anything."""
        from rapidocr.utils.output import RapidOCROutput  # noqa: PLC0415

        found = self._engine(np.ascontiguousarray(picture))
        if not isinstance(found, RapidOCROutput) or found.txts is None or found.boxes is None:
            return []
        rows = zip(found.txts, found.boxes, found.scores or (), found.word_results, strict=True)
        return [_line(text, box, float(sure), words) for text, box, sure, words in rows]


def _line(text: str, box: Corners, sure: float, words: object) -> ReadLine:
    parts = words if isinstance(words, tuple) else ()
    read = tuple(ReadWord(str(part), _corners(place), float(how)) for part, how, place in parts)
    return ReadLine(text, _corners(box), sure, read)


def _corners(box: Corners) -> tuple[tuple[float, float], ...]:
    return tuple((float(across), float(down)) for across, down in box)
