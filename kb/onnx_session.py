"""The door to ONNX Runtime and to tokenizers: token ids in, one row of numbers out.

The only importer of `onnxruntime` and `tokenizers`; both are imported when the first text comes,
since loading them costs more than a question that needs neither.

Every text is run by itself. The weights are int8 and the scale of what is multiplied with them is
found at run time over the whole batch, so a text in company would get other numbers than alone;
alone, the same text gives the same numbers, whatever stands beside it.
"""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kb.model_files import ModelFolder, Role, unusable

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Encoding, Tokenizer

Floats = NDArray[np.float32]
MOST_THREADS = 4
"""More threads do not help a model of this size and take cores from the rest of the program."""
CHARACTERS_PER_TOKEN = 24
"""No word piece is longer; what lies beyond is cut before it is tokenized, however long it is."""


@dataclass(frozen=True, slots=True)
class _Loaded:
    session: "InferenceSession"
    tokenizer: "Tokenizer"
    inputs: frozenset[str]


class OnnxSession:
    """One model with its tokenizer; loads when first used; safe to share between threads."""

    def __init__(self, folder: ModelFolder, role: Role, threads: int) -> None:
        """Take the folder of the model, what it is used as, and how many texts run at once."""
        self._folder = folder
        self._role = role
        self._threads = max(1, min(threads, MOST_THREADS))
        self._lock = threading.Lock()
        self._loaded: _Loaded | None = None

    def load(self) -> None:
        """Load now what would be loaded with the first text.

        Raises:
            ModelUnusable: a file is missing or damaged, or a library is not installed.
        """
        self._ready()

    def run(self, texts: Sequence[str | tuple[str, str]]) -> list[Floats]:
        """What the model says of each text or pair of texts, in order.

        Raises:
            ModelUnusable: the model cannot be loaded.
        """
        if not texts:
            return []
        loaded = self._ready()
        encodings = loaded.tokenizer.encode_batch([self._cut(text) for text in texts])
        if len(encodings) == 1 or self._threads == 1:
            return [self._one(loaded, encoding) for encoding in encodings]
        with ThreadPoolExecutor(self._threads) as pool:
            return list(pool.map(lambda encoding: self._one(loaded, encoding), encodings))

    def _cut(self, text: str | tuple[str, str]) -> str | tuple[str, str]:
        most = self._role.max_tokens * CHARACTERS_PER_TOKEN
        return text[:most] if isinstance(text, str) else (text[0][:most], text[1][:most])

    def _one(self, loaded: _Loaded, encoding: "Encoding") -> Floats:
        known = {
            "input_ids": encoding.ids,
            "attention_mask": encoding.attention_mask,
            "token_type_ids": encoding.type_ids,
        }
        feed = {name: np.array([known[name]], dtype=np.int64) for name in loaded.inputs}
        row: Floats = np.asarray(loaded.session.run(None, feed)[0][0], dtype=np.float32)
        return row

    def _ready(self) -> _Loaded:
        with self._lock:
            if self._loaded is None:
                self._loaded = self._load()
            return self._loaded

    def _load(self) -> _Loaded:
        name = self._folder.folder.name
        model = self._folder.read(self._role.model)
        words = self._folder.read(self._role.tokenizer)
        try:
            import onnxruntime  # noqa: PLC0415
            from tokenizers import Tokenizer  # noqa: PLC0415
        except ImportError as error:
            missing = f"the Python package {error.name} is not installed"
            raise unusable(name, missing) from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # texts run beside each other, each on one core
        options.inter_op_num_threads = 1
        options.log_severity_level = 4  # what goes wrong is raised, not printed
        try:
            session = onnxruntime.InferenceSession(
                model, options, providers=["CPUExecutionProvider"]
            )
            tokenizer = Tokenizer.from_str(words.decode("utf-8"))
        except Exception as error:  # both libraries raise children of Exception itself
            raise unusable(name, "its files cannot be read") from error
        tokenizer.no_padding()
        tokenizer.enable_truncation(self._role.max_tokens)
        inputs = frozenset(entry.name for entry in session.get_inputs())
        return _Loaded(session, tokenizer, inputs)
