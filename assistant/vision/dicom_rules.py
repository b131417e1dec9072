"""What may be in a DICOM file and what is shown of it; read from `dicom.toml`."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class DicomRules:
    """Limits, the tags that are shown, and names of programs and packings."""

    most_bytes: int
    most_points: int
    """Of one frame."""
    most_total: int
    """Of all frames that are decoded."""
    most_frames: int
    most_elements: int
    deepest: int
    shown: Mapping[str, str]
    """Keyword of a tag and whether it holds a `word` or a `number`."""
    programs: Mapping[bytes, str]
    """First bytes of what must not stand before a file, and what that is."""
    packing: Mapping[str, str]


@cache
def dicom_rules() -> DicomRules:
    """The rules of the package."""
    text = files("assistant.vision").joinpath("dicom.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    marks = {
        bytes.fromhex(mark): name
        for name, given in table["programs"].items()
        for mark in ([given] if isinstance(given, str) else given)
    }
    limits = {name: int(value) for name, value in table.items() if isinstance(value, int)}
    return DicomRules(shown=table["shown"], programs=marks, packing=table["packing"], **limits)
