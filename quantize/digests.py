"""Digests of files."""

import hashlib
from pathlib import Path

from quantize.errors import WorkshopError


def sha256_of(path: Path) -> str:
    """Digest of a file.

    Raises:
        WorkshopError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise WorkshopError(f"{path} cannot be read: {error.strerror}.") from error
