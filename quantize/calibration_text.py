"""The medical text that a model is calibrated with, and the other text that it is measured on.

Any folder of Markdown or plain text serves; the library's own cards are the usual one. A file goes
whole to one side or the other, by the digest of its name, so that nothing that was calibrated with
is measured on.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from quantize.errors import WorkshopError

_FENCE = "+++"
_MARK = re.compile(r"[ \t]*\[s\d+\]")


@dataclass(frozen=True, slots=True)
class Texts:
    """Two texts that have no file in common."""

    calibration: str
    held_back: str

    @property
    def sha256(self) -> str:
        """Digest of both."""
        both = f"{len(self.calibration)}\n{self.calibration}{self.held_back}"
        return hashlib.sha256(both.encode()).hexdigest()


def read_texts(folder: Path, pattern: str, one_in: int) -> Texts:
    """Read the files of a folder and part them.

    Args:
        folder: where the files lie.
        pattern: which files, as `topics/**/*.md`.
        one_in: one file in so many is held back.

    Raises:
        WorkshopError: there are no files, or too few for both sides.
    """
    files = [path for path in folder.glob(pattern) if path.is_file()]
    names = {path: _rank(path.relative_to(folder).as_posix()) for path in files}
    ordered = sorted(files, key=names.__getitem__)
    held_back = [path for path in ordered if names[path] % one_in == 0]
    rest = [path for path in ordered if names[path] % one_in]
    if not held_back or not rest:
        raise WorkshopError(
            f"{folder} has {len(files)} files for {pattern}; calibrating and measuring need some"
            " each."
        )
    return Texts(_joined(rest), _joined(held_back))


def body(text: str) -> str:
    """A card without its front matter and source marks."""
    if text.startswith(_FENCE):
        text = text.split(f"\n{_FENCE}", 1)[-1]
    return _MARK.sub("", text).strip()


def _rank(name: str) -> int:
    # The digest also mixes the subjects: only the beginning of a long text is read.
    return int(hashlib.sha256(name.encode()).hexdigest()[:12], 16)


def _joined(paths: Sequence[Path]) -> str:
    try:
        return "\n\n".join(body(path.read_text(encoding="utf-8")) for path in paths) + "\n"
    except (OSError, UnicodeDecodeError) as error:
        raise WorkshopError(f"A file of the calibration text cannot be read: {error}.") from error
