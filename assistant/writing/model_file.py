"""Model files: what can be known of one before native code reads it."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import ModelDamaged
from assistant.writing.gguf_bytes import BadHeader
from assistant.writing.gguf_header import Header, read_header
from assistant.writing.gguf_sense import check_sense

_BLOCK = 1 << 22


@dataclass(frozen=True, slots=True)
class ModelOptions:
    """How to open a model file."""

    sha256: str = ""
    """Digest that the file must have, in hex; empty accepts any file."""
    context_length: int = 4096
    """Tokens of prompt and answer together; at most what the model was trained for."""
    threads: int = 0
    """Processor threads; 0 takes as many as this process may use, up to 8."""
    memory_limit_mb: int = 0
    """Memory that the worker may hold, its weights included; 0 takes nine tenths of the machine's.

    A worker that holds more is ended, which the person is told.
    """
    load_limit_s: float = 180.0
    """Longest time to check and load the file."""
    gpu_layers: int = -1
    """Layers of weights on a graphics card, where the engine can use one; -1 for all that it has.

    A model that does not fit there is loaded for the processor.
    """
    prefix_folder: Path | None = None
    """Folder for what the model made of `shared_texts`; None keeps nothing on disk."""
    prefix_limit_mb: int = 256
    """Size of that folder; the files that were not used for longest go first."""
    shared_texts: tuple[str, ...] = ()
    """System texts that are the same for everyone. Only what begins with one is ever kept."""


def damaged(path: Path, why: str) -> ModelDamaged:
    """The error for a model file that cannot be used."""
    return ModelDamaged(f"The model file {path.name} cannot be used: {why}. Install it again.")


def check_header(path: Path) -> Header:
    """Refuse what cannot be a sound GGUF file before native code reads it.

    Raises:
        ModelDamaged: The file is missing, is not a GGUF file of version 2 or 3, or its header names
            what is not there.
    """
    try:
        header = read_header(path)
        check_sense(header)
    except OSError as error:
        raise damaged(path, "it cannot be read") from error
    except BadHeader as error:
        raise damaged(path, str(error)) from error
    return header


def verified_digest(path: Path, expected: str) -> str:
    """SHA-256 of a file in hex, read in blocks.

    Args:
        path: The model file.
        expected: Digest that the file must have, in hex; empty accepts any.

    Raises:
        ModelDamaged: The file cannot be read or has another digest.
    """
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
    except OSError as error:
        raise damaged(path, "it cannot be read") from error
    if expected and digest.hexdigest() != expected.strip().lower():
        raise damaged(path, "it is not the file that was checked when it was installed")
    return digest.hexdigest()
