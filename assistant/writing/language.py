"""What a language model is to the rest of the program: a prompt goes in, pieces of text come out.

Knows nothing of medicine, of files or of any engine. A prompt is a row of segments; only segments
written by this program may hold control tokens (`special`), everything a person or a document wrote
is plain text for the model.
"""

import codecs
import re
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Literal, Protocol

Finish = Literal["stop", "length", "time", "cancelled"]
"""`stop`: the model ended its turn. Anything else means that the last sentence may be cut off."""

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]+")


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of prompt text."""

    text: str
    special: bool
    """True for the turns of a chat template, false for what a person or a document wrote."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """Everything a model reads before it writes."""

    segments: tuple[Segment, ...]
    stop: tuple[str, ...] = ()
    """Texts that end the turn; they are never part of the output."""

    @property
    def text(self) -> str:
        """The segments as one string, to show or to count; never to be tokenized as a whole."""
        return "".join(segment.text for segment in self.segments)


@dataclass(frozen=True, slots=True)
class GenerationLimits:
    """How much, how freely and how long a model may write.

    Raises:
        ValueError: A limit is out of range.
    """

    max_tokens: int = 512
    temperature: float = 0.0
    """0 takes the likeliest token each time, so that the same prompt gives the same text."""
    seed: int = 0
    """0 to 4294967295; used when the temperature is above 0."""
    time_limit_s: float = 120.0
    """Wall time for reading the prompt and writing; also the longest wait for the model's turn."""
    grammar: str = ""
    """Name of a shipped grammar (`llama_grammars`) that the text must follow; empty for none.

    A text that ends for another reason than `stop` may break off in the middle of it.
    """
    chances: bool = False
    """Whether each piece tells how likely the model held its tokens."""

    def __post_init__(self) -> None:
        ranges = {
            "max_tokens": self.max_tokens >= 1,
            "temperature": 0.0 <= self.temperature <= 5.0,
            "seed": 0 <= self.seed < 2**32,
            "time_limit_s": 0.0 < self.time_limit_s <= 86_400.0,
        }
        if wrong := [name for name, right in ranges.items() if not right]:
            raise ValueError("out of range: " + ", ".join(wrong))


@dataclass(frozen=True, slots=True)
class Usage:
    """What one answer cost; times in seconds."""

    prompt_tokens: int
    reused_tokens: int
    """Tokens at the start of the prompt that the model still remembered from the last one."""
    written_tokens: int
    prompt_s: float
    writing_s: float
    finish: Finish


@dataclass(frozen=True, slots=True)
class Chance:
    """How likely the model held one token, as it was before temperature, cut-offs and grammar."""

    text: str
    """Empty for a token that ends a turn; half a character is shown as U+FFFD."""
    logprob: float
    """Natural logarithm of the probability."""
    others: tuple[tuple[str, float], ...] = ()
    """The likeliest tokens with theirs, best first; the chosen one may be among them."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of text; the last chunk of an answer carries the usage."""

    text: str = ""
    usage: Usage | None = None
    chances: tuple[Chance, ...] = ()
    """One for each token of this piece, where `GenerationLimits.chances` asks for them.

    Text that may belong to a stop string comes later than its tokens.
    """


@dataclass(frozen=True, slots=True)
class ModelCard:
    """Which model is speaking."""

    name: str
    digest: str
    """SHA-256 of the model file, in hex; empty where there is no file."""
    context_length: int
    """Tokens of prompt and answer together."""
    family: str
    """Name of the chat template, a key of `templates.families()`."""
    device: str = "cpu"
    """`cpu`, or `gpu` where the weights lie in the memory of a graphics card."""


class Cancel(Protocol):
    """Tells whether the person has lost interest; a `threading.Event` is one."""

    def is_set(self) -> bool:
        """True once the answer is no longer wanted."""
        ...


class LanguageModel(Protocol):
    """A model that continues a prompt. Safe to call from any thread; one answer at a time."""

    def chunks(
        self, prompt: Prompt, limits: GenerationLimits, cancelled: Cancel
    ) -> Iterator[Chunk]:
        """Write; the last chunk carries the usage.

        Raises:
            ModelError: The model cannot be used; its subclasses say why.
        """
        ...

    def stream(self, prompt: Prompt, limits: GenerationLimits, cancelled: Cancel) -> Iterator[str]:
        """The text of `chunks`, without empty pieces. Ends early, without error, on cancel.

        Raises:
            ModelError: The model cannot be used; its subclasses say why.
        """
        ...

    def describe(self) -> ModelCard:
        """Which model this is; may have to load it first.

        Raises:
            ModelError: The model cannot be loaded.
        """
        ...

    def close(self) -> None:
        """Free the model; a running answer ends. Closing twice is fine."""
        ...


def text_of(chunks: Generator[Chunk, None, None]) -> Iterator[str]:
    """The text of `chunks`, piece by piece; closes them when it is closed itself."""
    with closing(chunks):
        for chunk in chunks:
            if chunk.text:
                yield chunk.text


class StopFilter:
    """Ends a text at the first stop string, even when that arrives in several pieces."""

    def __init__(self, stop: tuple[str, ...]) -> None:
        self._stop = tuple(text for text in stop if text)
        self._held = ""
        self.stopped = False

    def feed(self, text: str) -> str:
        """Take a piece and give what is certainly not part of a stop string."""
        self._held = "" if self.stopped else self._held + text
        found = [(at + len(s), at) for s in self._stop if (at := self._held.find(s)) >= 0]
        if found:
            # The one that ends first, so that nothing depends on how the text was cut.
            self.stopped = True
            out, self._held = self._held[: min(found)[1]], ""
            return out
        keep = self._tail()
        cut = len(self._held) - keep
        out, self._held = self._held[:cut], self._held[cut:]
        return out

    def flush(self) -> str:
        """Give what was held back; to be called when the model has ended by itself."""
        out, self._held = self._held, ""
        return out

    def _tail(self) -> int:
        """Length of the longest end of the held text that could begin a stop string."""
        longest = max((len(stop) for stop in self._stop), default=1) - 1
        for size in range(min(longest, len(self._held)), 0, -1):
            if any(stop.startswith(self._held[-size:]) for stop in self._stop):
                return size
        return 0


class TextOut:
    """Turns the bytes of tokens into text fit to show: whole characters, up to a stop string.

    Control characters other than line feed and tab are dropped; they could steer a terminal.
    """

    def __init__(self, stop: tuple[str, ...]) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._filter = StopFilter(stop)

    @property
    def stopped(self) -> bool:
        """True once a stop string has come."""
        return self._filter.stopped

    def feed(self, data: bytes) -> str:
        """Take the bytes of a token, which may hold half a character, and give what is certain."""
        return self._filter.feed(_CONTROLS.sub("", self._decoder.decode(data)))

    def flush(self) -> str:
        """Give what was held back; half a character at the end is dropped."""
        return self._filter.flush()
