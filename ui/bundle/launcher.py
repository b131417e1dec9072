"""What a person starts: a small script that runs the version in use, and an entry in the menu."""

import os
import shutil
import sys
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from kb.packs.disk import sync_file, sync_folder, write_whole
from ui.bundle.patience import patiently
from ui.models.disk import plain_errors

_SCRIPT = 0o755


@dataclass(frozen=True, slots=True)
class Place:
    """Where the program of a person goes; nothing of it needs an administrator."""

    folder: Path
    """Versions and pointer."""
    command: Path | None = None
    """Where a command `aidpost` is put; None: only in the folder."""
    menu: Path | None = None
    """Where the entry of the menu is put; None: no entry."""

    @property
    def launcher(self) -> Path:
        """The script that runs the version in use."""
        return self.folder / ("aidpost.cmd" if sys.platform == "win32" else "aidpost")


def usual_place() -> Place:
    """Where the program goes unless the person says otherwise."""
    if sys.platform == "win32":
        local = Path(os.environ.get("LOCALAPPDATA", str(Path.home())))
        return Place(local / "Programs" / "Aidpost")
    if sys.platform == "darwin":
        return Place(Path.home() / "Applications" / "Aidpost")
    data = Path(os.environ.get("XDG_DATA_HOME", str(Path.home() / ".local" / "share")))
    return Place(
        data / "aidpost-app",
        Path.home() / ".local" / "bin" / "aidpost",
        data / "applications" / "aidpost.desktop",
    )


def write_launcher(place: Place) -> None:
    """Put the script and the entry in their places; they are the same for every version.

    Raises:
        NoRoom: the disk is full or write-protected.
    """
    with plain_errors("The starter of the program"):
        place.folder.mkdir(parents=True, exist_ok=True)
        _script(
            place.launcher, files("ui.bundle").joinpath("start", place.launcher.name).read_bytes()
        )
        if place.command is not None:
            place.command.parent.mkdir(parents=True, exist_ok=True)
            _script(place.command, f'#!/bin/sh\nexec {quoted(place.launcher)} "$@"\n'.encode())
        if place.menu is not None:
            place.menu.parent.mkdir(parents=True, exist_ok=True)
            write_whole(place.menu, _entry(place.launcher))


def remove_launcher(place: Place) -> None:
    """Take the script and the entry away; a command that is another program's stays."""
    place.launcher.unlink(missing_ok=True)
    for path in (place.command, place.menu):
        if path is not None and path.is_file() and _is_ours(path, place):
            path.unlink()


def remove_place(place: Place) -> None:
    """Take the whole program away."""
    remove_launcher(place)
    shutil.rmtree(place.folder, ignore_errors=True)


def quoted(path: Path) -> str:
    """A path as a shell takes it."""
    return "'" + str(path).replace("'", "'\\''") + "'"


def _is_ours(path: Path, place: Place) -> bool:
    return str(place.folder).encode() in path.read_bytes()


def _script(path: Path, data: bytes) -> None:
    """Put a script in its place; whatever is there when the power goes can be started."""
    part = path.with_name(f"{path.name}.part")
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        part.chmod(_SCRIPT)
        sync_file(file.fileno())
    patiently(lambda: part.replace(path))
    sync_folder(path.parent)


def _entry(launcher: Path) -> bytes:
    text = files("ui.bundle").joinpath("start", "aidpost.desktop").read_text(encoding="utf-8")
    escaped = str(launcher).replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return text.replace("@PROGRAM@", f'"{escaped}"').encode()
