"""What a worker of a bulk reading does with a file: text, passages and vectors.

Each file is read in a child process with limits, as anywhere else in the app.
"""

from collections.abc import Callable
from datetime import UTC, datetime

from kb import onnx_encoder
from kb.embed import Embedder
from kb.errors import LibraryError
from kb.incoming import check_size, shown_name
from kb.many_reading import Extract, Ready, Refused, local_document, read
from kb.messages import Extraction
from kb.model_files import ModelUnusable
from ui.workers import extract_in_child


def open_reading() -> Callable[[bytes, str], Ready | Refused]:
    """What reads files in one worker, with the encoder of the program where there is one."""
    return reading_with(_extract, _encoder())


def reading_by_words() -> Callable[[bytes, str], Ready | Refused]:
    """The same where search goes by words alone."""
    return reading_with(_extract, None)


def reading_with(
    extract: Extract, embedder: Embedder | None
) -> Callable[[bytes, str], Ready | Refused]:
    """What reads files with a parser and an encoder."""

    def reading(data: bytes, name: str) -> Ready | Refused:
        try:
            check_size(len(data), name)
            file_name = shown_name(name)
            extraction = extract(data, file_name)
        except LibraryError as error:
            return Refused(str(error))
        now = datetime.now(UTC).isoformat(timespec="seconds")
        return read(local_document(file_name, data, extraction, now), extraction, embedder)

    return reading


def _extract(data: bytes, name: str) -> Extraction:
    return extract_in_child(data, name)


def _encoder() -> Embedder | None:
    try:
        encoder = onnx_encoder.open_encoder(threads=1)
        encoder.load()
    except ModelUnusable:
        return None
    return encoder
