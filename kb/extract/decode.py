"""Bytes of a text file to text, by mark, by trial, and only then by guess."""

import codecs

from charset_normalizer import from_bytes

from kb.errors import UnreadableDocument

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 100_000
"""Bytes that are looked at to guess an encoding."""
_LATIN = 0.25
"""Up to this part of bytes beyond ASCII a text is in Latin letters."""
_BINARY = 0.02
"""From this part of control characters a file is no text."""


def decode(data: bytes, name: str) -> str:
    r"""Text of a file, with `\n` line ends and without NUL and other control characters.

    Raises:
        UnreadableDocument: the bytes are no text in any known encoding.
    """
    text = _decoded(data, name)
    odd = sum(not char.isprintable() and char not in "\t\n\r\f\v\u00ad" for char in text[:_SAMPLE])
    if odd > max(8, _BINARY * min(len(text), _SAMPLE)) and not _only_invisible(text):
        raise UnreadableDocument(f"{name} does not hold text.")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _only_invisible(text: str) -> bool:
    """Whether what is odd about a text can be dropped: marks and spaces, not control bytes."""
    sample = text[:_SAMPLE]
    control = sum(ord(char) < 0x20 and char not in "\t\n\r\f\v" for char in sample)
    return control <= max(8, _BINARY * len(sample))


def _decoded(data: bytes, name: str) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    for encoding in _candidates(data):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableDocument(f"{name} is not text in an encoding that can be read.")


def _candidates(data: bytes) -> list[str]:
    sample = data[:_SAMPLE]
    nothing = sample.count(0)
    if nothing > 0.2 * len(sample):
        first = sample[0::2].count(0) > sample[1::2].count(0)
        return ["utf-16-be" if first else "utf-16-le"]
    candidates = ["utf-8"]
    beyond = sum(byte >= 0x80 for byte in sample)
    if beyond <= _LATIN * len(sample):
        candidates.append("cp1252")
    return candidates + _guess(sample)


def _guess(sample: bytes) -> list[str]:
    best = from_bytes(sample).best()
    return [best.encoding] if best else []
