"""The door to ONNX Runtime for image encoders: pixels or token ids in, one row of numbers out.

The only importer of `onnxruntime` and `tokenizers` in this package, both inside functions. The door
of the library (`kb/onnx_session.py`) takes texts alone and never fills them up, which the text
halves of SigLIP need. A network is read from bytes that were checked against the list of models, so
that nothing is loaded but what was checked in.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from assistant.vision.encoder_errors import EncoderUnusable

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

Floats = NDArray[np.float32]
MOST_THREADS = 4
DIMENSIONS = range(8, 8193)
"""Numbers that a vector of a picture may have."""
CHARACTERS_PER_TOKEN = 24
PREFERRED = ("image_embeds", "text_embeds", "pooler_output", "embedding", "embeddings", "output")
"""Names of outputs that hold the vector, best first; else the first output is taken."""


@dataclass(frozen=True, slots=True)
class Network:
    """A loaded network with what it takes and gives."""

    session: "InferenceSession"
    inputs: tuple[str, ...]
    output: str


def unusable(what: str, why: str) -> EncoderUnusable:
    """The error for an encoder that cannot be used, with what still works."""
    return EncoderUnusable(
        f"The {what} cannot be used: {why}. Image analysis is off; everything else works."
        " Install the encoder again with `aidpost models`."
    )


def open_network(data: bytes, what: str, threads: int) -> Network:
    """Load a network.

    Raises:
        EncoderUnusable: it is damaged, or ONNX Runtime is not installed.
    """
    try:
        import onnxruntime  # noqa: PLC0415 - only where image analysis is used
    except ImportError as error:
        raise unusable(what, "the Python package onnxruntime is not installed") from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = max(1, min(threads, MOST_THREADS))
    options.inter_op_num_threads = 1
    options.log_severity_level = 4  # what goes wrong is raised, not printed
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the library raises children of Exception itself
        raise unusable(what, "its file is damaged or of a kind that cannot be run") from error
    outputs = [one.name for one in session.get_outputs()]
    output = next((name for name in PREFERRED if name in outputs), outputs[0])
    return Network(session, tuple(one.name for one in session.get_inputs()), output)


def run(network: Network, feed: Mapping[str, Any], what: str) -> Floats:
    """The vector that a network gives for one input, of length one.

    Raises:
        EncoderUnusable: it fails, or gives no vector or one with numbers that are none.
    """
    try:
        found = network.session.run([network.output], dict(feed))[0]
    except Exception as error:  # the library raises children of Exception itself
        raise unusable(what, "it does not take what its family takes") from error
    vector = np.asarray(found, dtype=np.float32)
    if vector.ndim != 2 or vector.shape[0] != 1 or vector.shape[1] not in DIMENSIONS:
        shape = " x ".join(map(str, vector.shape)) or "nothing"
        raise unusable(what, f"it gives {shape} numbers where a row of {DIMENSIONS[0]} or more is")
    length = float(np.linalg.norm(vector[0].astype(np.float64)))
    if not np.isfinite(length) or length == 0.0:
        raise unusable(what, "it gives numbers that are none")
    scaled: Floats = (vector[0] / length).astype(np.float32)
    return scaled


class OnnxImage:
    """The half of an encoder that sees; loads when first used; safe to share between threads."""

    def __init__(self, data: bytes, threads: int = 2) -> None:
        """Take the bytes of the network."""
        self._data, self._threads = data, threads
        self._lock = threading.Lock()

    def vector(self, batch: Floats) -> Floats:
        """The vector of a prepared picture, shape (1, 3, size, size).

        Raises:
            EncoderUnusable: the network is damaged or does not take this.
        """
        with self._lock:
            network = self._network
        if len(network.inputs) != 1:
            raise unusable("image encoder", "it takes more than a picture")
        return run(network, {network.inputs[0]: batch}, "image encoder")

    @cached_property
    def _network(self) -> Network:
        return open_network(self._data, "image encoder", self._threads)


class OnnxText:
    """The half of an encoder that reads; loads when first used; safe to share between threads."""

    def __init__(self, data: bytes, tokenizer: bytes, tokens: int, *, padding: bool) -> None:
        """Take the network, its `tokenizer.json`, the length of texts and whether to fill up."""
        self._data, self._words = data, tokenizer
        self._tokens, self._padding = tokens, padding
        self._lock = threading.Lock()

    def vector(self, text: str) -> Floats:
        """The vector of a text.

        Raises:
            EncoderUnusable: the network or the tokenizer is damaged.
        """
        with self._lock:
            network, tokenizer = self._network, self._tokenizer
        encoded = tokenizer.encode(text[: self._tokens * CHARACTERS_PER_TOKEN])
        known = {"input_ids": encoded.ids, "attention_mask": encoded.attention_mask}
        known["token_type_ids"] = encoded.type_ids
        names = network.inputs if len(network.inputs) > 1 else ("input_ids",)
        if unknown := set(names) - set(known):
            raise unusable("text encoder", f"it asks for {', '.join(sorted(unknown))}")
        rows = (np.array([known[name]], dtype=np.int64) for name in names)
        return run(network, dict(zip(network.inputs, rows, strict=True)), "text encoder")

    @cached_property
    def _network(self) -> Network:
        return open_network(self._data, "text encoder", 1)

    @cached_property
    def _tokenizer(self) -> "Tokenizer":
        from tokenizers import Tokenizer  # noqa: PLC0415 - only where image analysis is used

        try:
            tokenizer = Tokenizer.from_str(self._words.decode("utf-8"))
        except Exception as error:  # the library raises Exception itself
            raise unusable("text encoder", "its tokenizer.json is damaged") from error
        tokenizer.enable_truncation(self._tokens)
        if self._padding:
            tokenizer.enable_padding(length=self._tokens, **_padding_of(tokenizer))
        return tokenizer


def _padding_of(tokenizer: "Tokenizer") -> dict[str, Any]:
    """With what a tokenizer fills up: what its file says, else a token that its kind uses."""
    told = tokenizer.padding or {}
    for token in (told.get("pad_token"), "[PAD]", "<pad>", "</s>", "<|endoftext|>"):
        number = tokenizer.token_to_id(token) if token else None
        if number is not None:
            return {"pad_id": number, "pad_token": token}
    return {}
