"""Whether a file is built like the model it is said to be, seen before anything uses it.

The digest says that a file is the one that was published; this says that it was worth publishing.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from assistant.writing.gguf_bytes import BadHeader
from assistant.writing.gguf_header import WORDS, Header, read_header
from assistant.writing.gguf_sense import check_sense
from kb.errors import LibraryError
from speech.errors import TranslatorDamaged
from speech.interpreting.marian import NEEDED, languages_of
from speech.interpreting.sentence_pieces import BadPieces, read_pieces
from ui.models.errors import ModelFilesError

PICKLES = {".pt", ".pth", ".pkl", ".pickle", ".joblib", ".ckpt"}
_LONGEST_JSON = 64_000_000
_LONGEST_PIECES = 64_000_000
_PICKLE_START = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")
_ZIP_START = b"PK\x03\x04"

Trial = Callable[[Path], None]
"""Opens an ONNX file in a child process; raises `LibraryError` where it cannot."""


def check(path: Path, name: str, role: str, trial: Trial) -> None:
    """Raise `ModelFilesError` unless a file is what its name and role say.

    Args:
        path: The file.
        name: Its name, which says its kind; it may lie under another one.
        role: `model` or `projector` for GGUF files, `part` for others.
        trial: Opens ONNX files.
    """
    suffix = Path(name).suffix.casefold()
    try:
        if suffix in PICKLES or _is_pickle(path):
            raise _unusable(name, "it is a Python pickle, which can run code when it is read")
        if suffix == ".gguf" or role in {"model", "projector"}:
            _check_gguf(path, role)
        else:
            looks = {".json": _check_json, ".onnx": trial, ".spm": _check_pieces}
            looks.get(suffix, _check_full)(path)
    except (BadHeader, LibraryError) as error:
        raise _unusable(name, str(error).rstrip(".")) from error
    except OSError as error:
        raise _unusable(name, f"it cannot be read ({error.strerror})") from error


def chat_header(path: Path) -> Header | None:
    """The header of a GGUF file; None where it is no sound one."""
    try:
        header = read_header(path)
        check_sense(header)
    except (BadHeader, OSError):
        return None
    return header


def role_of(path: Path) -> str:
    """What a file that nothing is known of is to a model."""
    if path.suffix.casefold() != ".gguf":
        return "part"
    header = chat_header(path)
    return "projector" if header is not None and header.architecture == "clip" else "model"


def kind_of(paths: Sequence[Path]) -> str:
    """The kind of model that some files make.

    Raises:
        ModelFilesError: they make none that is known.
    """
    names = {path.name.casefold() for path in paths}
    suffixes = {path.suffix.casefold() for path in paths}
    if ".gguf" in suffixes:
        return "chat"
    if {"model.bin", "config.json", "tokenizer.json"} <= names:
        return "speech"
    if set(NEEDED) <= names:
        return "translation"
    if any(f"{name}.json" in names for name in names if name.endswith(".onnx")):
        return "voice"
    if ".onnx" in suffixes:
        return "text-encoder" if "tokenizer.json" in names else "image-encoder"
    if ".safetensors" in suffixes:
        return "image-encoder"
    raise ModelFilesError(
        "These files make no model that is known: a .gguf file, a folder with model.bin,"
        " config.json and tokenizer.json or source.spm and target.spm, or an .onnx file with what"
        " belongs to it."
    )


def check_pair(folder: Path) -> None:
    """Raise `ModelFilesError` unless a folder of a translation model names both languages."""
    try:
        languages_of(folder)
    except TranslatorDamaged as error:
        raise ModelFilesError(f"{error} Give it such a name with --name.") from error


def onnx_trial(path: Path) -> None:
    """Open an ONNX file in a child process with limits of time and memory.

    Raises:
        LibraryError: it cannot be opened.
    """
    from ui.workers import Limits, call  # noqa: PLC0415 - only for these files

    limits = Limits(seconds=60.0, memory=(1 << 30) + 4 * path.stat().st_size)
    call("ui.models.onnx_trial:trial", b"", {"name": path.name, "path": str(path)}, limits)


def _check_gguf(path: Path, role: str) -> None:
    header = read_header(path)
    check_sense(header)
    if role == "projector":
        if header.architecture != "clip":
            raise BadHeader("it is not a vision projector")
    elif WORDS not in header.rows:
        raise BadHeader("it is not a model that writes text")


def _check_full(path: Path) -> None:
    if path.stat().st_size == 0:
        raise BadHeader("it is empty")


def _check_json(path: Path) -> None:
    if path.stat().st_size > _LONGEST_JSON:
        raise BadHeader("it is too long")
    try:
        json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise BadHeader("it is not JSON") from error


def _check_pieces(path: Path) -> None:
    if path.stat().st_size > _LONGEST_PIECES:
        raise BadHeader("it is too long")
    try:
        read_pieces(path.read_bytes())
    except BadPieces as error:
        raise BadHeader("it is no file of SentencePiece") from error


def _is_pickle(path: Path) -> bool:
    """Whether a file begins like a pickle, or is the archive in which PyTorch hides one."""
    with path.open("rb") as file:
        start = file.read(4)
    return start.startswith((*_PICKLE_START, _ZIP_START))


def _unusable(name: str, why: str) -> ModelFilesError:
    return ModelFilesError(f"{name} cannot be used as a model: {why}.")
