"""The project's own sentence encoder: text to vectors of length one.

The encoder of documents and the encoder of queries are recorded apart, so that a large one may
index and a small one may ask; in what is shipped both are the same file. Pooling over the tokens
and scaling to length one are part of the model's graph.
"""

from collections.abc import Sequence

import numpy as np

from kb.embed import Floats, unit
from kb.model_files import ModelFolder, built_in
from kb.onnx_session import OnnxSession

DOCUMENT, QUERY = "document", "query"


class OnnxEncoder:
    """An `Embedder`; nothing is loaded before the first text. Safe to share between threads."""

    def __init__(self, folder: ModelFolder, threads: int = 2) -> None:
        """Take a model folder and how many texts are encoded at once.

        Raises:
            ModelUnusable: the folder does not hold an encoder.
        """
        self._document, self._query = folder.role(DOCUMENT), folder.role(QUERY)
        self._documents = OnnxSession(folder, self._document, threads)
        same = self._document == self._query
        self._queries = self._documents if same else OnnxSession(folder, self._query, threads)

    @property
    def name(self) -> str:
        """The document encoder; stored vectors go by this name."""
        return self._document.name

    @property
    def query_name(self) -> str:
        """The query encoder; its vectors meet those of `name`."""
        return self._query.name

    def load(self) -> None:
        """Load what the first query needs.

        Raises:
            ModelUnusable: a file is missing or damaged, or a library is not installed.
        """
        self._queries.load()

    def embed_batch(self, texts: Sequence[str]) -> Floats:
        """Vectors of passages, shape (texts, dimensions).

        Raises:
            ModelUnusable: the model cannot be loaded.
        """
        return _stack(self._documents.run(texts))

    def embed_query(self, text: str) -> Floats:
        """Vector of one query.

        Raises:
            ModelUnusable: the model cannot be loaded.
        """
        vector: Floats = _stack(self._queries.run([text]))[0]
        return vector


def open_encoder(threads: int = 2) -> OnnxEncoder:
    """The encoder that comes with the program.

    Raises:
        ModelUnusable: its manifest is missing or cannot be read.
    """
    return OnnxEncoder(built_in("encoder"), threads)


def _stack(rows: list[Floats]) -> Floats:
    return unit(np.stack(rows)) if rows else np.zeros((0, 0), dtype=np.float32)
