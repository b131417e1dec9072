"""From one version of the program to another, with records that it can read.

The library and the pointer lie in two places, and no system changes both in one step. So a mark is
written first, which says how to undo the change; whoever starts the program while the mark is
there undoes it before anything else. A power cut leaves what was before or what is after.
"""

from dataclasses import dataclass
from pathlib import Path

from kb.errors import LibraryError
from kb.formulary_table import Table
from kb.packs.disk import sync_folder, write_whole
from kb.packs.strict_json import FORMAT, dump, line, read
from ui.bundle.errors import BundleError, RecordsTooNew
from ui.bundle.program import Program, program_in, require_working
from ui.bundle.records import ADDED, KEPT, Records
from ui.bundle.versions import Installed, Versions, installed_from, installed_values
from ui.models.disk import plain_errors

MARK = ".going-back"
"""Its first line names the version that can undo a change that was cut off."""
_NAMED = 5
_LONG_S = 3600.0
"""Longest time for reading documents in anew."""


@dataclass(frozen=True, slots=True)
class Back:
    """What going back did."""

    installed: Installed
    added: tuple[str, ...] = ()
    """Documents that were added since the update, and are not in the library that is used now."""
    folder: Path | None = None
    """Where the newer library and those documents are; None: nothing was put back."""
    read_in: bool = True
    """Whether those documents are in the library again."""


@dataclass(frozen=True, slots=True)
class Switching:
    """Switches between the versions on one machine."""

    versions: Versions
    launcher: Path
    records: Records
    question: str

    def update(self, after: Installed, before: Installed | None, schema: int) -> None:
        """Use a version from now on, unless it does not work with the records of this machine.

        Args:
            after: what is to be in use.
            before: what is in use.
            schema: how many schema changes the version brings; 0 where that is not known.

        Raises:
            BundleError: it does not work; what was in use is in use again.
        """
        changes = before is not None and before.current != after.current
        if before is not None and changes and self._will_change(schema):
            self.records.keep(before.current)
        self.versions.switch(after)
        try:
            self._require_sound(self.launcher)
        except BundleError as error:
            self._take_back(before if changes else None, before, error)
            raise
        self.records.drop_all_but(after.previous)

    def back(self, known: Installed, *, as_it_was: bool) -> Back:
        """Go back to the version before the one in use.

        Args:
            known: what is in use.
            as_it_was: with the library as it was at the update, where the version needs that.

        Raises:
            RecordsTooNew: it needs that; the message names what was added since.
            ProgramFailed: the version does not work; the one in use stays.
        """
        after = Installed(known.highest, known.previous, known.current)
        schema = require_working(self.versions.path(after.current), self.question)
        if not schema or self.records.schema() <= schema:
            self.update(after, known, schema)
            return Back(after)
        kept = self.records.update_of(after.current)
        if not kept.is_dir() or self.records.schema(kept) > schema:
            raise RecordsTooNew(
                "The version before cannot read the library any more, and no copy that it can read"
                " was kept. Nothing is changed; go on with the version in use."
            )
        added = tuple(self.records.added_since(kept))
        if not as_it_was:
            raise RecordsTooNew(_choice(added, self.records.lost_since(kept)))
        folder = self._swap(kept, after, known)
        return Back(after, added, folder, self._read_in(added_of(folder)))

    def undo(self) -> bool:
        """Undo a change that was cut off; whether there was one.

        Raises:
            BundleError: the library is in use, or the mark is damaged.
        """
        mark = self.versions.folder / MARK
        if not mark.is_file():
            return False
        with plain_errors(MARK):
            data = mark.read_bytes().partition(b"\n")[2]
        try:
            name, before = read(data, MARK, _marked)
        except LibraryError as error:
            raise BundleError(f"Going back was cut off and cannot be undone: {error}") from error
        folder = self.records.home / KEPT / name
        self.records.require_alone()
        if self.records.added_since(folder):
            self.records.leave(before.current, folder)
        self.records.put_back(folder)
        self.versions.switch(before)
        self._unmark()
        return True

    def _swap(self, kept: Path, after: Installed, before: Installed) -> Path:
        """Put the kept library and the version before in place, or leave everything as it is."""
        self.records.require_alone()
        folder = self.records.leave(before.current, kept)
        self._mark(before.current, folder, before)
        try:
            self.records.put_back(kept)
            self.versions.switch(after)
            # Not by the launcher, which would undo what is marked.
            self._require_sound(program_in(self.versions.path(after.current)))
        except BundleError:
            self.undo()
            raise
        self._unmark()
        return folder

    def _take_back(
        self, changed: Installed | None, before: Installed | None, reason: BundleError
    ) -> None:
        """Back to what was in use, with the library that a version changed before it failed.

        Args:
            changed: what was in use, if it was another version.
            before: what was in use.
            reason: why the version is not used.
        """
        kept = self.records.update_of(changed.current) if changed else None
        newer = kept is not None and kept.is_dir()
        if changed and kept and newer and self.records.schema() > self.records.schema(kept):
            self._mark(changed.current, kept, changed)
        self.versions.undo(before)
        try:
            self.undo()
        except BundleError as error:
            raise BundleError(f"{reason} {error}") from reason

    def _read_in(self, files: Path) -> bool:
        """Give the version in use the documents that were added since; whether it took all."""
        if not files.is_dir():
            return True
        try:
            program = Program(self.launcher, self.records.home)
            program.run("kb", "add", str(files), limit_s=_LONG_S)
        except BundleError:
            return False
        return True

    def _will_change(self, schema: int) -> bool:
        now = self.records.schema()
        return now > 0 and (schema == 0 or now < schema)

    def _require_sound(self, path: Path) -> None:
        program = Program(path, self.records.home)
        program.require_answer(self.question)
        program.require_healthy()

    def _mark(self, by: str, folder: Path, before: Installed) -> None:
        values = {"format": FORMAT, "folder": folder.name, **installed_values(before)}
        with plain_errors(MARK):
            write_whole(self.versions.folder / MARK, by.encode() + b"\n" + dump(values))

    def _unmark(self) -> None:
        with plain_errors(MARK):
            (self.versions.folder / MARK).unlink(missing_ok=True)
            sync_folder(self.versions.folder)


def added_of(folder: Path) -> Path:
    """Where the files of documents are that were added to the library since an update."""
    return folder / ADDED / "library"


def _marked(table: Table) -> tuple[str, Installed]:
    return line(table, "folder"), installed_from(table)


def _choice(added: tuple[str, ...], lost: list[str]) -> str:
    """What a person has to know before going back with an older library."""
    said = [
        "The version before cannot read the library as it is now: the update changed it."
        " Nothing is changed yet. Either stay with the version in use, or go back with the library"
        " as it was at the update: aidpost bundle rollback --as-it-was"
    ]
    if added:
        said.append(f"Added since, and to be kept as files and read in anew: {_listed(added)}.")
    if lost:
        said.append(f"Removed since, and to come back: {_listed(lost)}.")
    return "\n".join(said)


def _listed(names: tuple[str, ...] | list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
