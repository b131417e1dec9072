"""The folder of models on this machine: what is in it, whether it is whole, what goes.

Below it each model has a folder of its own; `models.lock` lists every file with its digest. A file
that is not listed is never loaded.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from kb.packs.disk import remove_empty
from ui.models.disk import Progress, digest_of, my_turn, plain_errors, untold
from ui.models.errors import ModelFilesError
from ui.models.lock import NAME, Lock, LockedFile, LockedModel, read_lock, write_lock

PARTS = ".parts"
_OWN = {NAME, ".busy", PARTS}


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found about one file."""

    model: str
    """Name of the model; empty for a file that belongs to none."""
    file: str
    state: str
    """`ok`, `missing`, `changed`, `unreadable` or `unlisted`."""


class Models:
    """The models of one data folder."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; it need not exist."""
        self.folder = folder

    @property
    def parts(self) -> Path:
        """Where files are collected that are still on their way."""
        return self.folder / PARTS

    def lock(self) -> Lock:
        """The list of checked files.

        Raises:
            ModelFilesError: it cannot be read.
        """
        return read_lock(self.folder / NAME)

    def path(self, file: LockedFile) -> Path:
        """Where a listed file lies."""
        given = Path(file.path)
        return given if given.is_absolute() else self.folder / given

    def put(self, model: LockedModel) -> None:
        """List a model whose files are in place and checked.

        Raises:
            ModelFilesError: the list cannot be read or written.
        """
        write_lock(self.folder / NAME, self.lock().put(model))

    def remove(self, name: str) -> LockedModel:
        """Take a model off the list and delete its files; files elsewhere stay where they are.

        Raises:
            UnknownModel: there is no such model.
            ModelFilesError: it cannot be deleted, or another command is at work.
        """
        with my_turn(self.folder):
            lock = self.lock()
            model = lock.model(name)
            # First the list: what is left over after a power cut is refused, not trusted.
            write_lock(self.folder / NAME, lock.without(model.name))
            with plain_errors(model.name):
                for file in model.files:
                    if not Path(file.path).is_absolute():
                        self.path(file).unlink(missing_ok=True)
            remove_empty(self.folder / model.name)
        return model

    def verify(self, progress: Progress = untold) -> tuple[Finding, ...]:
        """Read every file again and compare.

        Raises:
            ModelFilesError: the list cannot be read.
        """
        lock = self.lock()
        listed = [
            Finding(model.name, file.path, self._state(file, progress))
            for model in lock.models
            for file in model.files
        ]
        return (*listed, *self._unlisted(lock))

    def check(self, files: Iterable[LockedFile], progress: Progress = untold) -> None:
        """Raise `ModelFilesError` unless files are what they were when they came."""
        for file in files:
            if (state := self._state(file, progress)) != "ok":
                raise ModelFilesError(
                    f"The model file {Path(file.path).name} is {state} and is not used."
                    " Get it again with `aidpost models pull` or `aidpost models import`."
                )

    def _state(self, file: LockedFile, progress: Progress) -> str:
        path = self.path(file)
        try:
            if not path.is_file():
                return "missing"
            if path.stat().st_size != file.size:
                return "changed"
            return "ok" if digest_of(path, progress) == file.sha256 else "changed"
        except OSError:
            return "unreadable"

    def _unlisted(self, lock: Lock) -> list[Finding]:
        if not self.folder.is_dir():
            return []
        known = {self.path(file) for model in lock.models for file in model.files}
        strays = (
            path
            for path in sorted(self.folder.rglob("*"))
            if path.is_file() and path.relative_to(self.folder).parts[0] not in _OWN
        )
        return [
            Finding("", path.relative_to(self.folder).as_posix(), "unlisted")
            for path in strays
            if path not in known
        ]
