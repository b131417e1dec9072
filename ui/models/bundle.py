"""Models from a stick and onto a stick.

A bundle is a folder with the files and a `models.lock` of its own. Files that come without one are
taken as they are: their digest is computed, and from then on nothing else is accepted in their
place. The list inside a bundle protects against damage on the way, not against who made it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from kb.packs.errors import PackError
from kb.packs.names import check_name
from ui.models.disk import (
    Progress,
    copied,
    digest_of,
    in_words,
    moved,
    my_turn,
    plain_errors,
    require_room,
    untold,
)
from ui.models.errors import ModelFilesError, UnknownModel, WrongDigest
from ui.models.folder import Models
from ui.models.lock import NAME, Lock, LockedFile, LockedModel, read_lock, today, write_lock
from ui.models.structure import Trial, check, check_pair, kind_of, onnx_trial, role_of

MOST_FILES = 64
_NOT_IN_NAMES = re.compile(r"[^a-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Options:
    """How to import."""

    name: str = ""
    """Name for the model; empty takes that of the file or folder."""
    sha256: str = ""
    """Digest that a single file must have, in hex; empty accepts any."""
    in_place: bool = False
    """Whether files stay where they are instead of being copied."""


@dataclass(frozen=True, slots=True)
class Import:
    """Takes models from a stick."""

    models: Models
    progress: Progress = untold
    trial: Trial = onnx_trial

    def run(self, source: Path, options: Options = Options()) -> tuple[LockedModel, ...]:
        """Check the files of a bundle, a folder or one file, copy them and list them.

        Raises:
            WrongDigest: a file is not the one that is named.
            NoRoom: the disk is too small; nothing was copied.
            ModelFilesError: it is no model, or cannot be read.
        """
        with plain_errors(source.name or str(source)), my_turn(self.models.folder):
            if not source.exists():
                raise ModelFilesError(f"There is no file or folder {source}.")
            if source.is_dir() and (source / NAME).is_file():
                return self._bundle(source)
            return (self._plain(source, options),)

    def _bundle(self, source: Path) -> tuple[LockedModel, ...]:
        lock = read_lock(source / NAME, inside=True)
        for model in lock.models:
            for file in model.files:
                _check_there(source / file.path, file)
        require_room(self.models.folder, sum(model.size for model in lock.models))
        return tuple(self._from_bundle(source, model) for model in lock.models)

    def _from_bundle(self, source: Path, model: LockedModel) -> LockedModel:
        files = []
        for file in model.files:
            target = self._target(model.name, PurePosixPath(file.path).name)
            found = self._copy(source / file.path, target, file.sha256, file.role)
            files.append(replace(file, path=self._relative(target), size=found.size))
        listed = replace(model, files=tuple(files))
        self.models.put(listed)
        return listed

    def _plain(self, source: Path, options: Options) -> LockedModel:
        paths = list(_files_of(source))
        name = options.name or _as_name(source)
        _check_name(name)
        kind = kind_of(paths)
        if kind == "translation":
            check_pair(paths[0].parent if options.in_place else Path(name))
        if options.sha256 and len(paths) != 1:
            raise ModelFilesError("--sha256 is for a single file.")
        if not options.in_place:
            require_room(self.models.folder, sum(path.stat().st_size for path in paths))
        wanted = options.sha256.strip().casefold()
        files = [self._one(path, name, wanted, in_place=options.in_place) for path in paths]
        model = LockedModel(name, kind, tuple(files), f"import {source.name}", "", "", "", today())
        self.models.put(model)
        return model

    def _one(self, path: Path, name: str, wanted: str, *, in_place: bool) -> LockedFile:
        role = role_of(path)
        if not in_place:
            return self._copy(path, self._target(name, path.name), wanted, role)
        check(path, path.name, role, self.trial)
        found = digest_of(path, self.progress)
        _check_digest(path.name, found, wanted)
        return LockedFile(str(path.resolve()), found, path.stat().st_size, role)

    def _copy(self, source: Path, target: Path, wanted: str, role: str) -> LockedFile:
        """Copy a file; the copy is judged, and stays only if it is right."""
        fresh = target.with_name(f"{target.name}.new")
        try:
            found = copied(source, fresh, self.progress)
            _check_digest(source.name, found, wanted)
            check(fresh, source.name, role, self.trial)
            moved(fresh, target)
        finally:
            fresh.unlink(missing_ok=True)
        return LockedFile(self._relative(target), found, target.stat().st_size, role)

    def _target(self, model: str, file: str) -> Path:
        _check_name(file)
        folder = self.models.folder / model
        folder.mkdir(parents=True, exist_ok=True)
        return folder / file

    def _relative(self, path: Path) -> str:
        return path.relative_to(self.models.folder).as_posix()


def export(
    models: Models, names: Sequence[str], out: Path, progress: Progress = untold
) -> tuple[LockedModel, ...]:
    """Copy models with their list into a folder, as for a stick; what was there before stays.

    Raises:
        UnknownModel: a name is not known.
        WrongDigest: a file here is not what it was when it came.
        NoRoom: the stick is too small or cannot hold files of this size.
    """
    lock = models.lock()
    wanted = [lock.model(name) for name in names] or list(lock.models)
    if not wanted:
        raise UnknownModel("There is no model on this machine to export.")
    with plain_errors(str(out)):
        out.mkdir(parents=True, exist_ok=True)
        require_room(out, sum(model.size for model in wanted))
    there = read_lock(out / NAME, inside=True)
    exported = [_exported(models, model, out, progress) for model in wanted]
    for model in exported:
        there = there.put(model)
    write_lock(out / NAME, Lock(there.models))
    return tuple(exported)


def _exported(models: Models, model: LockedModel, out: Path, progress: Progress) -> LockedModel:
    files = []
    for file in model.files:
        source = models.path(file)
        path = f"{model.name}/{source.name}"
        target = out / path
        with plain_errors(source.name):
            target.parent.mkdir(exist_ok=True)
            found = copied(source, target, progress)
        if found != file.sha256:
            target.unlink(missing_ok=True)
            raise WrongDigest(f"{source.name} is not what it was when it came; it is not exported.")
        files.append(replace(file, path=path))
    return replace(model, files=tuple(files))


def _files_of(source: Path) -> Iterator[Path]:
    if source.is_file():
        yield source
        return
    found = [path for path in sorted(source.iterdir()) if not path.name.startswith(".")]
    if any(path.is_symlink() or not path.is_file() for path in found):
        raise ModelFilesError(f"{source.name} holds folders or links; import one model at a time.")
    if not found or len(found) > MOST_FILES:
        raise ModelFilesError(f"{source.name} holds {len(found)} files; that is no model.")
    yield from found


def _check_there(path: Path, file: LockedFile) -> None:
    if path.is_symlink() or not path.is_file():
        raise ModelFilesError(f"{file.path} is missing in the bundle.")
    if path.stat().st_size != file.size:
        raise WrongDigest(
            f"{file.path} has {in_words(path.stat().st_size)} and should have"
            f" {in_words(file.size)}: it was not copied to its end. Nothing was imported."
        )


def _check_digest(name: str, found: str, wanted: str) -> None:
    if wanted and found != wanted:
        raise WrongDigest(
            f"{name} is not the file that is named: its SHA-256 is {found} and should be {wanted}."
        )


def _check_name(name: str) -> None:
    try:
        check_name(name)
    except PackError as error:
        raise ModelFilesError(f"“{name[:80]}” cannot be the name of a model.") from error
    if "/" in name:
        raise ModelFilesError(f"“{name[:80]}” cannot be the name of a model.")


def _as_name(source: Path) -> str:
    stem = source.stem if source.is_file() else source.name
    return _NOT_IN_NAMES.sub("-", stem.casefold()).strip("-.") or "model"
