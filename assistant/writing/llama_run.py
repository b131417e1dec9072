"""One answer in the making, and what of its prompt is the same for everyone."""

import time
from dataclasses import dataclass
from pathlib import Path

from assistant.writing.language import Cancel, Finish, GenerationLimits, Prompt, Segment, Usage
from assistant.writing.llama_prefix import Place
from assistant.writing.llama_vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Extras:
    """How a model is opened, beside its length of context and its threads."""

    gpu_layers: int = -1
    """Layers on a graphics card where there is one; -1 for all."""
    shared_texts: tuple[str, ...] = ()
    """System texts that are the same for everyone."""
    prefix_folder: Path | None = None
    prefix_limit_mb: int = 256
    digest: str = ""
    """Digest of the model file; without it nothing goes to disk."""


@dataclass(slots=True)
class Run:
    """One answer in the making."""

    limits: GenerationLimits
    cancelled: Cancel
    begin: float
    prompt: list[int]
    shared: int
    """Tokens at the beginning that are the same for everyone."""
    reused: int = 0
    read_s: float = 0.0
    written: int = 0

    def over(self) -> Finish | None:
        """The outer reason to end now, if there is one."""
        if self.cancelled.is_set():
            return "cancelled"
        late = time.monotonic() > self.begin + self.limits.time_limit_s
        return "time" if late else None

    def usage(self, finish: Finish) -> Usage:
        """What the answer cost up to now."""
        spent = time.monotonic() - self.begin
        read = self.read_s or spent
        return Usage(len(self.prompt), self.reused, self.written, read, spent - read, finish)


def shared_tokens(prompt: Prompt, texts: tuple[str, ...], vocabulary: Vocabulary) -> int:
    """Length of the beginning that is the same for everyone: one of `texts`, and its marks.

    What a person or a document wrote is never part of it, whatever it says: only the first text
    of a prompt counts, and only where it is one of `texts` letter by letter.
    """
    segments = prompt.segments
    for at, segment in enumerate(segments):
        if not segment.special:
            known = segment.text in texts
            return len(vocabulary.tokens(Prompt(_with_marks(segments, at)))) if known else 0
    return 0


def place(extras: Extras, engine: str) -> Place | None:
    """Where states are kept on disk; None where nothing may be.

    Args:
        extras: Folder, its size and the digest of the model.
        engine: Everything else that the form of a state depends on.
    """
    if extras.prefix_folder is None or not extras.digest:
        return None
    return Place(extras.prefix_folder, extras.prefix_limit_mb, extras.digest, engine)


def _with_marks(segments: tuple[Segment, ...], at: int) -> tuple[Segment, ...]:
    """The segments up to a content segment, and the marks that follow it."""
    after = segments[at + 1 : at + 2]
    return segments[: at + 1] + (after if after and after[0].special else ())
