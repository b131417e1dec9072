"""Installs from a bundle: all is checked first, tried first, and switched to in one step."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from kb.packs.trust import Trust
from ui.bundle.checking import (
    Opened,
    app_for,
    clock,
    open_bundle,
    require_newer,
    this_platform,
    wanted_items,
)
from ui.bundle.errors import BundleError, BundleTooOld
from ui.bundle.extras import add_extras
from ui.bundle.launcher import Place, remove_place, write_launcher
from ui.bundle.listing import Item
from ui.bundle.parts import opened, require_right
from ui.bundle.program import Program, require_working
from ui.bundle.records import Records
from ui.bundle.switching import Back, Switching
from ui.bundle.unpack import broken, unpack
from ui.bundle.versions import Installed, Versions
from ui.models.disk import Progress, my_turn, plain_errors, require_room, untold
from ui.models.errors import ModelFilesError, NoRoom
from ui.models.folder import Models


@dataclass(frozen=True, slots=True)
class Done:
    """What an installation did."""

    installed: Installed
    label: str
    changed: bool
    """Whether another version is in use than before."""
    came: tuple[str, ...]
    """Models and packs that came with it."""
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Installer:
    """Installs, repairs and takes back the program of one person."""

    place: Place
    trust: Trust
    question: str
    """What the program must answer before it is called installed."""
    home: Path
    """Data folder of this machine."""
    progress: Progress = untold
    platform: str = ""
    """Empty: that of this machine."""
    today: Callable[[], date] = clock

    @property
    def versions(self) -> Versions:
        """The versions in the folder of the program."""
        return Versions(self.place.folder)

    def verify(self, stick: Path) -> Opened:
        """Make every check on a bundle with all it holds; nothing is installed.

        Raises:
            BundleError: it is not sound.
        """
        found = open_bundle(stick, self.trust, self.today())
        require_right(stick, found.bundle.parts, self.progress)
        return found

    def install(self, stick: Path, *, allow_older: bool = False) -> Done:
        """Install or update; says nothing of success before the program has answered.

        Raises:
            BundleError: why not; what was in use before is still in use.
            NoRoom: the disk is full or write-protected.
        """
        found = open_bundle(stick, self.trust, self.today())
        app = app_for(found.bundle, self.platform or this_platform())
        with self._turn():
            known = self.versions.find()
            require_newer(found.bundle, known, allow_older=allow_older)
            parts = [part for item in wanted_items(found.bundle, app) for part in item.parts]
            require_right(stick, parts, self.progress)
            try:
                installed = self._program(found, app, known)
                came = add_extras(found, self._installed_program(), Models(self.home / "models"))
            finally:
                self.versions.tidy()
        changed = known is None or installed.current != known.current
        return Done(installed, found.bundle.label, changed, came, found.warnings)

    def repair(self, stick: Path) -> Done:
        """Put the version of a bundle in place anew where files of it are gone or changed.

        Raises:
            BundleError: the bundle is another one than the one in use, or is not sound.
        """
        found = open_bundle(stick, self.trust, self.today())
        known = self._known()
        if known.number != found.bundle.number:
            raise BundleError(
                f"The program in use came from bundle {known.number}, and this is bundle"
                f" {found.bundle.number}. Use the same stick, or install this one."
            )
        return self.install(stick, allow_older=True)

    def broken(self) -> list[str]:
        """Files of the version in use that are gone or changed."""
        return broken(self.versions.path(self._known().current))

    def rollback(self, *, as_it_was: bool = False) -> Back:
        """Go back to the version before the one in use.

        Args:
            as_it_was: with the library as it was at the update, where that version needs it.

        Raises:
            BundleTooOld: there is none before it.
            RecordsTooNew: it needs the library as it was; the message says what was added since.
            ProgramFailed: it does not work; the version in use stays.
        """
        with self._turn():
            known = self._known()
            if not known.previous or not self.versions.path(known.previous).is_dir():
                raise BundleTooOld("There is no earlier version on this machine to go back to.")
            write_launcher(self.place)
            return self._switching.back(known, as_it_was=as_it_was)

    def undo(self) -> bool:
        """Undo going back where it was cut off; whether it was.

        Raises:
            BundleError: it cannot be undone now.
        """
        with _turn(self.place.folder):
            return self._switching.undo()

    def uninstall(self) -> None:
        """Take the program away; records, settings, models and packs stay in the data folder."""
        self._known()
        with _turn(self.place.folder):
            remove_place(self.place)

    def _program(self, found: Opened, app: Item, known: Installed | None) -> Installed:
        digest = found.digest
        if known is not None and self._is_same(known, found, digest):
            write_launcher(self.place)
            self._switching.update(known, known, 0)
            return known
        require_room(self.place.folder, app.unpacked)
        target = self.versions.begin()
        with opened(found.folder, app.parts) as archive:
            unpack(archive, target, app.unpacked, self.progress)
        schema = require_working(target, self.question)
        name = self.versions.fresh_name(found.bundle.number, digest)
        self.versions.adopt(name)
        write_launcher(self.place)
        highest = max(found.bundle.number, known.highest if known else 1)
        installed = Installed(highest, name, known.current if known else "")
        self._switching.update(installed, known, schema)
        return installed

    def _is_same(self, known: Installed, found: Opened, digest: str) -> bool:
        """Whether the version in use is that of the bundle, whole."""
        same = known.current.startswith(f"{found.bundle.number}-{digest[:16]}")
        return same and not broken(self.versions.path(known.current))

    @property
    def _switching(self) -> Switching:
        return Switching(self.versions, self.place.launcher, Records(self.home), self.question)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """One installation at a time, and none on top of one that was cut off."""
        with _turn(self.place.folder):
            self._switching.undo()
            yield

    def _installed_program(self) -> Program:
        """The version in use, started as a person starts it."""
        return Program(self.place.launcher, self.home)

    def _known(self) -> Installed:
        known = self.versions.find()
        if known is None:
            raise BundleError(f"Nothing was installed from a bundle in {self.place.folder}.")
        return known


@contextmanager
def _turn(folder: Path) -> Iterator[None]:
    """One installation at a time.

    Raises:
        BundleError: another one is under way, or there can be no such folder.
        NoRoom: the disk is full or write-protected.
    """
    with plain_errors(f"The folder {folder}"):
        if folder.exists() and not folder.is_dir():
            raise BundleError(f"{folder} is a file. Give another folder for the program with --to.")
        folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        try:
            stack.enter_context(my_turn(folder))
        except NoRoom:
            raise
        except ModelFilesError as error:
            message = "Another installation is under way. Wait until it is done."
            raise BundleError(message) from error
        yield
