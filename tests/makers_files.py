"""Makes documents for tests: good ones, awkward ones, and ones meant to do harm."""

import io
import zipfile
import zlib
from collections.abc import Iterable, Sequence

import docx
import openpyxl
import pypdfium2 as pdfium
from PIL import Image, ImageFilter
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

WIDTH, HEIGHT = A4
LEFT, LINE = 72.0, 14.0


class PdfMaker:
    """Draws pages line by line, from the top."""

    def __init__(self, password: str = "", title: str = "") -> None:
        self._file = io.BytesIO()
        encrypt = StandardEncryption(password) if password else None
        self.canvas = Canvas(self._file, pagesize=A4, encrypt=encrypt, invariant=True)
        self.canvas.setTitle(title)
        self._down = LEFT

    def line(self, text: str, *, size: float = 11, bold: bool = False, left: float = LEFT) -> None:
        self.canvas.setFont("Helvetica-Bold" if bold else "Helvetica", size)
        self._down += max(LINE, size * 1.25)
        self.canvas.drawString(left, HEIGHT - self._down, text)

    def gap(self, points: float = 14) -> None:
        self._down += points

    def back_to_top(self) -> None:
        self._down = LEFT

    def at(self, left: float, top: float, text: str, size: float = 9) -> None:
        self.canvas.setFont("Helvetica", size)
        self.canvas.drawString(left, HEIGHT - top, text)

    def page(self) -> None:
        self.canvas.showPage()
        self._down = LEFT

    def made(self) -> bytes:
        self.canvas.save()
        return self._file.getvalue()


def pdf(pages: Iterable[Sequence[str]], *, password: str = "", title: str = "") -> bytes:
    """A PDF with one paragraph of lines on each page."""
    maker = PdfMaker(password, title)
    for lines in pages:
        for line in lines:
            maker.line(line)
        maker.page()
    return maker.made()


def scan() -> bytes:
    """A PDF of one picture."""
    maker = PdfMaker()
    picture = ImageReader(Image.new("RGB", (60, 80), (200, 210, 220)))
    maker.canvas.drawImage(picture, 50, 50, 400, 600)
    maker.page()
    return maker.made()


def drawn(data: bytes, page: int = 1, dots: int = 200) -> Image.Image:
    """A page of a PDF as a grey picture, as a scanner gives it."""
    document = pdfium.PdfDocument(data)
    try:
        return document[page - 1].render(scale=dots / 72).to_pil().convert("L")
    finally:
        document.close()


def worn(picture: Image.Image, *, blur: float = 0.0, tilt: float = 0.0) -> Image.Image:
    """A picture out of focus by some points and askew by some degrees."""
    tilted = picture.rotate(tilt, fillcolor=255, resample=Image.Resampling.BICUBIC)
    return tilted.filter(ImageFilter.GaussianBlur(blur)) if blur else tilted


def paper(pictures: Iterable[Image.Image]) -> bytes:
    """A PDF with one picture as large as the page on each page."""
    maker = PdfMaker()
    for picture in pictures:
        width = WIDTH if picture.height > picture.width else HEIGHT
        height = HEIGHT if picture.height > picture.width else WIDTH
        maker.canvas.setPageSize((width, height))
        maker.canvas.drawImage(ImageReader(picture), 0, 0, width, height)
        maker.page()
    return maker.made()


def photo(picture: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    """Bytes of a picture file."""
    output = io.BytesIO()
    picture.save(output, kind, **options)
    return output.getvalue()


def raw_pdf(stream: bytes, *, kids: str = "[3 0 R]", trailer: str = "") -> bytes:
    """A PDF written by hand, with one packed content stream."""
    packed = zlib.compress(stream, 9)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids {kids} /Count 1 >>".encode(),
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Filter /FlateDecode /Length %d >>\nstream\n" % len(packed) + packed + b"\nendstream",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    output, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(output))
        output += b"%d 0 obj\n" % number + content + b"\nendobj\n"
    table = b"xref\n0 6\n0000000000 65535 f \n" + b"".join(
        b"%010d 00000 n \n" % at for at in places
    )
    own = trailer.replace("SELF", str(len(output)))
    end = f"trailer\n<< /Size 6 /Root 1 0 R {own} >>\nstartxref\n{len(output)}\n%%EOF\n"
    return output + table + end.encode()


def flate_bomb(megabytes: int = 400) -> bytes:
    """A small PDF whose page content unpacks to many megabytes of drawing."""
    line = b"BT /F1 9 Tf 10 10 Td (Give 10 mg of morphine) Tj ET\n"
    return raw_pdf(line * (megabytes * 1_000_000 // len(line)))


def word(*, title: str = "") -> "docx.document.Document":
    """An empty Word document to be filled."""
    document = docx.Document()
    document.core_properties.title = title
    return document


def saved(document: "docx.document.Document") -> bytes:
    """Bytes of a Word document."""
    output = io.BytesIO()
    document.save(output)
    return output.getvalue()


def with_part(data: bytes, name: str, content: bytes) -> bytes:
    """A ZIP container with one part put in or replaced."""
    output = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as before,
        zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as after,
    ):
        for part in before.infolist():
            if part.filename != name:
                after.writestr(part.filename, before.read(part))
        after.writestr(name, content)
    return output.getvalue()


def part_of(data: bytes, name: str) -> bytes:
    """One part of a ZIP container."""
    with zipfile.ZipFile(io.BytesIO(data)) as container:
        return container.read(name)


def zipped(parts: dict[str, bytes]) -> bytes:
    """A ZIP container of these parts."""
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as container:
        for name, content in parts.items():
            container.writestr(name, content)
    return output.getvalue()


def workbook() -> openpyxl.Workbook:
    """An Excel workbook with one empty sheet."""
    return openpyxl.Workbook()


def book_bytes(book: openpyxl.Workbook) -> bytes:
    """Bytes of an Excel workbook."""
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()


CONTAINER = (
    b'<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    b'<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>'
)


def epub_parts(chapters: Sequence[tuple[str, str]], title: str = "A book") -> dict[str, bytes]:
    """Parts of an EPUB; chapters are (name of the part, what stands in its body), in order."""
    items = "".join(
        f'<item id="i{number}" href="{name}" media-type="application/xhtml+xml"/>'
        for number, (name, _) in sorted(enumerate(chapters), reverse=True)
    )
    spine = "".join(f'<itemref idref="i{number}"/>' for number in range(len(chapters)))
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf"><metadata'
        f' xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{title}</dc:title></metadata>'
        f"<manifest>{items}</manifest><spine>{spine}</spine></package>"
    )
    pages = {
        f"OEBPS/{name}": f"<html><head><title>x</title></head><body>{body}</body></html>".encode()
        for name, body in chapters
    }
    return {
        "mimetype": b"application/epub+zip",
        "META-INF/container.xml": CONTAINER,
        "OEBPS/book.opf": package.encode(),
        **pages,
    }
