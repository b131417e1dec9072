"""What the page does with documents: adds, removes and lists them, with plain messages."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kb.errors import LibraryError
from ui.render import error_html
from ui.web.adding import Step, Uploads
from ui.web.adding_views import added_html, progress_html
from ui.web.views import good_html, library_html, status_html
from ui.wiring import Desk


@dataclass(frozen=True, slots=True)
class Listed:
    """The library after something was done with it."""

    says: str
    """Message about what was done; HTML."""
    table: str
    own: list[tuple[str, str]]
    """Title and name of each document that can be removed."""
    status: str
    """The library in short; HTML."""
    waiting: int = 0
    """Files that are left to go on with."""


@dataclass(frozen=True, slots=True)
class Working:
    """Files are being added."""

    says: str
    """How far they are; HTML."""


class Shelf:
    """The library as the page shows it."""

    def __init__(self, desk: Desk) -> None:
        """Take the desk that holds the library."""
        self._library = desk.library
        self._uploads = Uploads(desk.library)

    def status(self) -> str:
        """The library in short."""
        return status_html(self._library.documents())

    def listed(self) -> Listed:
        """What is there."""
        return self._listed("")

    def add(self, key: str, paths: Sequence[str] = ()) -> Iterator[Working | Listed]:
        """Read uploaded files of a page into the library, or go on with those that wait.

        Nothing comes where files were only put behind those that the page is adding already.
        """
        step: Step | None = None
        failed = ""
        try:
            for step in self._uploads.add(key, [Path(path) for path in paths]):
                if step.running:
                    yield Working(progress_html(step))
        except LibraryError as error:
            failed = error_html(str(error))
        if step is not None:
            yield self._listed(added_html(step) + failed, step.waiting)

    def stop(self, key: str) -> None:
        """End the adding of a page; what is done stays."""
        self._uploads.stop(key)

    def forget(self, key: str) -> None:
        """End the adding of a page that is gone."""
        self._uploads.forget(key)

    def remove(self, identity: str | None) -> Listed:
        """Take a document out of the library."""
        if not identity:
            return self._listed(error_html("Choose a document first."))
        try:
            self._library.remove(identity)
        except LibraryError as error:
            return self._listed(error_html(str(error)))
        return self._listed(good_html("Removed."))

    def _listed(self, says: str, waiting: int = 0) -> Listed:
        documents = self._library.documents()
        own = [(d.title, d.id) for d in documents if d.pack == "local"]
        return Listed(says, library_html(documents), own, status_html(documents), waiting)
