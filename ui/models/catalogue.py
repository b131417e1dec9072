"""The catalogue of models that Aidpost knows how to fetch; the models themselves are data."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from ui.models.errors import UnknownModel

KINDS = ("chat", "speech", "voice", "translation", "image-encoder", "text-encoder")
TIERS = ("floor", "mid", "high")
BITS = {"Q4_0": 4.5, "IQ4_XS": 4.25, "Q4_K_M": 4.85, "Q5_K_M": 5.7, "Q6_K": 6.5625, "Q8_0": 8.5}
"""Bits that one weight takes on average, with its share of the scales."""
_OUTPUT_BITS = {"Q8_0": 8.5}
_OUTPUT_BITS_ELSE = 6.5625
_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}")


@dataclass(frozen=True, slots=True)
class Shape:
    """The measures of a network that writes text."""

    layers: int
    width: int
    feed_forward: int
    heads: int
    kv_heads: int
    head_size: int
    vocabulary: int

    @property
    def working_weights(self) -> int:
        """Weights that are multiplied for every token that is read."""
        attention = 2 * self.width * self.head_size * (self.heads + self.kv_heads)
        return self.layers * (attention + 3 * self.width * self.feed_forward)

    @property
    def context_bytes(self) -> int:
        """Memory for one token of context: a key and a value of 2 bytes a number."""
        return 4 * self.layers * self.kv_heads * self.head_size

    def writing_bytes(self, quant: str) -> float:
        """Bytes of weights that pass through the processor for every token that is written."""
        output = self.vocabulary * self.width * _OUTPUT_BITS.get(quant, _OUTPUT_BITS_ELSE)
        return (self.working_weights * BITS[quant] + output) / 8


@dataclass(frozen=True, slots=True)
class Entry:
    """A model of the catalogue."""

    name: str
    title: str
    kind: str
    repository: str
    """Owner and name at the hub."""
    files: tuple[str, ...]
    """Patterns; each fits exactly one file. `{quant}` stands for the quantization."""
    licence: str
    terms: str
    """Address of the licence or terms."""
    gated: bool
    """Whether the hub asks for terms to be accepted before it gives the files."""
    tier: str
    confirmed: bool
    """Whether repository, names and size were confirmed."""
    notes: str
    doubt: str = ""
    """What could not be confirmed."""
    blocked: str = ""
    """Why it cannot be fetched; empty where it can."""
    projector: str = ""
    """Pattern of the file that lets a chat model see; empty where there is none."""
    projector_mb: int = 0
    quants: Mapping[str, int] = field(default_factory=dict)
    """Quantization -> size of its file in MB, the first being the standard."""
    size_mb: int = 0
    """Size of all files in MB, where there are no quantizations."""
    ram_mb: int = 0
    """Memory in use, as measured; 0 where it is not known."""
    rank: int = 0
    """Of chat models that fit, the one with the highest rank is recommended."""
    shape: Shape | None = None

    def patterns(self, quant: str, *, with_projector: bool) -> tuple[tuple[str, str], ...]:
        """Pattern and role of each file."""
        first = "model" if self.kind == "chat" else "part"
        wanted = [(pattern.format(quant=quant), first) for pattern in self.files]
        if self.projector and with_projector:
            wanted.append((self.projector, "projector"))
        return tuple(wanted)

    def quant(self, asked: str) -> str:
        """The quantization that is meant; empty where the model has none.

        Raises:
            UnknownModel: the model does not come in the one asked for.
        """
        if not asked:
            return next(iter(self.quants), "")
        for known in self.quants:
            if known.casefold() == asked.casefold():
                return known
        ways = ", ".join(self.quants) or "one form only"
        raise UnknownModel(f"{self.name} does not come as {asked}; it comes in: {ways}.")


@cache
def catalogue() -> tuple[Entry, ...]:
    """All models of the catalogue, in its order."""
    text = files("ui.models").joinpath("catalogue.toml").read_text(encoding="utf-8")
    return tuple(_entry(row) for row in tomllib.loads(text)["models"])


def entry(name: str, among: Sequence[Entry] | None = None) -> Entry:
    """The model of a name.

    Raises:
        UnknownModel: the catalogue has none.
    """
    known = catalogue() if among is None else among
    for one in known:
        if one.name == name:
            return one
    names = ", ".join(one.name for one in known)
    raise UnknownModel(f"The catalogue has no model “{name}”. It has: {names}.")


def is_repository(name: str) -> bool:
    """Whether a name is one of the hub, as `owner/name`."""
    return _REPOSITORY.fullmatch(name) is not None


def _entry(row: Mapping[str, Any]) -> Entry:
    values = dict(row)
    shape = values.pop("shape", None)
    values["files"] = tuple(values["files"])
    return Entry(**values, shape=Shape(**shape) if shape else None)
