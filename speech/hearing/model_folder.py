"""What the folder of a Whisper model holds, and what is said where there is none."""

import os
from pathlib import Path

from speech.errors import NoRecogniser, RecogniserDamaged

NEEDED = ("model.bin", "config.json", "tokenizer.json")
"""Without the tokenizer the library would look for it in the network."""
_VOCABULARIES = ("vocabulary.json", "vocabulary.txt")
ABSENT = (
    "Listening needs a speech model, and there is none on this machine. Typing, touch and spoken"
    " output work without it. To add one from a USB stick: aidpost models import FOLDER. On a"
    " machine with internet: aidpost models pull whisper-small."
)
EXTRA = "The speech extra is not installed. Install it with: pip install aidpost[speech]"


def checked(folder: Path) -> Path:
    """The folder, if everything that is needed is in it and can be read.

    Raises:
        NoRecogniser: there is no such folder.
        RecogniserDamaged: naming the file that is missing.
    """
    if not folder.is_dir():
        raise NoRecogniser(f"There is no speech model at {folder}.")
    missing = [name for name in NEEDED if not _readable(folder / name)]
    if not any(_readable(folder / name) for name in _VOCABULARIES):
        missing.append(_VOCABULARIES[0])
    if missing:
        raise RecogniserDamaged(
            f"The speech model in {folder} is not complete: {', '.join(missing)} is missing or"
            " empty. Copy the whole folder again."
        )
    return folder


def _readable(path: Path) -> bool:
    return path.is_file() and os.access(path, os.R_OK) and path.stat().st_size > 0
