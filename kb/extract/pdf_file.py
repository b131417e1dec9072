"""Opens PDF bytes with pdfium, and says in plain words why one cannot be opened."""

from collections.abc import Iterator
from contextlib import contextmanager

import pypdfium2 as pdfium
from pypdfium2 import raw

from kb.errors import DocumentEncrypted, DocumentTooLarge, UnreadableDocument

MAX_PAGES = 200


@contextmanager
def opened(data: bytes, name: str) -> Iterator[pdfium.PdfDocument]:
    """A PDF, closed again at the end.

    Raises:
        DocumentEncrypted: it asks for a password.
        DocumentTooLarge: it has more than `MAX_PAGES` pages.
        UnreadableDocument: it is damaged or no PDF.
    """
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if error.err_code == raw.FPDF_ERR_PASSWORD:
            message = f"{name} asks for a password: save a copy without one and add that."
            raise DocumentEncrypted(message) from error
        raise UnreadableDocument(f"{name} is damaged or is no PDF file.") from error
    try:
        pages = len(document)
        if pages > MAX_PAGES:
            parts = f"split it into parts of at most {MAX_PAGES} pages"
            raise DocumentTooLarge(f"{name} has {pages:,} pages: {parts}.")
        if pages < 1:
            raise UnreadableDocument(f"{name} has no pages.")
        yield document
    finally:
        document.close()
