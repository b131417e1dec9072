"""What the page does with documents: adds, removes and lists them, with plain messages."""

from dataclasses import dataclass
from pathlib import Path

from kb.errors import LibraryError
from ui.render import error_html
from ui.web.views import good_html, library_html, status_html
from ui.wiring import Desk

TYPES = (".pdf", ".docx", ".html", ".htm", ".md", ".txt")


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


@dataclass(frozen=True, slots=True)
class Shelf:
    """The library as the page shows it."""

    desk: Desk

    def status(self) -> str:
        """The library in short."""
        return status_html(self.desk.library.documents())

    def listed(self) -> Listed:
        """What is there."""
        return self._listed("")

    def add(self, path: str | None) -> Listed:
        """Read an uploaded file into the library; the upload itself is deleted at once."""
        if path is None:
            return self._listed("")
        upload = Path(path)
        try:
            document = self.desk.library.add(upload)
            says = good_html(f"Added: {document.title}")
        except LibraryError as error:
            says = error_html(str(error))
        finally:
            upload.unlink(missing_ok=True)
        return self._listed(says)

    def remove(self, identity: str | None) -> Listed:
        """Take a document out of the library."""
        if not identity:
            return self._listed(error_html("Choose a document first."))
        try:
            self.desk.library.remove(identity)
        except LibraryError as error:
            return self._listed(error_html(str(error)))
        return self._listed(good_html("Removed."))

    def _listed(self, says: str) -> Listed:
        documents = self.desk.library.documents()
        own = [(d.title, d.id) for d in documents if d.pack == "local"]
        return Listed(says, library_html(documents), own, status_html(documents))
