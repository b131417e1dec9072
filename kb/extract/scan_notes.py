"""What a person must know of a text that was read by OCR."""

from collections.abc import Iterator, Sequence

from kb.extract.pdf_mend import PageLine

UNREADABLE = "[unreadable]"
"""Stands for a word or a line that was seen but not read for sure."""


def scan_notes(pages: Sequence[int], lines: Sequence[PageLine]) -> tuple[str, ...]:
    """Notes on the pages that were read by OCR; none if there are none."""
    read = {line.page for line in lines}.intersection(pages)
    if not read:
        return ()
    word = "Page" if len(read) == 1 else "Pages"
    first = f"{word} read by OCR from a picture: {numbers(sorted(read))}. Check every figure."
    return (first, *_doubts([line for line in lines if line.page in read]))


def inner_notes(pictures: int, lines: Sequence[PageLine]) -> tuple[str, ...]:
    """Notes on pictures inside a document that were read by OCR; none if there are none."""
    if not pictures:
        return ()
    return (f"Pictures read by OCR: {pictures}. Check every figure.", *_doubts(lines))


def _doubts(lines: Sequence[PageLine]) -> tuple[str, ...]:
    unreadable = sum(line.text.count(UNREADABLE) for line in lines)
    if not unreadable:
        return ()
    places = "1 place" if unreadable == 1 else f"{unreadable} places"
    return (f"Not read for sure: {places}, marked {UNREADABLE}.",)


def numbers(pages: Sequence[int]) -> str:
    """Page numbers in order, runs of them as first-last; many are cut short."""
    shown = list(_runs(pages))
    return ", ".join(shown[:20]) + (", ..." if len(shown) > 20 else "")


def _runs(pages: Sequence[int]) -> Iterator[str]:
    start = before = pages[0]
    for page in [*pages[1:], -1]:
        if page == before + 1:
            before = page
            continue
        yield str(start) if start == before else f"{start}-{before}"
        start = before = page
