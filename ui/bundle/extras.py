"""Models and packs of a bundle: given to the program that was just installed."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from kb.packs.disk import sync_file
from ui.bundle.checking import Opened
from ui.bundle.errors import BundleDamaged, BundleError, ProgramFailed
from ui.bundle.listing import Item
from ui.bundle.parts import BLOCK, opened
from ui.bundle.program import Program
from ui.models.disk import plain_errors, require_room
from ui.models.folder import Models
from ui.models.lock import NAME, read_lock

JOINED = ".joined"
LONG_S = 4 * 3600.0
"""Longest time for the models of a stick: tens of GB over USB 2."""


def add_extras(found: Opened, program: Program, here: Models) -> tuple[str, ...]:
    """Import the models and install the packs; gives a sentence for everything that came.

    Args:
        found: the bundle.
        program: the installed program, with the data folder of this machine.
        here: the models of this machine.

    Raises:
        BundleError: something on the stick was refused; what came before it stays.
    """
    said = [*_models(found, program, here)]
    for item in found.bundle.of("pack"):
        path = found.folder / item.parts[0].path
        if len(item.parts) != 1:
            raise BundleDamaged(f"The pack {item.name} is cut into parts, which packs are not.")
        try:
            program.run("kb", "pack", "install", str(path))
        except ProgramFailed as error:
            message = f"The program is installed. The pack {item.name} was not taken: {error}"
            raise BundleError(message) from error
        said.append(f"pack {item.name}")
    return tuple(said)


def _models(found: Opened, program: Program, here: Models) -> list[str]:
    items = found.bundle.of("model")
    if not items or _all_there(found, here):
        return []
    folder = found.folder / "models"
    if any(len(item.parts) > 1 for item in items):
        folder = _joined(found, items, here)
    try:
        program.run("models", "import", str(folder), limit_s=LONG_S)
    except ProgramFailed as error:
        raise BundleError(
            f"The program is installed. The models were not taken: {error}"
        ) from error
    finally:
        shutil.rmtree(here.folder / JOINED, ignore_errors=True)
    return [f"model {model.name}" for model in read_lock(found.folder / "models" / NAME).models]


def _all_there(found: Opened, here: Models) -> bool:
    """Whether this machine has these files already, with these digests."""
    coming = read_lock(found.folder / "models" / NAME, inside=True).models
    known = {(file.sha256, file.size) for model in here.lock().models for file in model.files}
    return all((file.sha256, file.size) in known for model in coming for file in model.files)


def _joined(found: Opened, items: Sequence[Item], here: Models) -> Path:
    """The models with files in one piece, beside those of this machine."""
    folder = here.folder / JOINED
    require_room(here.folder, 2 * sum(item.size for item in items))
    with plain_errors("The models"):
        shutil.rmtree(folder, ignore_errors=True)
        for item in items:
            _join(found, item, folder / item.name)
        shutil.copyfile(found.folder / "models" / NAME, folder / NAME)
    return folder


def _join(found: Opened, item: Item, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as file:
        with opened(found.folder, item.parts) as source:
            shutil.copyfileobj(source, file, BLOCK)
        file.flush()
        sync_file(file.fileno())
