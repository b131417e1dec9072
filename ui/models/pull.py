"""Fetches a model from the hub into the folder of models and lists it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import TypeVar

from ui.models.disk import Progress, digest_of, moved, my_turn, plain_errors, require_room, untold
from ui.models.download import Fetch, Patience
from ui.models.errors import HubError, ModelFilesError, UnknownModel
from ui.models.folder import Models
from ui.models.hub import Hub, Later
from ui.models.listing import HubFile, Listing
from ui.models.lock import LockedFile, LockedModel, today
from ui.models.structure import Trial, check, onnx_trial
from ui.models.transport import Cut

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to fetch."""

    name: str
    """Name that the model gets on this machine."""
    kind: str
    repository: str
    revision: str
    """Branch, tag or commit."""
    patterns: tuple[tuple[str, str], ...]
    """Pattern and role of each file; each fits exactly one file."""
    licence: str = ""
    quantization: str = ""


@dataclass(frozen=True, slots=True)
class Pull:
    """How to fetch."""

    models: Models
    hub: Hub
    progress: Progress = untold
    patience: Patience = field(default_factory=Patience)
    trial: Trial = onnx_trial

    def run(self, wanted: Wanted) -> LockedModel:
        """Fetch a model, check its files and list it.

        Raises:
            UnknownModel: the hub has no such repository, revision or file.
            NoRoom: the disk is too small; nothing was fetched.
            ModelFilesError: its other subclasses say what went wrong; what came is kept.
        """
        listing = self._patiently(lambda: self.hub.listing(wanted.repository, wanted.revision))
        chosen = choose(listing, wanted.patterns)
        with my_turn(self.models.folder):
            with plain_errors("The folder of models"):
                self.models.parts.mkdir(parents=True, exist_ok=True)
                (self.models.folder / wanted.name).mkdir(exist_ok=True)
            self._require_room(wanted, [file for file, _ in chosen])
            files = [self._one(listing, wanted, file, role) for file, role in chosen]
            model = LockedModel(
                wanted.name,
                wanted.kind,
                tuple(files),
                f"{self.hub.address}/{wanted.repository}",
                listing.revision,
                wanted.licence or listing.licence,
                wanted.quantization,
                today(),
            )
            self.models.put(model)
        return model

    def _one(self, listing: Listing, wanted: Wanted, file: HubFile, role: str) -> LockedFile:
        target = self._target(wanted, file)
        sha256 = self._there(target, file)
        if not sha256:
            part = self._part(file)
            sha256 = Fetch(self.hub, listing, file, part, self.patience, self.progress).run()
            self._check(part, file.name, role)
            with plain_errors(file.name):
                moved(part, target)
        path = target.relative_to(self.models.folder).as_posix()
        return LockedFile(path, sha256, file.size, role)

    def _check(self, part: Path, name: str, role: str) -> None:
        """A file that is what the hub declares but no model is not kept."""
        try:
            check(part, name, role, self.trial)
        except ModelFilesError:
            part.unlink()
            raise

    def _there(self, target: Path, file: HubFile) -> str:
        """The digest of a file that came earlier; empty where it did not."""
        if file.digest.kind != "sha256" or not target.is_file():
            return ""
        with plain_errors(file.name):
            found = digest_of(target, self.progress)
        return found if found == file.digest.value else ""

    def _require_room(self, wanted: Wanted, files: Sequence[HubFile]) -> None:
        missing = 0
        for file in files:
            part, target = self._part(file), self._target(wanted, file)
            came = max(_size(part), _size(target) if _size(target) == file.size else 0)
            missing += max(0, file.size - came)
        require_room(self.models.folder, missing)

    def _part(self, file: HubFile) -> Path:
        return self.models.parts / f"{file.digest.kind}-{file.digest.value}"

    def _target(self, wanted: Wanted, file: HubFile) -> Path:
        return self.models.folder / wanted.name / PurePosixPath(file.name).name

    def _patiently(self, ask: Callable[[], T]) -> T:
        """Ask again when the connection fails."""
        failures = 0
        while True:
            try:
                return ask()
            except Cut as error:
                failures += 1
                if failures >= self.patience.tries:
                    raise HubError(
                        f"The hub {self.hub.address} cannot be reached: {error}. Is this computer"
                        " connected to the internet? Without it, bring the model on a stick and"
                        " use `aidpost models import`."
                    ) from error
                asked = error.wait_s if isinstance(error, Later) else 0.0
                self.patience.sleep(self.patience.pause_s(failures, asked))


def choose(
    listing: Listing, patterns: Sequence[tuple[str, str]]
) -> tuple[tuple[HubFile, str], ...]:
    """The file that each pattern fits, with its role.

    Raises:
        UnknownModel: a pattern fits no file, or several.
    """
    found = []
    for pattern, role in patterns:
        fitting = [one for one in listing.files if _fits(one.name, pattern)]
        if len(fitting) != 1:
            raise UnknownModel(_no_choice(listing, pattern, fitting))
        found.append((fitting[0], role))
    names = [PurePosixPath(file.name).name.casefold() for file, _ in found]
    if len(set(names)) != len(names):
        raise UnknownModel(f"Two files of {listing.repository} would have one name.")
    return tuple(found)


def _fits(name: str, pattern: str) -> bool:
    return fnmatchcase(name.casefold(), pattern.casefold())


def _no_choice(listing: Listing, pattern: str, fitting: Sequence[HubFile]) -> str:
    names = [file.name for file in (fitting or listing.files)]
    shown = ", ".join(sorted(names)[:40]) or "no file whose digest it declares"
    what = f"{len(fitting)} files" if fitting else "no file"
    return f"“{pattern}” fits {what} of {listing.repository}. It has: {shown}."


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
