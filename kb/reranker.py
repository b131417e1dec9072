"""The project's own re-ranker: how well a passage answers a question, read together.

It reads question and passage at once and so sees what two vectors cannot show, at the price of one
run for each pair; it is meant for the twenty or so best passages of a search.
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from kb.embed import Floats
from kb.model_files import ModelFolder, built_in
from kb.onnx_session import OnnxSession


class Scorer(Protocol):
    """Says how well each passage answers a question."""

    @property
    def name(self) -> str:
        """Names the model and its version."""

    def scores(self, query: str, passages: Sequence[str]) -> Floats:
        """One score for each passage, in order; larger is better, the unit is log-odds."""


class OnnxReranker:
    """A `Scorer`; nothing is loaded before the first question. Safe to share between threads."""

    def __init__(self, folder: ModelFolder, threads: int = 2) -> None:
        """Take a model folder and how many pairs are read at once.

        Raises:
            ModelUnusable: the folder does not hold a re-ranker.
        """
        self._role = folder.role("reranker")
        self._session = OnnxSession(folder, self._role, threads)

    @property
    def name(self) -> str:
        """Name and version."""
        return self._role.name

    def load(self) -> None:
        """Load what the first question needs.

        Raises:
            ModelUnusable: a file is missing or damaged, or a library is not installed.
        """
        self._session.load()

    def scores(self, query: str, passages: Sequence[str]) -> Floats:
        """Log-odds that each passage answers the query.

        Raises:
            ModelUnusable: the model cannot be loaded.
        """
        rows = self._session.run([(query, passage) for passage in passages])
        return np.array([float(row) for row in rows], dtype=np.float32)


def open_reranker(threads: int = 2) -> OnnxReranker:
    """The re-ranker that comes with the program.

    Raises:
        ModelUnusable: its manifest is missing or cannot be read.
    """
    return OnnxReranker(built_in("reranker"), threads)
