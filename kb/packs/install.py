"""The whole way of a pack into the library, and back: verify, install, roll back, remove, catch up.

Nothing is used before everything is verified. The pointer of the pack is the truth; the library
follows it in one transaction, and catches up at the next start when the power went between both.
"""

import tempfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from kb.errors import LibraryError
from kb.library import Library
from kb.packs.contents import Contents, read_contents
from kb.packs.disk import plain_errors, require_room
from kb.packs.errors import PackError, SwappedFile
from kb.packs.manifest import Base, Manifest
from kb.packs.opening import Machine, Outcome, open_pack, outcome, packs_in_use, today_on
from kb.packs.policy import Installed, warnings_for
from kb.packs.slots import Slots
from kb.packs.staging import Incoming, Version, missing_bytes, stage

_NOTHING = Contents((), 0, 0)


class Packs:
    """The packs of one machine."""

    def __init__(self, folder: Path, machine: Machine) -> None:
        """Take the folder of the packs and what is known of the machine."""
        self.slots = Slots(folder)
        self._machine = machine

    def verify(self, path: Path) -> Outcome:
        """Make every check on a pack without installing it.

        Raises:
            LibraryError: the first thing that is wrong with it.
        """
        with (
            open_pack(path, self._machine, self.slots) as (incoming, now),
            plain_errors(),
            tempfile.TemporaryDirectory() as folder,
        ):
            stage(incoming, Path(folder))
            found = read_contents(incoming.manifest, Path(folder), self._machine.extract)
            return outcome(incoming, found, now, changed=False)

    def install(self, path: Path, library: Library) -> Outcome:
        """Install a pack from an archive or a folder, or nothing of it.

        Raises:
            LibraryError: why it was not installed; nothing was changed then.
        """
        with open_pack(path, self._machine, self.slots) as (incoming, now):
            manifest = incoming.manifest
            before = self.slots.find(manifest.id)
            after = _after(before, manifest, Base(manifest.version, incoming.digest))
            if after == before and self._is_whole(after):
                self.slots.tidy(after)
                return outcome(incoming, _NOTHING, now, changed=False)
            try:
                with plain_errors():
                    found = self._staged(incoming)
                    self.slots.adopt(after.pack, after.highest)
                    self._use(after, before, found, library)
            except LibraryError:
                self.slots.drop_staging(incoming.digest)
                raise
            self.slots.tidy(after)
            return outcome(incoming, found, now, changed=True)

    def rollback(self, pack: str, library: Library) -> Version:
        """Use the version before the one in use; the one in use is kept to come back to.

        Raises:
            LibraryError: there is none, or it is not whole; nothing was changed then.
        """
        known = self._known(pack)
        if known.previous is None:
            message = f"No earlier version of {pack} is kept on this machine."
            raise PackError(message)
        with plain_errors():
            version = self.slots.whole(pack, known.previous)
            found = read_contents(version.manifest, version.folder, self._machine.extract)
        back = replace(known, current=known.previous, previous=known.current)
        self._use(back, known, found, library)
        return version

    def remove(self, pack: str, library: Library) -> None:
        """Take a pack out of use with all its files; its highest version is remembered."""
        gone = replace(self._known(pack), current=None, previous=None)
        self.slots.switch(gone)
        library.remove_pack(pack)
        self.slots.tidy(gone)

    def catch_up(self, library: Library) -> tuple[str, ...]:
        """Bring the library in line with the pointers; what the person should know.

        Does nothing when the library is in line already.
        """
        try:
            indexed, said = library.versions(), []
            for known in self.slots.all():
                try:
                    with plain_errors():
                        self._follow(known, indexed.get(known.pack), library)
                except LibraryError as error:
                    said.append(f"The pack {known.pack} is not as it was installed. {error}")
        except PackError as error:
            return (str(error),)
        return (*said, *self.warnings())

    def warnings(self) -> tuple[str, ...]:
        """What the person should know of the packs in use: damage, terms that end, the clock."""
        now = today_on(self.slots, self._machine)
        packs = packs_in_use(self.slots)
        about = (line for _, manifest in packs for line in warnings_for(manifest, now.day))
        whole = {known.pack for known, _ in packs}
        damaged = [
            f"The files of the pack {known.pack} are damaged: install it again."
            for known in self.slots.all()
            if known.current and known.pack not in whole
        ]
        return (*now.warnings, *damaged, *about)

    def _follow(self, known: Installed, indexed: str | None, library: Library) -> None:
        if known.current is None:
            if indexed is not None:
                library.remove_pack(known.pack)
        elif known.current.digest == indexed:
            library.install_pack(known.pack, indexed, tuple)  # only what was left undone
        else:
            version = self.slots.whole(known.pack, known.current)
            found = read_contents(version.manifest, version.folder, self._machine.extract)
            library.install_pack(known.pack, version.digest, lambda: found.cards)

    def _known(self, pack: str) -> Installed:
        known = next((one for one in self.slots.all() if one.pack == pack), None)
        if known is None or known.current is None:
            message = f"No pack called {pack} is installed."
            raise PackError(message)
        return known

    def _is_whole(self, known: Installed) -> bool:
        with suppress(SwappedFile):
            return known.current is not None and bool(self.slots.whole(known.pack, known.current))
        return False

    def _staged(self, incoming: Incoming) -> Contents:
        """What the pack brings, once all of it lies beside the library."""
        folder = self.slots.staging(incoming.digest)
        require_room(folder, missing_bytes(incoming, folder))
        stage(incoming, folder)
        return read_contents(incoming.manifest, folder, self._machine.extract)

    def _use(
        self, after: Installed, before: Installed | None, found: Contents, library: Library
    ) -> None:
        """Switch the pointer, then the library; if that fails, the pointer goes back."""
        digest = after.current.digest if after.current else ""
        try:
            self.slots.switch(after)
            library.install_pack(after.pack, digest, lambda: found.cards)
        except LibraryError:
            # On a disk without any room left the new pointer may stay: the version it points to
            # is whole, and the library follows at the next start.
            with suppress(LibraryError):
                self.slots.undo(after, before)
            raise


def _after(before: Installed | None, manifest: Manifest, base: Base) -> Installed:
    """What the machine has once this version is installed."""
    if before is None:
        return Installed(manifest.id, manifest.domain, base, base)
    if before.current == base:
        return before
    return replace(before, highest=base, current=base, previous=before.current)
