"""What people put onto the pages of a PDF: notes, and what they filled into form fields."""

import ctypes
from collections.abc import Callable

import pypdfium2 as pdfium
from pypdfium2 import raw

MAX_MARKS = 2_000
"""Most notes and fields of a page that are looked at."""
_NOTES = frozenset(
    {
        raw.FPDF_ANNOT_TEXT, raw.FPDF_ANNOT_FREETEXT, raw.FPDF_ANNOT_HIGHLIGHT,
        raw.FPDF_ANNOT_UNDERLINE, raw.FPDF_ANNOT_STRIKEOUT, raw.FPDF_ANNOT_STAMP,
        raw.FPDF_ANNOT_CARET,
    }
)  # fmt: skip
_TICKS = frozenset({raw.FPDF_FORMFIELD_CHECKBOX, raw.FPDF_FORMFIELD_RADIOBUTTON})
_TYPED = frozenset(
    {raw.FPDF_FORMFIELD_TEXTFIELD, raw.FPDF_FORMFIELD_COMBOBOX, raw.FPDF_FORMFIELD_LISTBOX}
)
_MAX_BYTES = 100_000

_GetString = Callable[[object, int], int]


def page_marks(document: pdfium.PdfDocument, page: pdfium.PdfPage) -> list[str]:
    """Notes of a page and its filled fields as `name: value`, in the order of the file."""
    count = min(raw.FPDFPage_GetAnnotCount(page), MAX_MARKS)
    found = (_mark(document, page, index) for index in range(max(count, 0)))
    return [text for text in found if text]


def _mark(document: pdfium.PdfDocument, page: pdfium.PdfPage, index: int) -> str:
    mark = raw.FPDFPage_GetAnnot(page, index)
    if not mark:
        return ""
    try:
        kind = raw.FPDFAnnot_GetSubtype(mark)
        if kind in _NOTES:
            return _string(lambda into, size: _contents(mark, into, size))
        if kind == raw.FPDF_ANNOT_WIDGET and document.formenv:
            return _field(document.formenv, mark)
        return ""
    finally:
        raw.FPDFPage_CloseAnnot(mark)


def _contents(mark: object, into: object, size: int) -> int:
    return int(raw.FPDFAnnot_GetStringValue(mark, b"Contents", into, size))


def _field(forms: pdfium.PdfFormEnv, mark: object) -> str:
    kind = raw.FPDFAnnot_GetFormFieldType(forms, mark)
    if kind in _TICKS:
        value = "yes" if raw.FPDFAnnot_IsChecked(forms, mark) else ""
    elif kind in _TYPED:
        value = _string(
            lambda into, size: int(raw.FPDFAnnot_GetFormFieldValue(forms, mark, into, size))
        )
    else:
        return ""
    label = _string(
        lambda into, size: int(raw.FPDFAnnot_GetFormFieldAlternateName(forms, mark, into, size))
    ) or _string(lambda into, size: int(raw.FPDFAnnot_GetFormFieldName(forms, mark, into, size)))
    return f"{label}: {value}" if value and label else value


def _string(get: _GetString) -> str:
    """A string that pdfium hands over as UTF-16 with its length in bytes."""
    size = get(None, 0)
    if not 2 < size <= _MAX_BYTES:
        return ""
    into = (ctypes.c_ushort * (size // 2))()
    get(into, size)
    return bytes(into).decode("utf-16-le", "replace").rstrip("\x00").strip()
